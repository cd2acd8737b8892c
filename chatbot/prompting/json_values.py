"""JSON in a reply: values in a fence or in the middle of prose, and what stands in them at a path.

Paths are `$.name.list[0]['any name'][-1]`. Takes no NaN or Infinity, which JSON does not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

from chatbot.errors import UsageError
from chatbot.prompting.fences import blocks
from chatbot.prompting.plain import MOST

MOST_TRIES = 200
"""Places in a text at which a value may begin: with more, a text of brackets alone would be slow to read."""

Step = str | int

_PATH = re.compile(r"\$?(?:\.[^\W\d][\w-]*|\[-?\d{1,9}\]|\['[^']*'\]|\[\"[^\"]*\"\])*")
_STEP = re.compile(r"\.([^\W\d][\w-]*)|\[(-?\d{1,9})\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
_STARTS = re.compile(r"[\[{]")
_KEYS = (
    "finalanswer answer correctanswer correctoption correctchoice choice option label prediction classification "
    "sentiment category class verdict result output"
).split()
"""Under which an answer stands, letters alone, the surest first."""


def read_path(path: str) -> tuple[Step, ...]:
    """The names and indexes of a path. Raises UsageError for what is none."""
    if not _PATH.fullmatch(path):
        raise UsageError(f"{path!r} is no path into JSON", hint="write it like $.name.list[0]")
    return tuple(
        int(match[2]) if match[2] else next(filter(None, match.group(1, 3, 4)), "") for match in _STEP.finditer(path)
    )


def at_path(value: object, steps: tuple[Step, ...]) -> object:
    """What stands at a path. Raises LookupError where nothing does."""
    for step in steps:
        match value, step:
            case dict(), str():
                value = value[step]
            case list(), int():
                value = value[step]
            case _:
                raise LookupError(step)
    return value


def values(text: str, *, longest: bool = False) -> Iterator[object]:
    """JSON values of a reply, the likeliest first: all of it, its fences from the last, then those in prose.

    Of these the last, or with `longest` the longest one: a number in brackets in prose is JSON as well.
    """
    text = text[-MOST:]
    for piece in (text, *(block.content for block in reversed(blocks(text)))):
        try:
            yield _load(piece)
        except (ValueError, RecursionError):
            continue
    found = list(_in_prose(text))[::-1]
    yield from (value for _, value in (sorted(found, key=lambda each: -each[0]) if longest else found))


def stated_values(text: str) -> Iterator[str]:
    """What objects in a reply have under `answer`, `label` and such keys, as text; empty for null."""
    if not re.search(r"[{]\s{0,20}[\"']", text[-MOST:]):
        return
    for value in values(text):
        if isinstance(value, dict) and (found := _answer(value)) is not None:
            yield found
            return


def as_text(value: object) -> str | None:
    """A value in normal form: text as it is, numbers without needless zeros, lists and tables as JSON, keys sorted."""
    match value:
        case None:
            return None
        case str():
            return value.strip() or None
        case float() if value.is_integer() and abs(value) < 1e16:
            return str(int(value))
        case _:
            return json.dumps(value, ensure_ascii=False, sort_keys=True)


def loads(text: str) -> object:
    """A text as JSON, or as itself."""
    try:
        return _load(text)
    except (ValueError, RecursionError):
        return text


def _answer(found: Mapping[str, object]) -> str | None:
    by_name = {re.sub(r"[\W_]", "", key).casefold(): value for key, value in found.items()}
    for key in _KEYS:
        if key in by_name and not isinstance(by_name[key], list | dict):
            return as_text(by_name[key]) or ""
    return None


def _in_prose(text: str) -> Iterator[tuple[int, object]]:
    decoder = json.JSONDecoder(parse_constant=_refuse)
    at = 0
    for _ in range(MOST_TRIES):
        start = _STARTS.search(text, at)
        if start is None:
            return
        try:
            value, at = decoder.raw_decode(text, start.start())
            yield at - start.start(), value
        except (ValueError, RecursionError):
            at = start.start() + 1


def _load(text: str) -> object:
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
