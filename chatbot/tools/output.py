"""A tool's result as the text that a model reads: clean, and of bounded length."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Set
from enum import Enum
from typing import Any

MAX_OUTPUT = 20_000
"""Characters, about five thousand tokens: more would push the conversation out of a small model's window."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def as_text(result: object) -> str:
    """A result for a model: text as it is, nothing as a word, everything else as JSON."""
    if isinstance(result, str):
        return readable(result)
    if result is None:
        return "done; there is no result"
    return readable(json.dumps(result, ensure_ascii=False, default=_plain))


def readable(text: str) -> str:
    """The text without escape sequences and control characters, cut where it is too long, which is said."""
    start = text[: 2 * MAX_OUTPUT]  # what is removed below rarely takes half
    clean = _CONTROLS.sub("", _ESCAPES.sub("", start.replace("\r\n", "\n")))
    if len(clean) <= MAX_OUTPUT and len(start) == len(text):
        return clean
    kept = clean[:MAX_OUTPUT]
    return f"{kept}\n[cut here: {len(kept):,} of {len(text):,} characters are shown]"


def _plain(value: object) -> Any:
    """What JSON does not know, as something it does."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value, key=str)
    if isinstance(value, Enum):
        return value.value
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else str(value)
