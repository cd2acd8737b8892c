"""A tool's result as text that a model can read: clean, and of bounded length.

What is longer than a page is given out in pages (`result_pages`); the bound here is for what the program keeps at all.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Set
from enum import Enum
from typing import Any

MAX_OUTPUT = 2_000_000
"""Characters of a result that are kept, about the text of two thick books; each goes into the journal as a row."""

MAX_COMPLAINT = 4_000
"""Characters of what a tool says of its failure, or of its progress at a time."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def as_text(result: object) -> str:
    """A result for a model: text as it is, nothing as a word, everything else as JSON."""
    if isinstance(result, bytes | bytearray):
        return _of_bytes(bytes(result))
    if isinstance(result, str):
        return readable(result)
    if result is None:
        return "done; there is no result"
    return readable(json.dumps(result, ensure_ascii=False, default=plain))


def readable(text: str, limit: int = MAX_OUTPUT) -> str:
    """The text without escape sequences and control characters, cut where it is too long, which is said."""
    start = text[: 2 * limit]  # what is removed below rarely takes half
    clean = _CONTROLS.sub("", _ESCAPES.sub("", start.replace("\r\n", "\n")))
    if len(clean) <= limit and len(start) == len(text):
        return clean
    kept = clean[:limit]
    return f"{kept}\n[cut here: {len(kept):,} of {len(text):,} characters are shown]"


def _of_bytes(data: bytes) -> str:
    try:
        return readable(data[: 4 * MAX_OUTPUT].decode("utf-8"))
    except UnicodeDecodeError:
        return f"{len(data):,} bytes that are no text"


def plain(value: object) -> Any:
    """What JSON does not know, as something it does."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value, key=str)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes | bytearray):
        return _of_bytes(bytes(value))
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else str(value)
