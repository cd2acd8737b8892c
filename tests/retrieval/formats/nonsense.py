"""A converter whose answers are wrong in the way that the file says."""

from __future__ import annotations

from typing import Any

from chatbot.anchors import Anchor
from chatbot.retrieval.formats.converted import Converted

ANSWERS: dict[bytes, Any] = {
    b"an anchor behind the end": Converted("text", anchors=(Anchor(9, "page", "1"),)),
    b"an anchor before the start": Converted("text", anchors=(Anchor(-1, "page", "1"),)),
    b"anchors out of order": Converted("text", anchors=(Anchor(3, "page", "1"), Anchor(1, "page", "2"))),
    b"a title that is a number": Converted("text", title=7),  # type: ignore[arg-type]
    b"no text": {"title": "x"},
    b"half a character": Converted("\ud800"),
}


def convert(data: bytes) -> Any:
    return ANSWERS[data]
