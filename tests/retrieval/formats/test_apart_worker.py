"""The program that converts files apart: what it is sent, and what it answers."""

from __future__ import annotations

import io

import pytest

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.apart_worker import MOST_TEXT, answer, read_frame, write_frame
from chatbot.retrieval.formats.converted import Converted


def frame(data: bytes) -> bytes:
    stream = io.BytesIO()
    write_frame(stream, data)
    return stream.getvalue()


@pytest.mark.parametrize("data", [b"", b"text", bytes(100_000)], ids=["empty", "text", "long"])
def test_a_frame_is_read_as_it_was_written(data: bytes) -> None:
    stream = io.BytesIO(frame(data) + frame(b"next"))

    assert (read_frame(stream), read_frame(stream)) == (data, b"next")


def test_a_frame_that_is_cut_off_is_the_end() -> None:
    for length in range(len(frame(b"text"))):
        with pytest.raises(EOFError):
            read_frame(io.BytesIO(frame(b"text")[:length]))


def test_a_frame_longer_than_awaited_is_not_read() -> None:
    with pytest.raises(ValueError, match="a frame of 5 bytes"):
        read_frame(io.BytesIO(frame(b"12345")), 4)


def test_a_reason_is_answered_for_whatever_a_library_raises() -> None:
    def raises(error: Exception) -> object:
        def convert(data: bytes) -> Converted:
            raise error

        return answer(convert, b"")

    assert raises(KnowledgeError("protected by a password")) == {"reason": "protected by a password"}
    assert raises(KeyError()) == {"reason": "damaged: KeyError"}
    assert raises(ValueError("bad\n\tthing")) == {"reason": "damaged: ValueError: bad thing"}
    assert raises(RecursionError()) == {"reason": "damaged: it is nested too deep"}
    assert raises(MemoryError()) == {"reason": "reading it takes too much memory", "again": True}


def test_more_text_than_anybody_reads_is_refused() -> None:
    assert answer(lambda data: Converted("x" * (MOST_TEXT + 1)), b"") == {
        "reason": "more than 20 million characters of text"
    }
