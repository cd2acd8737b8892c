"""The model that works with nothing: it answers by quoting the best sentences of the passages, with their numbers.

It writes nothing of its own but small talk and the words around a refusal. A sentence's score adds its own similarity
to the question, that of its passage, and the share of the question's words it holds.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot import sentences
from chatbot.effects import Generate, Grounding
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.messages import Evidence, Usage
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.terms import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDIDATES = 40
"""Sentences that are embedded for one question: a cold start has time for no more."""

THRESHOLD = 0.42
"""Cosine between question and best sentence, plus a tenth of its share of the question's words, below which there is no
answer."""

GREETING = (
    "Hello! I answer questions by quoting your documents, with their sources. Ask me about them, or ask what documents "
    "there are. I don't write text of my own: name a language model with --model for that."
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    evidence: Evidence
    start: int
    text: str
    overlap: float


class Extractive:
    """Quotes. `embed` turns texts into unit vectors, one row each."""

    name = "extractive"
    abilities = Abilities(writes=False, tools=False, context_tokens=1_000_000)

    def __init__(self, embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> None:
        self._embed = embed

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The quotation, word by word."""
        text, declined = self._answer(request)
        for piece in re.findall(r"\S+\s*", text):
            yield TextDelta(piece)
        yield Used(Usage())
        yield Ended("complete", declined)

    def count_tokens(self, text: str) -> int:
        """An estimate; nothing is sent anywhere."""
        return estimate_tokens(text)

    def _answer(self, request: Generate) -> tuple[str, bool]:
        grounding = request.grounding
        if grounding is None:
            return GREETING, False
        if grounding.overview:
            return _overview(grounding), False
        return self._quote(grounding)

    def _quote(self, grounding: Grounding) -> tuple[str, bool]:
        candidates = _candidates(grounding)
        if not candidates:
            return "The documents do not say.", True
        vectors = self._embed([grounding.question, *(each.text for each in candidates)])
        near = vectors[1:] @ vectors[0]
        scores = [
            float(cosine) + 0.1 * each.overlap + 0.1 * _standing(each.evidence, grounding)
            for cosine, each in zip(near, candidates, strict=True)
        ]
        order = sorted(range(len(candidates)), key=lambda place: -scores[place])
        best = order[0]
        if float(near[best]) + 0.1 * candidates[best].overlap < THRESHOLD:
            nearest = candidates[best].evidence
            return f"The documents do not say. The nearest passage is [{nearest.number}].", True
        chosen = [place for place in order[:3] if scores[place] >= scores[best] - 0.08]
        quoted = [candidates[place] for place in chosen]
        first = quoted[0].evidence.number
        quoted.sort(key=lambda each: (each.evidence.number != first, each.evidence.number, each.start))
        return "\n\n".join(f"{each.text} [{each.evidence.number}]" for each in quoted), False


def _candidates(grounding: Grounding) -> list[_Sentence]:
    """Sentences worth embedding: of each passage in turn, those that share most words with the question."""
    wanted = set(terms(grounding.question))
    found: dict[str, _Sentence] = {}
    for evidence in grounding.evidence:
        text = evidence.passage.text
        for start, end in sentences.spans(text):
            said = text[start:end]
            if len(said) >= 12 and said not in found:
                overlap = len(wanted & set(terms(said))) / max(1, len(wanted))
                found[said] = _Sentence(evidence, start, said, overlap)
    ranked = sorted(found.values(), key=lambda each: -each.overlap - 0.5 * _standing(each.evidence, grounding))
    return ranked[:CANDIDATES]


def _standing(evidence: Evidence, grounding: Grounding) -> float:
    """1 for the passage the search liked best, falling with its score."""
    scores = [each.passage.score for each in grounding.evidence]
    best = max(scores)
    return evidence.passage.score / best if best > 0 else 0.0


def _overview(grounding: Grounding) -> str:
    lines = [f"There are {len(grounding.evidence)} documents:"]
    for evidence in grounding.evidence:
        passage = evidence.passage
        spans = [span for span in sentences.spans(passage.text) if passage.text[span[0]] != "#"]
        opening = passage.text[spans[0][0] : spans[0][1]] if spans else ""
        lines.append(f"- **{passage.title or passage.source}**: {opening} [{evidence.number}]")
    return "\n".join(lines)
