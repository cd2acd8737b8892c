"""Which sentences of the passages answer a question, and whether any of them does.

A sentence's score adds its cosine to the question, and half of each: its passage's share of the best search score, the
share of the question's words that it holds, rarer words counting more, and the same share with its two neighbours; and
a little for holding the kind of answer that is asked for and for saying more than a few words; it loses as much for
only naming another page or a publication.

On 748 questions of XQuAD, over all 240 passages, the best sentence holds the answer to 0.820 of them, and one of the
best three to 0.960; any weight but the cosine's can be halved or doubled for a loss of at most 0.01. What a sentence is
worth as an answer is the mean of its cosine to the question, its passage's, and the share of the question's words in
the passage.
`eval/benchmarks/extractive_quality.py` prints the figures, those of the threshold too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot import sentences
from chatbot.effects import Grounding
from chatbot.messages import Evidence
from chatbot.models.asked_for import fits
from chatbot.terms import terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]

CANDIDATES = 40
"""Sentences that are embedded for one question: a cold start has time for no more."""

ENOUGH = 0.43
"""What the best sentence must be worth, of 1 at most, for an answer to be given.

At 0.43, 3.1 % of XQuAD's questions are declined though their article is there, and 2.7 % are answered though it is not;
those that stay answered still reach the targets for all. Of 76 questions on the handbook and the manual of Click none
is declined, and of 50 on other subjects none is answered. What the documents' own field suggests and they do not hold
is harder: 5 of 37 such questions get an answer.
"""

NEAR = 0.3
"""What it must be worth for its passage to be named though no answer is given."""

SHORT = 12
"""Words below which a sentence says little."""

_MARKUP = re.compile(r"\s*(<|!\[|\[[^\]]*\]\([^)]*\)\W*$)")
_FENCED = re.compile(r"\s*\n[ \t]*(`{3,}|~{3,})[^`\n]*\n(?:.*\n){0,20}?[ \t]*\1[ \t]*$", re.MULTILINE)
"""A block of code, of no more lines than one likes to read in an answer."""
_HEADER = re.compile(r"(\|[^\n]*\S)[ \t]*\r?\n[ \t]*\|[ \t:|-]*-[ \t:|-]*(?:\r?\n|\Z)")
"""The first row of a table, and the rule below it."""
_REFERENCE = re.compile(r"\]\([^):]+\.\w+\)|\barXiv[ :]\d{4}\.\d|\bdoi\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage."""

    evidence: Evidence
    start: int
    """Offset in the passage's text."""
    text: str
    around: str
    """The sentence with its neighbours."""
    opening: bool
    """It is the first of the passage."""
    kind: sentences.Kind
    shown: str
    """What to quote: the text, with the block of code that it introduces. An exact slice of the passage too."""
    read: str
    """What is compared with the question: the text, and above a row of a table the names of its columns."""


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
    held = [frozenset(terms(each.read)) for each in candidates]
    weights = _weights(wanted, held)
    vectors = embed([grounding.question, *(each.read for each in candidates)])
    choices = []
    for each, own, cosine in zip(candidates, held, vectors[1:] @ vectors[0], strict=True):
        near = float(cosine)
        shares = _share(weights, own) + _share(weights, frozenset(terms(each.around)))
        hints = 0.3 * (fits(grounding.question, each.text, opening=each.opening) - _refers(each.text))
        length = 0.2 * min(1.0, len(words(each.text)) / SHORT)
        score = near + 0.5 * (_standing(each.evidence, grounding) + shares) + hints + length
        choices.append(Choice(each, score, _worth(each, near, wanted)))
    return sorted(choices, key=lambda choice: -choice.score)


def _worth(each: Sentence, near: float, wanted: Sequence[str]) -> float:
    """How well a sentence and its passage meet the question, 1 at most."""
    passage = each.evidence.passage
    held = frozenset(terms(" ".join((passage.title, *passage.heading, passage.text))))
    dense = float(passage.ranks.get("dense", near))  # a file that went along with the question was not searched
    return (near + dense + _share(dict.fromkeys(wanted, 1.0), held)) / 3


def _candidates(grounding: Grounding) -> list[Sentence]:
    """Sentences worth embedding: those that share most words with the question, from passages that stand high."""
    found: dict[str, Sentence] = {}
    for evidence in grounding.evidence:
        for sentence in _sentences(evidence):
            if _quotable(sentence):
                found.setdefault(sentence.text, sentence)
    if len(found) <= CANDIDATES:
        return list(found.values())
    wanted = frozenset(terms(grounding.question))
    return sorted(
        found.values(), key=lambda each: -len(wanted & set(terms(each.read))) - _standing(each.evidence, grounding)
    )[:CANDIDATES]


def _sentences(evidence: Evidence) -> Iterator[Sentence]:
    """All sentences, rows and lines of code of a passage."""
    text = evidence.passage.text
    parts = sentences.parts(text)
    headers = {match.end(): match[1] for match in _HEADER.finditer(text)}
    columns = ""
    for place, part in enumerate(parts):
        columns = headers.get(part.start, columns) if part.kind == "row" else ""
        around = " ".join(text[near.start : near.end] for near in parts[max(0, place - 1) : place + 2])
        shown = text[part.start : _end_of_code(text, parts, place)]
        own = text[part.start : part.end]
        read = f"{columns}\n{own}" if columns else own
        yield Sentence(evidence, part.start, own, around, place == 0, part.kind, shown, read)


def _end_of_code(text: str, parts: Sequence[sentences.Part], place: int) -> int:
    """Where the fenced code ends that the sentence introduces with a colon; without one, where the sentence does."""
    end = parts[place].end
    if parts[place].kind != "sentence" or text[end - 1] != ":":
        return end
    fence = _FENCED.match(text, end)
    return fence.end() if fence else end


def _quotable(sentence: Sentence) -> bool:
    """Whether it can stand as an answer: some words that are no question and no markup. A row may be mostly figures."""
    text = sentence.text
    letters = sum(character.isalpha() for character in text)
    least = 3 if sentence.kind == "row" else max(8, len(text) // 2 + 1)
    said = len(words(text)) > 2 and letters >= least
    return said and not text.rstrip("*_ ").endswith("?") and not _MARKUP.match(text)


def _refers(text: str) -> bool:
    """Whether it sends the reader to another page, or names a publication."""
    return bool(_REFERENCE.search(text))


def _weights(wanted: Sequence[str], held: Sequence[frozenset[str]]) -> dict[str, float]:
    """How much each word of the question counts: the inverse document frequency of BM25, sentences as documents."""
    number, frequency = len(held), Counter(term for terms_of in held for term in terms_of)
    return {term: math.log1p((number - frequency[term] + 0.5) / (frequency[term] + 0.5)) for term in wanted}


def _share(weights: dict[str, float], held: frozenset[str]) -> float:
    """The share of the question's words that are held, by weight."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / total if total else 0.0


def _standing(evidence: Evidence, grounding: Grounding) -> float:
    """1 for the passage the search liked best, falling with its score."""
    best = max(each.passage.score for each in grounding.evidence)
    return evidence.passage.score / best if best > 0 else 0.0
