"""Where the floor of a collection lies: questions made of its own passages, with and without what answers them.

In: passages with their vectors, and the search. Of each passage one question is made; asked of all documents it should
find something, and asked of what is left without the passage's document and all that is like the passage it should find
nothing. The floor is set with one half of the questions, and the errors are counted on the other, which the floor has
not seen. Out: the floor, and both kinds of error. It needs no language model; where there is one, it may write better
questions (`Write`). It stores nothing.

The questions made without a model are the first words of a sentence that say something. Their relevance is distributed
much as that of the questions people ask: the quartiles of the two lie 0.05 apart, in the mean over XQuAD, Cranfield,
the handbook and Click's manual. At the floors found so (`eval/benchmarks/calibration.py`) 0, 0, 3.2 and 0 % of what
people asked of the handbook, Click's manual, half of XQuAD and Cranfield is declined, and 7.0, 6.8, 1.1 and 1.7 % of
what they do not answer is answered. The second error is reported as larger where all documents are about one subject:
then what is left without a passage still is about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from chatbot import sentences
from chatbot.errors import KnowledgeError
from chatbot.retrieval.relevance import JUDGED, relevance
from chatbot.retrieval.search import Candidates, fuse
from chatbot.retrieval.vector_flat import cosines
from chatbot.terms import STOP_WORDS

if TYPE_CHECKING:
    from chatbot.messages import Passage
    from chatbot.retrieval.store import Vectors

FEWEST = 20
"""Questions below which nothing can be said about errors."""

LOOKED_AT = 300
"""Candidates of each side among which to look for what is left once all that is like the passage is gone."""

APART = 0.4
"""Cosine below which a passage is about something else than the one that a question was made of."""

SILENCE_COSTS = 2.0
"""How much worse it is to find nothing where there is something than to find something where there is nothing, which
whoever reads it can still put aside."""

MOST_DECLINED = 0.05
"""Share of the answerable questions that a floor may silence at most, however many of the others it would keep out."""

MOST_WORDS = 5
ENOUGH_WORDS = 6
"""Words that say something, of a question and of a sentence that one is made of."""

Write = Callable[[Sequence[str]], Sequence[str]]
"""Writes for each text a question that it answers; "" where it does not see one."""

Search = Callable[[str, int], Candidates]
"""The candidates of a search, so many from each side."""

Fetch = Callable[[Sequence[int]], "list[Passage]"]
"""The passages of candidates."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the relevance of the best that it found."""

    question: str
    answerable: float
    """Among all documents."""
    unanswerable: float
    """Among those that are about something else."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A floor, and the errors it makes on questions that it was not set with."""

    floor: float
    tried: tuple[Asked, ...]

    @property
    def declined(self) -> int:
        """Answerable questions for which nothing would be found."""
        return sum(asked.answerable < self.floor for asked in self.tried)

    @property
    def answered(self) -> int:
        """Unanswerable questions for which something would be found."""
        return sum(asked.unanswerable >= self.floor for asked in self.tried)


def calibrated(
    sample: Sequence[tuple[Passage, Vectors]],
    search: Search,
    fetch: Fetch,
    *,
    write: Write | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """The floor for a collection of which these are some passages, in random order.

    Raises KnowledgeError where too few questions can be made of them.
    """
    questions = (write or first_words)([passage.text for passage, _ in sample])
    made: list[Asked] = []
    for number, ((passage, vector), question) in enumerate(zip(sample, questions, strict=True), 1):
        if question:
            made.append(_asked(question, passage, vector, search(question, LOOKED_AT), fetch))
        if progress:
            progress(number, len(sample))
    if len(made) < FEWEST:
        raise KnowledgeError(
            f"only {len(made)} questions could be made of these documents, and {FEWEST} are needed to set a floor",
            hint="add documents with whole sentences, or leave the floor as it is",
        )
    return Calibration(best_floor(made[::2]), tuple(made[1::2]))


def first_words(texts: Sequence[str]) -> list[str]:
    """For each text the first words that say something, of one of its sentences; "" for a text without a long one."""
    return [" ".join(_chosen(text)[:MOST_WORDS]) for text in texts]


def best_floor(asked: Sequence[Asked]) -> float:
    """The floor with the smallest share of errors, those of silence counting more and few; in the middle of equals."""
    found = np.array([[each.answerable, each.unanswerable] for each in asked])
    floors = np.round(np.arange(0.0, 1.0, 0.01), 2)
    declined = (found[:, :1] < floors).mean(axis=0)
    answered = (found[:, 1:] >= floors).mean(axis=0)
    costs = np.where(declined <= MOST_DECLINED, SILENCE_COSTS * declined + answered, np.inf)
    lowest = floors[np.isclose(costs, costs.min())]
    return float(lowest[len(lowest) // 2])


def _asked(question: str, passage: Passage, vector: Vectors, found: Candidates, fetch: Fetch) -> Asked:
    scores = fuse(found)
    ranked = sorted(scores, key=lambda key: (-scores[key], key))
    near = dict(zip(found.ids, cosines(found.rows, vector).tolist(), strict=True))
    asked = dict(zip(found.ids, cosines(found.rows, found.question).tolist(), strict=True))
    others = [key for key in ranked if near[key] < APART] or sorted(ranked, key=near.__getitem__)[:JUDGED]

    def best(keys: Sequence[int], left_out: str | None) -> float:
        there = [each for each in zip(keys, fetch(keys), strict=True) if each[1].source != left_out][:JUDGED]
        judged = (replace(each, ranks={"dense": asked[key]}) for key, each in there)
        return max((relevance(question, each) for each in judged), default=0.0)

    return Asked(question, best(ranked[:JUDGED], None), best(others[: 4 * JUDGED], passage.source))


def _chosen(text: str) -> list[str]:
    """The words that say something, of a sentence with enough of them."""
    long = [found for found in _contents(text) if len(found) >= ENOUGH_WORDS]
    return Random(text).choice(long) if long else []


def _contents(text: str) -> Iterator[list[str]]:
    """The words of each sentence that are no function words."""
    for part in sentences.parts(text):
        if part.kind == "sentence":
            found = [word.strip(".,;:!?()[]{}\"'`*_") for word in text[part.start : part.end].split()]
            yield [word for word in found if word and word.lower() not in STOP_WORDS]
