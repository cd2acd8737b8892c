"""Patterns that a policy or a person writes for a tool's name or for an argument.

`*` stands for any text that stays within one name: no space, slash or backslash is in it, and none of @ , ; ? # &.
`**` crosses these, but no step upward (`..`), no `@` that would make a host's name a user's, and no line break. A
pattern that is just `*` matches everything. So `*@example.com` is one address there, `https://example.com/**` any page
of that host, and `notes/**` nothing outside of that folder.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

_WITHIN = r"[^\s/\\@,;?#&]*"
_ACROSS = r"(?:(?!(?<![^/\\])\.\.(?![^/\\]))[^\r\n@])*"


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern describes the whole text. Case counts."""
    return pattern == "*" or _compiled(pattern).fullmatch(text) is not None


def matches_any(patterns: Iterable[str], text: str) -> bool:
    """Whether one of the patterns does."""
    return any(matches(pattern, text) for pattern in patterns)


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*?)", pattern)
    return re.compile("".join({"*": _WITHIN, "**": _ACROSS}.get(part) or re.escape(part) for part in parts))
