"""More than one way to ask: a model says the question otherwise, or writes what an answer might look like.

A prompt file decides which: every line of the reply is searched for beside the question (several queries; with
`hypothetical_answer` a passage that answers, HyDE of Gao et al. 2023). What the searches find is fused by reciprocal
ranks (Cormack et al. 2009), since the scores of two searches cannot be compared. Where the model fails, the question
alone is searched for. A generator of effects and a pure function; it searches nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.effects import Flow, Generate
from chatbot.errors import ModelError
from chatbot.messages import Passage, Reply, Usage

if TYPE_CHECKING:
    from chatbot.prompting import Prompt

MOST_QUERIES = 4
"""Searched for beside the question; each takes a search, and the fifth way to say something finds little new."""

LONGEST = 1_500
"""Characters of a query that are searched for: an embedder reads no more."""

RANK_CONSTANT = 60
"""How much a first place counts before a tenth: that of the paper."""


def other_queries(question: str, prompt: Prompt) -> Flow[tuple[tuple[str, ...], Usage]]:
    """What else to search for, and what it took to write that."""
    try:
        reply: Reply = yield Generate(tuple(prompt.render(question=question)), "rewrite", sampling=prompt.sampling)
    except ModelError:
        return (), Usage()
    lines = (line.strip().lstrip("-*•0123456789.) ").strip('"')[:LONGEST] for line in reply.text.splitlines())
    new = dict.fromkeys(line for line in lines if line and line != question)
    return tuple(new)[:MOST_QUERIES], reply.usage


def fused(searches: Sequence[Sequence[Passage]], k: int) -> tuple[Passage, ...]:
    """The best `k` of what several searches found, each once, with the share of the best one's sum of ranks as score.

    Of passages that overlap, as sections grown around two chunks may, the better one stays.
    """
    sums: dict[tuple[str, int, int], float] = {}
    passages: dict[tuple[str, int, int], Passage] = {}
    for found in searches:
        for rank, passage in enumerate(found, 1):
            sums[passage.span] = sums.get(passage.span, 0.0) + 1 / (RANK_CONSTANT + rank)
            passages.setdefault(passage.span, passage)
    best = sorted(sums, key=lambda span: -sums[span])
    kept: list[tuple[str, int, int]] = []
    for span in best:
        if not any(_overlap(span, other) for other in kept):
            kept.append(span)
    return tuple(replace(passages[span], score=sums[span] / sums[best[0]]) for span in kept[:k])


def _overlap(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
