"""Regular expressions of a prompt's author over a model's text, so that no text makes them run on.

Python's engine goes back over a text when a pattern fails, and how often can grow exponentially with a repeat inside a
repeat. Such patterns are refused; with the others only the last `MOST` characters are searched.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

from chatbot.errors import UsageError

MOST = 4_000
"""Characters that are searched."""


def last_match(pattern: str, text: str) -> str | None:
    """The last match: its first group where it has one, else all of it. `^` and `$` match at each line.

    Raises UsageError for what is no pattern, or may run on.
    """
    found = next(reversed(list(compiled(pattern).finditer(text[-MOST:]))), None)
    if found is None:
        return None
    return ((found[1] if found.re.groups else found[0]) or "").strip() or None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, checked. Raises UsageError."""
    try:
        with warnings.catch_warnings(action="error"):
            made = re.compile(pattern, re.MULTILINE)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise UsageError(f"{pattern[:200]!r} is no regular expression: {error}") from None
    return made
