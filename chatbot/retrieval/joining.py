"""Chunks of one section that stand next to one another and are found together, shown as the one passage they are.

A section that fills several chunks answers a question with all of them, and three places of a short list with one thing
to read leave no room for what other sections say. In: chunks that a search found, best first. Out: for each passage to
show the run of chunks that it is made of, and the passage, an exact slice of the document.

The right passage is among the first three for 36 of 40 questions about the manual of Click, for 32 where each chunk
stands for itself, and first for 0.96 of XQuAD's questions asked of whole articles instead of 0.94. Three of them hold
half as much text again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.retrieval.diversity import ALMOST, MOST_JOINED

if TYPE_CHECKING:
    from chatbot.messages import Passage
    from chatbot.retrieval.expand import Around

AMONG = 10
"""The best passages, which may be joined, however many are asked for: a longer list begins with the shorter one."""

Run = tuple[int, int]
"""Ids of the first and of the last of chunks that follow one another."""


def runs(found: Sequence[tuple[int, Passage]]) -> dict[int, Run]:
    """For each passage to show, best first, the id of the chunk that was found and its run.

    A chunk joins the run of a better one that it touches in the same section where it is almost as good. found: chunk
    ids with their passages, best first. Ids of a document's chunks follow one another as the chunks do.
    """
    free = dict(found)
    shown: dict[int, Run] = {}
    for key, passage in found:
        if free.pop(key, None) is None:
            continue
        first = last = key
        while last - first + 1 < MOST_JOINED:
            near = [each for each in (first - 1, last + 1) if each in free and _belongs(free[each], passage)]
            if not near:
                break
            best = max(near, key=lambda each: free[each].score)
            del free[best]
            first, last = min(first, best), max(last, best)
        shown[key] = first, last
    return shown


def joined(key: int, passage: Passage, run: Run, around: Around) -> Passage:
    """The passage that a run of chunks makes, with the score and the ranks of the one that was found best."""
    first, last = run
    near = around(key, MOST_JOINED) if first < last else None
    if near is None or first not in near.ids or last not in near.ids:  # changed since it was found
        return passage
    whole = near.joined(near.ids.index(first), near.ids.index(last))
    return replace(whole, score=passage.score, ranks=passage.ranks)


def _belongs(passage: Passage, better: Passage) -> bool:
    same = passage.source == better.source and passage.heading == better.heading
    return same and passage.score >= ALMOST * better.score
