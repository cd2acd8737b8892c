"""Where the variance of judged scores comes from: the items, the responses to one item, or the judge itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Noise:
    """Parts of the variance of one judgement of one response; None where the data cannot tell it from the next part."""

    judge: float
    """Of a response that is judged again."""
    generation: float | None
    """Of an item that is answered again, by what is said and not by who judges it; needs items asked twice."""
    items: float | None
    """Of the items' true means."""


def split_noise(scores: Sequence[Sequence[Sequence[float]]]) -> Noise:
    """The parts, by nested analysis of variance: for each item, for each response to it, what it was judged each time.

    What is seen between responses, and between items, less what the parts below add to it: a mean of k judgements
    carries a k-th of the judge's variance. A part that comes out below 0, as noise can make it, is 0. Raises ValueError
    where no response was judged twice.
    """
    judged = [response for item in scores for response in item if len(response) > 1]
    if not judged:
        raise ValueError("no response was judged twice")
    squares = sum(float(np.var(each, ddof=1)) * (len(each) - 1) for each in judged)
    judge = squares / sum(len(each) - 1 for each in judged)
    means = [[float(np.mean(response)) for response in item if response] for item in scores]
    of_judge = [[judge / len(response) for response in item if response] for item in scores]
    repeated = [place for place, item in enumerate(means) if len(item) > 1]
    generation = None
    if repeated:
        freedom = sum(len(means[place]) - 1 for place in repeated)
        within = sum(float(np.var(means[place], ddof=1)) * (len(means[place]) - 1) for place in repeated) / freedom
        share = sum(float(np.mean(of_judge[place])) * (len(means[place]) - 1) for place in repeated) / freedom
        generation = max(0.0, within - share)
    return Noise(judge, generation, _of_items(means, of_judge, generation))


def _of_items(means: list[list[float]], of_judge: list[list[float]], generation: float | None) -> float | None:
    """What is left between the items' means; with one response each, generation is a part of it that cannot be told."""
    answered = [place for place, item in enumerate(means) if item]
    if len(answered) < 2:
        return None
    between = float(np.var([float(np.mean(means[place])) for place in answered], ddof=1))
    noise = [((generation or 0.0) + float(np.mean(of_judge[place]))) / len(means[place]) for place in answered]
    return max(0.0, between - float(np.mean(noise)))
