"""Keeps the item under test, and what is nearly the same, from being shown as its own demonstration."""

from __future__ import annotations

import re
import unicodedata

THRESHOLD = 0.6
"""Share of word triples in common from which two items are the same one. Of copies with one word changed it lets none
through, of different word problems it takes none for the same (`eval/benchmarks/leak_guard.py`)."""

SHORT = 15
"""Words below which one that differs makes another item: the symbol of sodium is not the symbol of potassium."""


def gives_away(item: str, other: str, threshold: float = THRESHOLD) -> bool:
    """Whether to show `other` would give the item away: it is the same but for case, spacing, marks or a word or two.

    Problems that differ in their numbers only are different ones: their answers differ, and to show one teaches the
    method, which demonstrations are for.
    """
    first, second = _words(item), _words(other)
    if first == second:
        return True
    if _digits(first) != _digits(second) or min(len(first), len(second)) < SHORT:
        return False
    triples, others = _triples(first), _triples(second)
    shared = len(triples & others)
    return shared >= threshold * len(triples | others)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def _digits(words: list[str]) -> list[str]:
    return sorted(word for word in words if word.isdigit())


def _triples(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
