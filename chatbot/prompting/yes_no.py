"""Yes or no, also as true or false. Only a whole answer counts: "no one" and "yes or no" are neither."""

from __future__ import annotations

import re

from chatbot.prompting.plain import END_BOXED, bare
from chatbot.prompting.statements import Said, Statement, read

_VALUES = {"yes": "yes", "true": "yes", "no": "no", "false": "no", "yeah": "yes", "yep": "yes", "nope": "no"}
_BEHIND = (
    rf"(?=\s*(?:$|[.,;:!)\]\"'}}—–{END_BOXED}]|-\s|\(|\b(?:because|since|as|it|he|she|they|we|I|you|the|this|that"
    rf"|these|those|there|a|an"
    r"|not|for|due|given|based|but|in|most|if|when)\b))(?!\s*(?:,|/)?\s*(?:or|and|/)\s*(?:no|yes|true|false)\b)"
)
_WORD = rf"(?P<word>yes|no|true|false|yeah|yep|nope)\b{_BEHIND}"
_FILLER = (
    r"[\s\"'(\[{*:]*(?:(?:it\s+is|it's|that\s+is|that's|definitely|certainly|absolutely|indeed|I\s+would\s+say"
    r"|I'd\s+say|I\s+think|I\s+believe|clearly|probably|most\s+likely|likely|simply|an?|the|statement|"
    r"claim|is|resounding|clear|definite|answer|still|in\s+fact|yes-no|emphatic|qualified)\b[\s\"':,]*){0,4}"
)
_FIRST = re.compile(_FILLER + _WORD, re.IGNORECASE)
_CONCLUDES = re.compile(
    r"\W*(?:so|therefore|thus|hence|in\s+conclusion|in\s+summary|overall|finally|in\s+short|consequently)\b[,:]?\s*"
    + _FILLER
    + _WORD,
    re.IGNORECASE,
)
_LAST = re.compile(r"(?:\bso|\btherefore|\bthus|\bhence|=|→|—|:)[, ]+(?P<word>yes|no|true|false)\W*$", re.IGNORECASE)
_IS = re.compile(
    r"(?:statement|claim|proposition|assertion|premise)\s+(?:above\s+)?(?:is"
    r"|must\s+be)\s+(?:therefore\s+)?(?P<word>true|false)\W*$",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"\b(?:yes|true)\s*(?:/|or|and|,)\s*(?:no|false)\b|\b(?:no|false)\s*(?:/|or|and|,)\s*(?:yes|true)\b", re.IGNORECASE
)
_LETTERS = {"y": "yes", "n": "no", "t": "yes", "f": "no", "1": None}


def yes_no(text: str) -> str | None:
    """`yes` or `no`, as stated, else as the one that the reply opens or ends with."""
    said = read(text)
    for statement in said.stated:
        if found := _stated(statement):
            return found
        if statement.refuses:
            return None
    found_all = set(_told(said))
    return found_all.pop() if len(found_all) == 1 else None


def known_yes_no(text: str) -> str | None:
    """A known answer: the word, its first letter, or a whole reply."""
    word = bare(text).casefold()
    return _VALUES.get(word) or _LETTERS.get(word) or yes_no(text)


def _stated(statement: Statement) -> str | None:
    if statement.negated or _EITHER.search(statement.text):
        return None
    if statement.before:
        words = re.findall(r"\b(?:yes|no|true|false)\b", statement.text.lower())
        return (
            _VALUES[words[-1]]
            if len(set(words)) == 1 and statement.text.lower().rstrip("\"')").endswith(words[-1])
            else None
        )
    match = _FIRST.match(statement.text)
    if match is None and statement.alone:
        return _LETTERS.get(statement.text.casefold().strip(" ."))
    return _VALUES[match["word"].lower()] if match else None


def _told(said: Said) -> list[str]:
    """What the sentences say that open the reply, close it, or conclude. An answer to a question on the way is none."""
    found = []
    final = len(said.told) - 1
    for at, (sentence, asked) in enumerate(zip(said.told, said.asked, strict=True)):
        if _EITHER.search(sentence):
            continue
        match = _CONCLUDES.match(sentence)
        if match is None and (at in (0, final)) and not (asked and said.questions > 1):
            match = _FIRST.match(sentence)
        if match is None and at == final:
            match = _LAST.search(sentence) or _IS.search(sentence)
        if match:
            found.append(_VALUES[match["word"].lower()])
    return found
