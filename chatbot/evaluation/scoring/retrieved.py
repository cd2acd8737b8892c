"""Scorer of what was retrieved, whatever was answered from it: nDCG, recall, precision, MRR, hit rate at k."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import structured
from chatbot.evaluation.scoring.outcomes import brief, scored
from chatbot.evaluation.scoring.sources import Source, read_sources
from chatbot.messages import Passage

MEASURES = ("ndcg", "recall", "precision", "mrr", "hit")

Grades = Mapping[str, float]
"""Relevance of documents, by path or id; those that are not in it have none."""


@dataclass(frozen=True, slots=True)
class Relevant:
    """What is relevant to an item."""

    grades: Grades
    passages: tuple[Source, ...] = ()
    """Where passages are looked for rather than documents: what they hold, each named in `grades`."""

    def names(self, found: Sequence[Passage]) -> list[str]:
        """What was found, best first and each once: documents, or passages."""
        if not self.passages:
            return list(dict.fromkeys(passage.source for passage in found))
        return list(dict.fromkeys(self._name(passage) for passage in found))

    def _name(self, passage: Passage) -> str:
        held = next((source for source in self.passages if source.is_held_by(passage)), None)
        return _named(held) if held else f"{passage.source} {passage.start}"


def retrieval(entry: Entry) -> Scorer:
    """How well the first `k` (10) documents are those that are `relevant`; `measure` is one of MEASURES (ndcg).

    `relevant` is a list of documents' paths or ids, or a table from these to grades. Several passages of one document
    count once, where the first of them stands. With a list of `{source: …, quote: …}` it is not documents that are
    ranked but passages, and those that hold a quote are relevant. All measures are in the score's details.
    """
    relevant_of = entry.made("relevant", entry.expected("relevant", default="relevant"), read_relevant)
    measure = entry.choice("measure", MEASURES, "ndcg")
    most = entry.section.whole_number("k", least=1)
    k = 10 if most is None else most

    def judge(item: Item, response: Response) -> Score:
        relevant = relevant_of(item)
        grades = relevant.grades
        if not grades:
            raise ProjectError("nothing is relevant to the item")
        found = relevant.names(response.passages)
        values = measures(found, grades, k)
        missed = [name for name in grades if name not in found[:k]]
        reason = f"not among the first {k}: {', '.join(missed[:5])}{', …' * (len(missed) > 5)}" if missed else ""
        return scored(values[measure], reason, values)

    return judge


def measures(found: Sequence[str], grades: Grades, k: int) -> Mapping[str, float]:
    """All measures of a ranking without doubles, at depth k, where `grades` are above 0.

    nDCG (Järvelin and Kekäläinen 2002): the gain of a document is its grade, over log2(rank + 1), and the whole is
    divided by that of the best ranking of k. MRR here is the reciprocal rank of one item; reports take the mean.
    """
    gains = [grades.get(name, 0.0) for name in found[:k]]
    ranks = [rank for rank, gain in enumerate(gains, 1) if gain > 0]
    return {
        "ndcg": _discounted(gains) / _discounted(sorted(grades.values(), reverse=True)[:k]),
        "recall": len(ranks) / len(grades),
        "precision": len(ranks) / k,
        "mrr": 1 / ranks[0] if ranks else 0.0,
        "hit": float(bool(ranks)),
    }


def read_relevant(value: object) -> Relevant:
    """What is relevant to an item, with grades above 0. Raises UsageError for what does not say so."""
    value = structured(value)
    if isinstance(value, Mapping):
        return Relevant({str(name): grade for name, given in value.items() if (grade := _grade(name, given)) > 0})
    listed = value if isinstance(value, list | tuple) else [] if value in (None, "") else [value]
    if listed and all(isinstance(each, Mapping) for each in listed):
        passages = read_sources(value)
        return Relevant(dict.fromkeys(map(_named, passages), 1.0), passages)
    if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in listed):
        hint = "a list of documents' paths or ids, or of {source: …, quote: …}, or a table from documents to grades"
        raise UsageError(f"{brief(value)} does not say what is relevant", hint=hint)
    return Relevant(dict.fromkeys(map(str, listed), 1.0))


def _grade(name: object, given: object) -> float:
    if isinstance(given, bool | int | float) and 0 <= given < math.inf:
        return float(given)
    raise UsageError(f"the grade of {name!r} must be a number of 0 or more, not {brief(given)}")


def _named(source: Source) -> str:
    return f"{source.name}: {source.quote}"


def _discounted(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
