"""Whether a question is in English, which the packaged encoder was trained on, told by its function words."""

from __future__ import annotations

from chatbot.terms import STOP_WORDS, words

_ELSEWHERE_TOO = frozenset(
    (
        "a all also am an as be but can do for had has have he her him his i in is it me more no of on or our over so "
        "some than to under up us was we were will"
    ).split()
)
"""Words of Dutch, French, German, Italian, Portuguese, Spanish or the Scandinavian languages as well."""

_ENGLISH = STOP_WORDS - _ELSEWHERE_TOO

_FEWEST = 3
"""Words from which something can be told: people also search for names."""


def may_be_english(question: str) -> bool:
    """False where a question of several words has none of the words that nearly every English one has."""
    found = words(question)
    return len(found) < _FEWEST or any(word in _ENGLISH for word in found)
