"""The questions in a list that a model wrote, in whatever form: numbered, with bullets or labels, as JSON, in prose.

Never raises, whatever the text, and takes time linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.prompting.json_values import values

LONGEST = 500
"""Characters of a question; what is longer is a text that only looks like one."""

_FORMS = (
    re.compile(r"[ \t]{0,4}(?:[*_#]{1,4}[ \t]?)?\d{1,2}[.):][*_]{0,2}[ \t]+(\S.*)"),
    re.compile(
        r"[ \t]{0,4}[-*•#]{0,4}[ \t]?(?:sub-?questions?|questions?|steps?|q)[ \t]?\d{1,2}[*_]{0,2}[.):-](.*)", re.I
    ),
    re.compile(r"[ \t]{0,4}[-*•][ \t]+(\S.*)"),
)
"""Of a line that is an item; the first form that any line has is the list's, and others stand inside its items."""
_LABEL = re.compile(r"[*_]{0,2}(?:sub-?question|question|step|q)[ \t]?\d{0,2}[*_]{0,2}:[*_]{0,2}[ \t]?", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“]([^\"“”\n]{3,500}\?)[\"”]")


def read_questions(text: str, most: int) -> tuple[str, ...]:
    """The questions, in order, each once; the first `most` of them. Where some end in a question mark only those."""
    said = text.rpartition("</think>")[2].partition("<think>")[0]
    found = [" ".join(_LABEL.sub("", each.strip(), count=1).strip(" *_\"'“”").split()) for each in _items(said)]
    fitting = [each for each in found if any(map(str.isalnum, each)) and len(each) <= LONGEST]
    asked = [each for each in fitting if each.endswith("?")] or fitting
    once: dict[str, str] = {}
    for each in asked:
        once.setdefault(letters(each), each)
    return tuple(once.values())[:most]


def letters(text: str) -> str:
    """A text by its letters and digits, by which the same question is known."""
    return "".join(filter(str.isalnum, text)).casefold()


def _items(text: str) -> Sequence[str]:
    """The items of the list, the surest form first."""
    for value in values(text, longest=True) if "[" in text else ():
        lists = [value, *value.values()] if isinstance(value, dict) else [value]
        for each in lists:
            if isinstance(each, list) and each and all(isinstance(item, str) for item in each):
                return each
    lines = text.splitlines()
    for form in _FORMS:
        if marked := [match[1] for line in lines if (match := form.match(line))]:
            return marked
    return _QUOTED.findall(text) or [line for line in lines if line.rstrip(" *_").endswith("?")]
