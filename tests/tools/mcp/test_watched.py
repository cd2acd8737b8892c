import anyio
import pytest

from chatbot.tools.mcp.watched import Watched


def test_messages_pass_and_are_seen_and_the_end_is_told_once_there_are_no_more() -> None:
    async def read() -> None:
        sending, receiving = anyio.create_memory_object_stream[str](5)
        ended: list[bool] = []
        seen: list[str] = []
        stream = Watched(receiving, seen.append, at_end=lambda: ended.append(True))
        for text in ("one", "two"):
            sending.send_nowait(text)
        async with stream:
            assert await stream.receive() == "one"
            assert await stream.__anext__() == "two"
            assert not ended
            sending.close()
            with pytest.raises(StopAsyncIteration):
                await stream.__anext__()
        assert ended
        assert seen == ["one", "two"]

    anyio.run(read)
