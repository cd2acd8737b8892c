"""JSON as the standard has it, from text that a model wrote.

Refuses what Python's parser would let pass: NaN and infinities, doubled keys, numbers that no float holds or that are
too long to print, and nesting that would end Python's stack.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

MAX_DIGITS = 1_000
"""Of a whole number: Python refuses to print those of some thousand."""


def strict_json(text: str) -> object:
    """The value that the text holds. Raises ValueError that says what is wrong with it."""
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite, parse_int=_printable
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice")
        found[key] = value
    return found


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a value of JSON")


def _printable(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS:,} digits")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:80]} is too large")
    return value
