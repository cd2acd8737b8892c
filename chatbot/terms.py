"""Words that carry meaning: lowercased, without stop words, lightly stemmed. For matching, not for display."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")

STOP_WORDS = frozenset(
    (
        "a about after all also an and any are as at be because been but by can could did do does for from had has "
        "have he her him his how i if in into is it its just me more most my no not of on or our out over she "
        "should so some such than that the their them then there these they this those to under up us was we were "
        "what when where which while who whom whose why will with would you your"
    ).split()
)
"""Function words of English, which say nothing about a subject."""


def words(text: str) -> list[str]:
    """All words, lowercased."""
    return [match[0].lower() for match in _WORD.finditer(text)]


def terms(text: str) -> list[str]:
    """Content words, stemmed; all words where every one is a stop word."""
    found = words(text)
    return [stem(word) for word in found if word not in STOP_WORDS] or [stem(word) for word in found]


def stem(word: str) -> str:
    """A word without its commonest English endings."""
    for ending, kept in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("edly", ""), ("ed", ""), ("ly", ""), ("s", "")):
        if (
            word.endswith(ending)
            and len(word) - len(ending) >= 3
            and not word.endswith(("ss", "us", "is")[: 3 * (ending == "s")])
        ):
            return word[: len(word) - len(ending)] + kept
    return word
