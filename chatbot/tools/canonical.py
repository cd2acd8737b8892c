"""Arguments in the one form that is shown to a person, hashed and compared: equal arguments have equal text.

In: validated arguments. Out: JSON with sorted keys, in which every character that a person cannot see, or that turns
the direction of what they read, is an escape. The text is still the JSON of the same values.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import cast

from chatbot.errors import ToolError
from chatbot.tools.output import plain

_UNSEEN = re.compile(
    "[\u00a0\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\x7f-\x9f\ud800-\udfff]"
)
"""Spaces that are none of the usual, fillers, joiners, marks of direction, variation selectors, tags, controls."""

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that have no shape, or none that everybody's font knows."""


def canonical(arguments: Mapping[str, object]) -> str:
    """The arguments as one line of JSON, with sorted keys and all that is invisible escaped.

    They are the values of JSON, or something that `as_json` knows to write as such.
    """
    return escaped(_dumped(arguments))


def as_json(arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments as the values of JSON. Raises ToolError for what has no such form."""
    try:
        return cast(dict[str, object], json.loads(_dumped(arguments)))
    except (TypeError, ValueError, RecursionError) as error:
        raise ToolError(f"the arguments cannot be written down: {error}", hint="send plain values") from error


def _dumped(arguments: Mapping[str, object]) -> str:
    try:
        return json.dumps(arguments, ensure_ascii=False, sort_keys=True, default=plain)
    except TypeError:  # keys that JSON does not know, or that do not sort among each other
        return json.dumps(_keyed(arguments), ensure_ascii=False, sort_keys=True, default=plain)


def _keyed(value: object) -> object:
    """The value with keys as the text that JSON has of them: dates, enums and the like, but nothing of many parts."""
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, Mapping):
        return {_key(key): _keyed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_keyed(each) for each in value]
    return _keyed(plain(value))


def _key(key: object) -> object:
    known = key if isinstance(key, str | tuple | frozenset) else plain(key)
    return known if isinstance(known, tuple | frozenset | dict) else str(known)


def escaped(text: str) -> str:
    """The text, with each invisible character but the line feed as JSON writes an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(each) if each != "\n" and _unseen(each) else each for each in text)


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each text, number and boolean in the value, with its dotted path; keys inside of an argument are texts too."""
    waiting = [(path, value)]
    while waiting:  # no recursion: a model may nest as deep as it likes
        at, each = waiting.pop()
        if isinstance(each, Mapping):
            inner = [(f"{at}.{key}" if at else str(key), str(key), value) for key, value in each.items()]
            if at:
                yield from ((place, key) for place, key, _ in inner)
            waiting += [(place, value) for place, _, value in reversed(inner)]
        elif isinstance(each, list | tuple):
            waiting += [(f"{at}.{number}" if at else str(number), value) for number, value in enumerate(each)][::-1]
        elif each is not None:
            yield at, each


def _unseen(character: str) -> bool:
    return bool(_UNSEEN.match(character)) or unicodedata.category(character) in _HIDDEN


def _escape(character: str) -> str:
    """As JSON writes it: characters beyond the first plane are a pair of surrogates."""
    return json.dumps(character)[1:-1] if ord(character) != 0x7F else "\\u007f"
