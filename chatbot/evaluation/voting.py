"""What votes of other sizes would have been worth, from the samples of one: maj@k over all ways to choose k of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chatbot.evaluation.estimating import estimate_of
from chatbot.evaluation.records import Item, Response, Scorer
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.samples import majority_curve

SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 64, 80, 100)
"""Sizes of votes that are reported."""


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote of so many samples."""

    k: int
    right: Estimate
    """The chance that it is right."""
    tokens: float
    """Of an item, where every sample takes as many."""


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of a variant."""

    name: str
    samples: int
    """Of an item at most."""
    average: float
    """Samples of an item."""
    curve: tuple[Vote, ...]
    """Empty where items were given different numbers of samples: a vote that was stopped says nothing of others."""


@dataclass(slots=True)
class Ballots:
    """The votes of a variant as its cells stream by; a few numbers an item are kept, and no answer."""

    items: int
    samples: int = 0
    """Of an item at most."""
    mixed: bool = False
    """Items were given different numbers of samples."""
    drawn: int = 0
    held: int = 0
    """Votes, and the samples of all of them."""
    curves: dict[int, np.ndarray] = field(default_factory=dict)
    """By size, the sum of an item's chances over its repeats."""
    asked: np.ndarray = field(init=False)
    tokens: int = 0

    def __post_init__(self) -> None:
        self.asked = np.zeros(self.items, dtype=np.int32)

    def add(self, place: int, item: Item, response: Response, scorer: Scorer) -> None:
        """Counts a cell. An answer is right if the scorer would have said so of the reply."""
        answers = response.samples
        if len(answers) < 2:
            return
        self.held += 1
        self.drawn += len(answers)
        self.mixed = self.mixed or self.samples not in (0, len(answers))
        self.samples = max(self.samples, len(answers))
        if self.mixed:
            self.curves.clear()
            return
        right = {answer for answer in set(answers) if answer is not None and _is_right(answer, item, response, scorer)}
        curve = majority_curve(answers, right)
        for k in _sizes(self.samples):
            self.curves.setdefault(k, np.zeros(self.items))[place] += curve[k - 1]
        self.asked[place] += 1
        self.tokens += response.usage.input_tokens + response.usage.output_tokens

    def votes(self, name: str, clusters: Sequence[str] | None) -> Votes | None:
        """The votes; None where nothing was voted on."""
        if not self.held:
            return None
        each = self.tokens / max(1, int(self.asked.sum())) / self.samples
        found: list[Vote] = []
        for k, sums in self.curves.items():
            means = np.divide(sums, self.asked, out=np.full(self.items, np.nan), where=self.asked > 0)
            right = estimate_of(means, clusters)
            assert right is not None  # some item was asked
            found.append(Vote(k, right, k * each))
        return Votes(name, self.samples, self.drawn / self.held, tuple(found))


def _sizes(samples: int) -> list[int]:
    sizes = [k for k in SIZES if k <= samples]
    return sizes if samples in sizes else [*sizes, samples]


def _is_right(answer: str, item: Item, response: Response, scorer: Scorer) -> bool:
    said = replace(response, text=answer, answer=answer, value=None, samples=(), declined=False, finish="complete")
    return scorer(item, said).value == 1
