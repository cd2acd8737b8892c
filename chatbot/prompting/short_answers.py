"""Answers of a few words, read from their place: behind a marker, or where the reply states its answer."""

from __future__ import annotations

import re
from typing import Literal

from chatbot.prompting.phrases import NO_ANSWER, REFUSES
from chatbot.prompting.plain import BOXED, END_BOXED, LINE, bare, plain
from chatbot.prompting.statements import Said, read

Case = Literal["keep", "lower", "upper"]

_QUOTED = re.compile(r"\W*\"([^\"]{1,200})\"")
_LAST_QUOTED = re.compile(r"\"([^\"\s]{1,80})\"\W*$")
_REASON = re.compile(
    r"\s*(?:,\s*(?:because|since|as|which|so|where)\b|\b(?:because|since)\b|\s[—–]\s|\s\(|;).*$", re.IGNORECASE
)
_RESULT = re.compile(
    r"(?:=|→|->|=>|\b(?:gives?(?:\s+us)?|gets?|forms?|spells?|makes?|yields?|is|become(?:s)?|have|results?\s+in"
    r"|obtain)\b:?)\s*\"?([^\s\"=]{1,80})\"?\W*$",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\b(?:so|therefore|thus|hence|concatenat\w+|together|finally|combin\w+|join\w+|in\s+total|we\s+get)\b|=|→|->",
    re.IGNORECASE,
)


def after(text: str, *, marker: str = "Answer:", case: Case = "keep") -> str | None:
    """What follows the last marker, to the end of its line, or the next line where that one is empty.

    A marker that speaks of the answer stands for the other ways to state one too ("The answer is …", a box, JSON).
    """
    lines = plain(text).split("\n")
    wanted = plain(marker).casefold()
    for at in range(len(lines) - 1, -1, -1):
        found = lines[at].casefold().rfind(wanted)
        if found < 0:
            continue
        behind = [lines[at][found + len(wanted) :], *lines[at + 1 : at + 4]]
        content = next((line for line in behind if line.strip(" *_-:\"'")), "")
        if value := _value(content, case):
            return value
        if content.strip():
            return None
    return short_answer(text, case=case) if "answer" in wanted else None


def short_answer(text: str, *, case: Case = "lower") -> str | None:
    """The few words that a reply states as its answer, or is."""
    said = read(text)
    for statement in said.stated:
        if statement.refuses:
            return None
        if statement.negated:
            continue
        shown = _LAST_QUOTED.search(statement.text) if statement.before else _QUOTED.match(statement.text)
        plainly = statement.text if statement.alone else _REASON.sub("", statement.text)
        if value := _value(shown[1] if shown else plainly, case):
            return value
    return _value(_told(said), case)


def short_name(text: str, *, case: Case = "lower") -> str | None:
    """A known short answer in the same form."""
    return _cased(bare(text), case) or None


def name(text: str, *, marker: str = "Answer:", case: Case = "keep") -> str | None:
    """A known answer as `after` gives it."""
    return (
        after(text, marker=marker, case=case) if marker.casefold() in text.casefold() else short_name(text, case=case)
    )


def _told(said: Said) -> str:
    """A reply of one word; or the word that its last sentence comes to."""
    if not said.told:
        return ""
    final = said.told[-1]
    if len(said.told) == 1 and len(bare(final).split()) == 1:
        return final
    if _CONCLUDES.search(final) and (match := _LAST_QUOTED.search(final) or _RESULT.search(final)):
        return match[1]
    return ""


def _value(text: str, case: Case) -> str | None:
    box = re.search(f"{BOXED}([^{BOXED}{END_BOXED}]*)", text)
    value = bare(box[1] if box else text.replace(LINE, ""))
    if NO_ANSWER.match(value) or REFUSES.match(value):
        return None
    return _cased(value, case) or None


def _cased(text: str, case: Case) -> str:
    return text.lower() if case == "lower" else text.upper() if case == "upper" else text
