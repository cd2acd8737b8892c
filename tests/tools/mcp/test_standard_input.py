import asyncio
import os

from chatbot.tools.mcp.standard_input import MAX_LINE, StandardInput


def lines_of(*pieces: bytes) -> list[str]:
    """What is read of a descriptor into which these pieces are written."""

    async def read() -> list[str]:
        reading, writing = os.pipe()
        lines = StandardInput(reading)
        for piece in pieces:
            await asyncio.to_thread(os.write, writing, piece)
        os.close(writing)
        found = [line async for line in lines]
        assert os.read(reading, 1) == b""  # it is the null device now
        os.close(reading)
        return found

    return asyncio.run(read())


def test_lines_are_put_together_from_pieces_split_anywhere() -> None:
    assert lines_of(b'{"a": "\xc3', b'\xa4"}\n{"b"', b": 1}\n\n", b"left over") == ['{"a": "ä"}', '{"b": 1}', ""]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert lines_of(b"\xff\xfe\n") == ["\ufffd\ufffd"]


def test_a_line_without_end_ends_the_input() -> None:
    assert lines_of(b"first\n", *[b"x" * 60_000] * (MAX_LINE // 60_000 + 2)) == ["first"]


def test_whoever_waits_for_a_line_can_be_stopped() -> None:
    async def wait() -> str:
        reading, writing = os.pipe()
        try:
            await asyncio.wait_for(anext(StandardInput(reading)), 0.05)
        except TimeoutError:
            return "stopped"
        finally:
            os.close(writing)
            os.close(reading)
        return "read"

    assert asyncio.run(wait()) == "stopped"
