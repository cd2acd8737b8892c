"""The number that a reply gives as its answer.

What is stated ("The answer is 29") comes before what is told ("26 - 9 = 17, so 17 are left"), of which the last number
counts. Numbers that only arrange (step 3, [2], "(part 1 of 2)"), compare ("more than 12") or are rejected ("not 18")
are none.
"""

from __future__ import annotations

import re

from chatbot.prompting.number_words import leading_number
from chatbot.prompting.numbers import Number, canonical, numbers
from chatbot.prompting.plain import bare
from chatbot.prompting.statements import Statement, read

_ASIDES = re.compile(
    r"\[\^?\d{1,3}\]|\(\s*(?:in\s+)?(?:step|part|question|item|problem|page|line|see|note|example|case|figure"
    r"|equation|eq|ref"
    r"\w*|source|from|based|where|with|assuming|about\s+\d+\s*%|\d+\s*%\s*(?:sure|certain|confiden\w+)|out\s+of|not"
    r"|or\b|i\.e|e\.g)[^()]{0,200}\)",
    re.IGNORECASE,
)
_ARRANGES = re.compile(
    r"\b(?:steps?|parts?|questions?|problems?|items?|pages?|lines?|chapter|section|equations?|eq\.?|figure|fig\.?|table"
    r"|example|case|note|version|option|choice|method|approach|exercise|no\.|rule|point|gpt-?|llama-?)\s*\(?#?$"
    r"|\b\w+\s*#$",
    re.IGNORECASE,
)
_REJECTS = re.compile(
    r"(?:\b(?:not|never|neither|nor|than|instead\s+of|rather\s+than|as\s+opposed\s+to|out\s+of|of\s+(?:the|his|her"
    r"|their|those|these|all|its|my|our))"
    r"|n't)\s+(?:be\s+|equal\s+to\s+|equal\s+|exactly\s+|just\s+|only\s+|simply\s+|original\s+|first\s+|total\s+)*$",
    re.IGNORECASE,
)
_REJECTED = re.compile(
    r"\s*\w{0,20}\s*(?:is|was|would\s+be|can(?:not|'t)\s+be|seems|looks)(?:n't\b|\s+(?:\w+\s+)?(?:not|wrong"
    r"|incorrect|too)\b)"
    r"|\s*\((?:wrong|incorrect|rejected)\)|\s*%\s*(?:sure|certain|confident)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:\W|\b(?:about|approximately|around|roughly|nearly|almost|exactly|only|just|some|over|under|simply|a|an|the"
    r"|total|of|it|is|it's"
    r"|equal|to|therefore|thus|so|then|he|she|they|we|usd|eur|gbp|inr|rs|positive|answer|value|number|sum|amount|i"
    r"|get|got|that"
    r"|will|would|be|also|still|up|in|all|[a-z])\b){0,30}",
    re.IGNORECASE,
)
_OPERATES = re.compile(
    r"\s*(?:[+*/×÷^]|[-–]\s*[$€£]?\d|x\s*\d|(?:plus|minus|times|multiplied|divided)\b|(?:%|percent)\s+of\s+[$€£]?\d"
    r"|(?:\w+\s+)?(?:more|less|fewer)\s+than\b)",
    re.IGNORECASE,
)
_OR = re.compile(
    r"\s*(?:[a-z%°]{1,12}\s+)?(?:or|to|and|-|–|/)\s*(?:(?:even|maybe|perhaps|about)\s+)?[$€£]?\d", re.IGNORECASE
)
_EITHER = re.compile(r"\d\W{0,3}(?:\w{1,12}\s+)?or\s+(?:\w+\s+)?[$€£¥₹]?\d[\d.,]*", re.IGNORECASE)
_EQUALS = re.compile(r"(?<![<>!=])=(?!=)|≈|→|\bequals\b|\bis\s+equal\s+to\b", re.IGNORECASE)
_SO = re.compile(
    r"\b(?:so|therefore|thus|hence|which\s+(?:is|equals|gives|makes|leaves|comes\s+to)|leaving|giving|making"
    r"|for\s+a\s+total\s+of)\b",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\W*(?:so|therefore|thus|hence|in\s+conclusion|in\s+total|overall|altogether|finally)\b\W*", re.IGNORECASE
)
_BUT = re.compile(
    r"(?<!anything )\bbut\s+(?:rather\s+|instead\s+|it\s+is\s+|it's\s+|is\s+)?|[,;]\s*(?:it|this)(?:\s+is|'s)\s+",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\([^()]{0,200}\)")


def last_number(text: str) -> str | None:
    """The number that a reply states as its answer, else the last one it tells."""
    said = read(text)
    for statement in said.stated:
        if found := _stated(statement):
            return found
        if statement.refuses:
            return None
    return next((found for sentence in reversed(said.told) if (found := _told(sentence))), None)


def number(text: str) -> str | None:
    """A known number, alone or with its unit; else the one that a whole solution comes to."""
    return _stated(Statement(bare(text))) or last_number(text)


def _counted(text: str) -> list[Number]:
    """The numbers of a text that count something."""
    return [
        number
        for number in numbers(text)
        if not _ARRANGES.search(before := text[max(0, number.start - 40) : number.start])
        and not _REJECTS.search(before)
        and not _REJECTED.match(text[number.end : number.end + 60])
    ]


def _stated(statement: Statement) -> str | None:
    """The number that a statement begins with, or comes to; None where it is told in prose, or left open."""
    text = _ASIDES.sub(" ", statement.text)
    if statement.negated:
        _, _, text = _BUT.sub("\0", text, count=1).partition("\0")
    if statement.before:
        found = _counted(text)
        return found[-1].canonical if found else None
    _, text = _result(text)
    found = _counted(text)
    if not found:
        value = leading_number(text)
        return None if value is None else canonical(value)
    first, behind = found[0], text[found[0].end :]
    if not _LEAD.fullmatch(text[: first.start]):
        single = statement.alone and len(found) == 1 and ":" not in text[: first.start]
        return first.canonical if single else None
    if _OPERATES.match(behind):
        return _after_so(behind)
    return None if _OR.match(behind) else _after_so(behind, surely=True) or first.canonical


def _after_so(text: str, *, surely: bool = False) -> str | None:
    """What a calculation comes to, in the same sentence."""
    signs = [sign for sign in _SO.finditer(text) if not (surely and sign[0].lower().startswith("which"))]
    found = _counted(text[signs[-1].end() :]) if signs else []
    return found[-1].canonical if found else None


def _told(sentence: str) -> str | None:
    text = _ASIDES.sub(" ", sentence)
    outside = _BRACKETS.sub(" ", text)
    text = outside if _counted(outside) else text
    solved, result = _result(text)
    if solved and (found := _counted(result)):
        return found[0].canonical
    if found := _counted(text):
        left_open = any(found[-1].start < either.end() for either in _EITHER.finditer(text))
        return None if left_open else found[-1].canonical
    value = leading_number(text, within=_CONCLUDES.match(text) is not None)
    return None if value is None else canonical(value)


def _result(text: str) -> tuple[bool, str]:
    """Whether the text has an equation, and what stands behind its last sign of equality, where that is a number."""
    for sign in reversed(list(_EQUALS.finditer(text))):
        if any(numbers(text[sign.end() :])):
            return True, text[sign.end() :]
    return False, text
