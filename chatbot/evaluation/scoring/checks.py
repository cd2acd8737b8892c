"""Checks of instructions that a program can verify, by name: `words_at_most: 50`, `no_commas: true`.

    words, sentences, paragraphs, bullets, sections, placeholders, highlights, commas
        how many: exactly N, or with _at_least, _at_most
    includes, excludes        a text or several: all of them, none of them; case does not matter
    starts_with, ends_with    a text, or several of which one does; case does not matter
    uppercase, lowercase, valid_json, no_commas, quoted, title
        true, or false for the opposite; `quoted`: all of it in quotes, `title`: has a title in <<…>>

What IFEval (Zhou et al. 2023, arXiv 2311.07911) checks, as far as it needs no knowledge of the reply's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chatbot import sentences
from chatbot.errors import UsageError, nearest
from chatbot.evaluation.scoring.expected import structured
from chatbot.evaluation.scoring.outcomes import brief
from chatbot.prompting.fences import blocks
from chatbot.tools.strict_json import strict_json

_WORD = re.compile(r"[^\W_]+(?:[.,'’:/-][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_BULLET = re.compile(r"^[ \t]*[-*+•][ \t]+\S", re.MULTILINE)
_SECTION = re.compile(r"^(?:#{1,6}[ \t]+\S|[^\w\n]{0,8}section[ \t]+\w{1,8}\b)", re.MULTILINE | re.IGNORECASE)
_HIGHLIGHT = re.compile(r"(?<![\w*])\*{1,2}(?![\s*])[^*\n]+(?<!\s)\*{1,2}(?![\w*])")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]+\](?!\()")
_TITLE = re.compile(r"<<[^<>\n]+>>")
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"))


@dataclass(frozen=True, slots=True)
class Check:
    """A check, with what it is about."""

    name: str
    wanted: object
    holds: Callable[[str], bool]

    def __str__(self) -> str:
        return f"{self.name}: {self.wanted}"


def read_checks(value: object) -> tuple[Check, ...]:
    """The checks of an item: a table, or a list of tables and of names. Raises UsageError for one that is unknown."""
    given = structured(value)
    listed: Sequence[object] = given if isinstance(given, list | tuple) else (given,)
    checks = [check for each in listed for check in _table(each)]
    if not checks:
        raise UsageError("there is nothing to check", hint="write it as checks: [{words_at_most: 50}, no_commas]")
    return tuple(checks)


def _table(value: object) -> list[Check]:
    match value:
        case str():
            return [_check(value, True)]
        case Mapping():
            return [_check(str(name), wanted) for name, wanted in value.items()]
    raise UsageError(f"{brief(value)} is no check", hint="write it as {words_at_most: 50}")


def _check(name: str, wanted: object) -> Check:
    counted, _, bound = name.partition("_at_")
    if counted in COUNTS and bound in _BOUNDS:
        if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 0:
            raise UsageError(f"{name} must be a whole number, not {brief(wanted)}")
        count, fits = COUNTS[counted], _BOUNDS[bound]
        return Check(name, wanted, lambda text: fits(count(text), wanted))
    if name in FLAGS:
        if not isinstance(wanted, bool):
            raise UsageError(f"{name} must be true or false, not {brief(wanted)}")
        flag = FLAGS[name]
        return Check(name, wanted, lambda text: flag(text) == wanted)
    if name in TEXTS:
        given = wanted if isinstance(wanted, list | tuple) else (wanted,)
        texts = tuple(_folded(str(each)) for each in given)
        if not texts or not all(texts) or not all(isinstance(each, str | int | float) for each in given):
            raise UsageError(f"{name} must be a text or several, not {brief(wanted)}")
        compare = TEXTS[name]
        return Check(name, wanted, lambda text: compare(_folded(text), texts))
    known = [*FLAGS, *TEXTS, *(f"{each}_at_{bound}" if bound else each for each in COUNTS for bound in _BOUNDS)]
    raise UsageError(f"there is no check {name!r}", hint=nearest(name, known))


def words(text: str) -> int:
    """How many words there are; in a script without spaces each character is one."""
    unspaced = len(_UNSPACED.findall(text))
    return unspaced + len(_WORD.findall(_UNSPACED.sub(" ", text)))


def is_json(text: str) -> bool:
    """Whether the reply is JSON and nothing else, alone or in a fence."""
    whole = text.strip()
    fenced = blocks(whole) if whole.startswith(("```", "~~~")) and whole.endswith(("```", "~~~")) else []
    try:
        strict_json(fenced[0].content if len(fenced) == 1 else whole)
    except ValueError:
        return False
    return True


def _paragraphs(text: str) -> int:
    return sum(bool(part.strip()) for part in re.split(r"\n[ \t]*\n", text))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


COUNTS: Mapping[str, Callable[[str], int]] = {
    "words": words,
    "sentences": lambda text: len(sentences.parts(text)),
    "paragraphs": _paragraphs,
    "bullets": lambda text: len(_BULLET.findall(text)),
    "sections": lambda text: len(_SECTION.findall(text)),
    "placeholders": lambda text: len(_PLACEHOLDER.findall(text)),
    "highlights": lambda text: len(_HIGHLIGHT.findall(text)),
    "commas": lambda text: sum(map(text.count, ",，、،")),
}

_BOUNDS: Mapping[str, Callable[[int, int], bool]] = {
    "": lambda count, wanted: count == wanted,
    "least": lambda count, wanted: count >= wanted,
    "most": lambda count, wanted: count <= wanted,
}

FLAGS: Mapping[str, Callable[[str], bool]] = {
    "uppercase": lambda text: any(map(str.isupper, text)) and not any(map(str.islower, text)),
    "lowercase": lambda text: any(map(str.islower, text)) and not any(map(str.isupper, text)),
    "valid_json": is_json,
    "no_commas": lambda text: COUNTS["commas"](text) == 0,
    "quoted": lambda text: len(text.strip()) > 1 and (text.strip()[0], text.strip()[-1]) in _QUOTES,
    "title": lambda text: bool(_TITLE.search(text)),
}

TEXTS: Mapping[str, Callable[[str, tuple[str, ...]], bool]] = {
    "includes": lambda text, wanted: all(each in text for each in wanted),
    "excludes": lambda text, unwanted: not any(each in text for each in unwanted),
    "starts_with": lambda text, wanted: text.startswith(wanted),
    "ends_with": lambda text, wanted: text.endswith(wanted),
}
