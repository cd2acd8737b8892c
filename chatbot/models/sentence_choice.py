"""Which sentences of the passages answer a question, and whether any of them does.

A sentence's score adds its cosine to the question, and half of each: its passage's share of the best search score, the
share of the question's words that it holds, rarer words counting more, and the same share with its two neighbours; and
a little for the kind of answer that is asked for (a number, a name) and for saying more than a few words.

On 748 questions of XQuAD, over all 240 passages, the best sentence holds the answer to 0.818 of them, and one of the
best three to 0.960; any one weight can be halved or doubled for a loss of at most 0.01. The evidence is weak where the
best sentence is worth too little: its cosine to the question and half the share of the question's words in its passage.
`eval/benchmarks/extractive_quality.py` prints the figures, those of the threshold too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot import sentences
from chatbot.effects import Grounding
from chatbot.messages import Evidence
from chatbot.terms import terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]

CANDIDATES = 40
"""Sentences that are embedded for one question: a cold start has time for no more."""

ENOUGH = 0.68
"""What the best sentence must be worth, of 1.5 at most, for an answer to be given.

At 0.68, 3.1 % of XQuAD's questions are declined though their article is there, and 2.5 % are answered though it is not.
Of our own questions none is declined, and none on another subject is answered; of 18 on a neighbouring one (another
command-line program than the handbook's), 6 are.
"""

SHORT = 12
"""Words below which a sentence says little."""

_NUMBER_ASKED = re.compile(
    r"\b(when|how (many|much|long|old|far|often|tall|big|large|high)"
    r"|(what|which) (year|date|day|percent\w*|number|age))\b",
    re.IGNORECASE,
)
_NAME_ASKED = re.compile(r"\b(who|whom|whose|where)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|half|third"
    r"|quarter|once|twice)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w'’-]+")
_MARKUP = re.compile(r"\s*(<|!\[|\[[^\]]*\]\([^)]*\)\W*$)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage."""

    evidence: Evidence
    start: int
    """Offset in the passage's text."""
    text: str
    around: str
    """The sentence with its neighbours."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A sentence with its score, and what it is worth as an answer."""

    sentence: Sentence
    score: float
    worth: float


def ranked(grounding: Grounding, embed: Embed) -> list[Choice]:
    """The sentences of the evidence, best first. `embed`: texts to unit vectors, one row each; called once."""
    candidates = _candidates(grounding)
    if not candidates:
        return []
    wanted = list(dict.fromkeys(terms(grounding.question)))
    held = [frozenset(terms(each.text)) for each in candidates]
    weights = _weights(wanted, held)
    vectors = embed([grounding.question, *(each.text for each in candidates)])
    choices = []
    for each, own, cosine in zip(candidates, held, vectors[1:] @ vectors[0], strict=True):
        near = float(cosine)
        shares = _share(weights, own) + _share(weights, frozenset(terms(each.around)))
        hints = 0.2 * _fits(grounding.question, each.text) + 0.2 * min(1.0, len(words(each.text)) / SHORT)
        score = near + 0.5 * (_standing(each.evidence, grounding) + shares) + hints
        choices.append(Choice(each, score, near + 0.5 * _share(dict.fromkeys(wanted, 1.0), _passage_terms(each))))
    return sorted(choices, key=lambda choice: -choice.score)


def _candidates(grounding: Grounding) -> list[Sentence]:
    """Sentences worth embedding: those that share most words with the question, from passages that stand high."""
    found: dict[str, Sentence] = {}
    for evidence in grounding.evidence:
        text = evidence.passage.text
        spans = sentences.spans(text)
        for place, (start, end) in enumerate(spans):
            around = " ".join(text[a:b] for a, b in spans[max(0, place - 1) : place + 2])
            if _quotable(text[start:end]):
                found.setdefault(text[start:end], Sentence(evidence, start, text[start:end], around))
    if len(found) <= CANDIDATES:
        return list(found.values())
    wanted = frozenset(terms(grounding.question))
    return sorted(
        found.values(), key=lambda each: -len(wanted & set(terms(each.text))) - _standing(each.evidence, grounding)
    )[:CANDIDATES]


def _quotable(text: str) -> bool:
    """Whether it can stand as an answer: some words that are no question and no markup."""
    letters = sum(character.isalpha() for character in text)
    said = len(words(text)) > 2 and letters >= 8 and 2 * letters > len(text)
    return said and not text.rstrip("*_ ").endswith("?") and not _MARKUP.match(text)


def _weights(wanted: Sequence[str], held: Sequence[frozenset[str]]) -> dict[str, float]:
    """How much each word of the question counts: the inverse document frequency of BM25, sentences as documents."""
    number, frequency = len(held), Counter(term for terms_of in held for term in terms_of)
    return {term: math.log1p((number - frequency[term] + 0.5) / (frequency[term] + 0.5)) for term in wanted}


def _share(weights: dict[str, float], held: frozenset[str]) -> float:
    """The share of the question's words that are held, by weight."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / total if total else 0.0


def _passage_terms(each: Sentence) -> frozenset[str]:
    passage = each.evidence.passage
    return frozenset(terms(" ".join((passage.title, *passage.heading, passage.text))))


def _standing(evidence: Evidence, grounding: Grounding) -> float:
    """1 for the passage the search liked best, falling with its score."""
    best = max(each.passage.score for each in grounding.evidence)
    return evidence.passage.score / best if best > 0 else 0.0


def _fits(question: str, text: str) -> float:
    """Whether the sentence holds the kind of thing that is asked for: 1 yes, 0 no, a half where it is not known."""
    if _NUMBER_ASKED.search(question):
        return 1.0 if _NUMBER.search(text) else 0.0
    if _NAME_ASKED.search(question):
        asked = set(words(question))
        return 1.0 if any(name.lower() not in asked for name in _NAME.findall(text[1:])) else 0.0
    return 0.5
