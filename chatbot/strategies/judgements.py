"""How states are judged: each by itself with a word or a number, or against each other by vote; asked for and read.

A reply that holds no judgement gives none; it is never taken for a bad one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from chatbot.messages import Segment
from chatbot.prompting.extraction import extract
from chatbot.strategies.search_tree import State
from chatbot.strategies.thoughts import listed

Scale = Literal["words", "numbers"]

WORDS: Mapping[str, float] = {"sure": 20.0, "likely": 1.0, "impossible": 0.001}
"""What a word is worth, as in the Game of 24 of the paper: one `sure` outweighs nineteen `likely`."""

LARGEST = 10
"""Of a judgement in numbers, which begins at 1."""

THRESHOLDS: Mapping[Scale, float] = {"words": 0.5, "numbers": 3.0}
"""Medians below these say that a state leads nowhere: with words, more than half of the judgements are `impossible`. A
mean would let one wrong `sure` outweigh them."""

WISHES: Mapping[Scale, str] = {
    "words": """

Judge whether these steps lead to a right answer: look for mistakes in them, and at what is left to do. Be brief. End \
with a line "Judgement:" and one word: sure (they do), likely (they may), or impossible (they cannot).""",
    "numbers": """

Judge whether these steps lead to a right answer: look for mistakes in them, and at what is left to do. Be brief. End \
with a line "Judgement:" and a whole number from 1 (they cannot) to 10 (they surely do).""",
}

VOTE = """

The steps above are {count} candidates, of which one is to be followed. Compare them: which leads most surely to a \
right answer? Be brief. End with a line "Vote:" and the number of one candidate."""

_WORD = re.compile(rf"(\b(?:not|never|hardly)\s+(?:\w+\s+)?|n't\s+(?:\w+\s+)?)?\b({'|'.join(WORDS)})\b")
_MARKER = re.compile(r"^\W*(?:judge?ment|score|value|vote)\b[\s*_]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_OF_TEN = re.compile(rf"\s*(?:/|out of)\s*{LARGEST}\b")


def read_judgement(text: str, scale: Scale) -> float | None:
    """What a state is worth by a reply; None where the reply does not say."""
    marked = _MARKER.findall(text)
    said = marked[-1] if marked else text
    return _word(said) if scale == "words" else _number(said)


def _word(text: str) -> float | None:
    """By the last line that holds such a word, unless it holds several."""
    for line in reversed(text.casefold().splitlines()):
        words = {word for negation, word in _WORD.findall(line) if not negation}
        if words:
            return WORDS[words.pop()] if len(words) == 1 else None
    return None


def _number(text: str) -> float | None:
    found = extract("last_number", _OF_TEN.sub("", text))
    if found is None or not re.fullmatch(r"\d{1,2}(\.\d+)?", found):
        return None
    return float(found) if 1 <= float(found) <= LARGEST else None


def candidates(states: Sequence[State]) -> list[Segment]:
    """The states, as what is voted on."""
    return [
        part
        for number, state in enumerate(states, 1)
        for part in (Segment(f"Candidate {number}:\n", "author"), *listed(state))
    ]


def read_vote(text: str, states: Sequence[State]) -> State | None:
    """The state that a reply votes for; None where it votes for none of them."""
    marked = _MARKER.findall(text)
    found = extract("last_number", marked[-1] if marked else text)
    if found is None or not re.fullmatch(r"\d{1,6}", found) or not 1 <= int(found) <= len(states):
        return None
    return states[int(found) - 1]


def shares(votes: Iterable[State | None], states: Sequence[State]) -> dict[State, float]:
    """Of each state, its share of the votes; nothing where nobody voted."""
    counts = Counter(vote for vote in votes if vote is not None)
    return {state: counts[state] / counts.total() for state in states} if counts else {}
