"""Regular expressions of a prompt's author over a model's text, so that no text makes them run on.

Python's engine goes back over a text when a pattern fails. How often grows exponentially with a repeat or a choice
inside a repeat: such patterns are refused. With repeats one after the other it grows with a power of the length: so
only the last `MOST` characters are searched.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

from chatbot.errors import UsageError

MOST = 2_000
"""Characters that are searched."""

_REPEAT = r"(?:[*+]|\{\d*,\d*\})"
_TOKEN = re.compile(
    rf"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<open>\((?:\?(?:P?<\w+>|[^)]))?)|(?P<close>\)(?P<repeat>{_REPEAT})?)"
    rf"|(?P<varies>{_REPEAT}|\|)",
    re.DOTALL,
)


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
    if _nests(pattern):
        raise UsageError(
            f"{pattern[:200]!r} has a repeat or a choice inside a repeat, which can run on without end",
            hint="repeat a set of characters instead, such as [a-z, ]+",
        )
    return made


def _nests(pattern: str) -> bool:
    """Whether an open repeat stands behind a group that holds one, or a choice."""
    varies = [False]
    for token in _TOKEN.finditer(pattern):
        if token["open"]:
            varies.append(False)
        elif token["close"]:
            inner = varies.pop() if len(varies) > 1 else False
            if inner and token["repeat"]:
                return True
            varies[-1] |= inner or bool(token["repeat"])
        elif token["varies"]:
            varies[-1] = True
    return False
