"""Words that carry meaning: lowercased, without stop words, lightly stemmed. For matching, not for display."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_ASCII_WORD = re.compile(_WORD.pattern, re.ASCII)
"""The same in half of the time, for texts without other characters."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
"""Chinese characters and kana, between which no space shows the words."""

STOP_WORDS = frozenset(
    (
        "a about after all also an and any are as at be because been but by can could did do does for from had has "
        "have he her him his how i if in into is it its just me more most my no not of on or our out over she "
        "should so some such than that the their them then there these they this those to under up us was we were "
        "what when where which while who whom whose why will with would you your"
    ).split()
)
"""Function words of English, which say nothing about a subject."""

_CONTRACTED = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m))$")
_IRREGULAR = {"embed": "embed", "news": "news", "used": "use", "using": "use", "indices": "index", "matrices": "matrix"}
_PLURALS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", ""))
_SUFFIXES = (("ization", "ize"), ("ation", "ate"), ("eed", "ee"), ("ing", ""), ("ed", ""))
_REMEMBERED = 2**14
"""Words whose terms and stems are kept: most of what is said about a subject."""
_VOWEL = re.compile(r"[aeiouy]")


def words(text: str) -> list[str]:
    """All words, lowercased; what apostrophes, hyphens and points join is one."""
    if text.isascii():
        found: list[str] = _ASCII_WORD.findall(text.lower())
        return found
    return [word.lower() for word in _WORD.findall(text)]


def terms(text: str) -> list[str]:
    """Content words, stemmed, those with hyphens as their parts; all words where every one is a stop word."""
    found = words(text)
    content = [term for word in found for term in _content_terms(word)]
    return content or [stem(part) for word in found for part in _parts(word)]


@lru_cache(_REMEMBERED)
def stem(word: str) -> str:
    """A word without accents and without its commonest English endings, so that its forms are the same.

    A simplification of Porter's stemmer (1980): plurals, -ed, -ing, -ly and -ation, with the British -ise as -ize, a
    doubled consonant once, and no silent e. Few words fall together that should not.
    """
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word).lower()
        word = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    if len(word) <= 3 or not word.isalpha() or word in _IRREGULAR:
        return _IRREGULAR.get(word, word)
    if not word.endswith(("ss", "is", "ias")) and (not word.endswith("us") or not _VOWEL.search(word[:-2])):
        word = _without(word, _PLURALS)
    word = re.sub(r"is(e|ed|ing|ation)$", r"iz\1", word)
    if word.endswith("ly") and len(word) > 5:
        word = word[:-2]
    return _closed(word if word in _IRREGULAR else _without(word, _SUFFIXES))


def _without(word: str, endings: Sequence[tuple[str, str]]) -> str:
    """The word with the first of the endings that it has replaced, where what is left has a vowel and three letters."""
    for ending, kept in endings:
        if word.endswith(ending):
            left = word[: len(word) - len(ending)]
            return left + kept if len(left + kept) >= 3 and (_VOWEL.search(left) or ending == "s") else word
    return word


def _closed(word: str) -> str:
    """One form of how stems end: run(n), tun(e), repl(y)."""
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiousz" and (word[-1] != "l" or len(word) > 5):
        return word[:-1]
    if len(word) > 3 and word[-1] == "e":
        return word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word[-1] == "y" else word


@lru_cache(_REMEMBERED)
def _content_terms(word: str) -> tuple[str, ...]:
    return tuple(stem(part) for part in _parts(word) if part not in STOP_WORDS)


def _parts(word: str) -> tuple[str, ...]:
    """The parts of a word with hyphens, without a contracted ending; of an unspaced script each two neighbours."""
    parts: list[str] = []
    for part in word.replace("’", "'").split("-"):
        bare = _CONTRACTED.sub("", part)
        if _UNSPACED.search(bare):
            parts += map("".join, pairwise(bare)) if len(bare) > 1 else bare
        elif bare:
            parts.append(bare)
    return tuple(parts)
