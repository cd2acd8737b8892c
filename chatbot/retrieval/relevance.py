"""Whether a passage has anything to do with a question, on a scale that holds from one search to the next.

A search puts passages in order, and there is always a best one; its score says how it compares with the others and not
whether it is about what was asked. Relevance adds the cosine and the share of the question's words that the passage,
its title or its headings hold. Where even the best passages stay below the floor, nothing relevant was found.

Over questions that their documents answer and questions that they do not (XQuAD's asked of the wrong half of its
articles), relevance tells one from the other with an area under the curve of 0.992, the cosine alone with 0.970.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from chatbot.terms import terms

if TYPE_CHECKING:
    from chatbot.messages import Passage

COSINE_WEIGHT = 0.7
"""Of the cosine; the rest is the words'. From 0.6 to 0.8 the area falls by no more than 0.002."""

PACKAGED = "minilm"
"""How the names of embedders begin that come in the package."""

FLOORS: Mapping[str, float] = MappingProxyType({PACKAGED: 0.32})
"""The floor of an index that nobody has calibrated, by the family of its embedder; others have none, as their cosines
lie elsewhere.

Below 0.32 lie 0.9 % of XQuAD's questions, and none of 259 on the handbook, the manual of Click, Cranfield and CISI, all
answered; and 86 % of XQuAD's questions asked of the other half of the articles. A wrong silence costs more than a
passage too many, which whoever reads it can still put aside: `chatbot index --calibrate` finds the floor of a
collection at which both kinds of error together are fewest.
"""

JUDGED = 5
"""Passages of which the best one counts."""


def relevance(question: str, passage: Passage) -> float:
    """From 0, nothing in common, to 1. The cosine is the one that the search left in `ranks`."""
    wanted = frozenset(terms(question))
    held = frozenset(terms(" ".join((passage.title, *passage.heading, passage.text))))
    shared = len(wanted & held) / len(wanted) if wanted else 0.0
    cosine = max(0.0, float(passage.ranks["dense"]))
    return COSINE_WEIGHT * cosine + (1 - COSINE_WEIGHT) * shared


def best_relevance(found: Iterable[Passage]) -> float:
    """That of the most relevant of the passages of a search; 0 where there is none."""
    return max((float(passage.ranks["relevance"]) for passage in found), default=0.0)


def usual_floor(embedder: str) -> float:
    """The floor of an index with this embedder that was not calibrated."""
    return next((floor for family, floor in FLOORS.items() if embedder.startswith(family)), 0.0)
