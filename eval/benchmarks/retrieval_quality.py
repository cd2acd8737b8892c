"""Targets of quality: cranfield, cisi and xquad_en through `Knowledge.from_records`, at one setting for all.

    python eval/benchmarks/retrieval_quality.py

Prints nDCG@10 (binary gain) or recall@1 and @5 over distinct records, for the search as it is, for each side alone, for
plain reciprocal rank fusion of both, and for other weights of the dense side. The collections lie in ../shared/data;
without them it says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chatbot import Knowledge
from chatbot.messages import Passage
from chatbot.retrieval.search import POOL, fuse

DATA = Path(__file__).parents[3] / "shared" / "data"
QUESTIONS = {"cranfield": "queries.jsonl", "cisi": "queries.jsonl", "xquad_en": "questions.jsonl"}

Rank = Callable[[Sequence[Passage]], Sequence[Passage]]
"""Puts the candidates of a search into an order."""


def by_side(side: str) -> Rank:
    """One side alone."""
    return lambda found: sorted((p for p in found if side in p.ranks), key=lambda p: p.ranks[f"{side}_rank"])


def reciprocal(found: Sequence[Passage]) -> Sequence[Passage]:
    """Reciprocal rank fusion with the usual constant, 60."""
    sides = ("dense_rank", "lexical_rank")
    return sorted(found, key=lambda p: -sum(1 / (60 + p.ranks[side]) for side in sides if side in p.ranks))


def weighted(weight: float) -> Rank:
    """The search's own fusion, with another weight."""

    def rank(found: Sequence[Passage]) -> Sequence[Passage]:
        dense, lexical = (
            {number: p.ranks[side] for number, p in enumerate(found) if side in p.ranks}
            for side in ("dense", "lexical")
        )
        scores = fuse(dense, lexical, weight)
        return [found[number] for number in sorted(scores, key=lambda number: -scores[number])]

    return rank


RANKINGS: Mapping[str, Rank] = {
    "search": lambda found: found,
    "dense": by_side("dense"),
    "lexical": by_side("lexical"),
    "plain RRF": reciprocal,
    **{f"weight {weight}": weighted(weight) for weight in (0.45, 0.55, 0.6, 0.7, 0.75)},
}


def lines(path: Path) -> list[dict[str, object]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def records_of(passages: Sequence[Passage]) -> list[str]:
    """The records of passages, each once."""
    return list(dict.fromkeys(passage.source for passage in passages))


def ndcg(ranked: Sequence[str], relevant: Mapping[str, object]) -> float:
    """nDCG@10 with binary gain."""
    gain = sum(1 / math.log2(place + 2) for place, key in enumerate(ranked[:10]) if key in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
    return gain / ideal if ideal else 0.0


def figures(name: str, ranked: Sequence[Sequence[str]], asked: Sequence[dict[str, object]]) -> str:
    """The collection's figures for one ranking of each question's records."""
    pairs = list(zip(ranked, asked, strict=True))
    if name == "xquad_en":
        at_1, at_5 = (sum(q["passage"] in found[:k] for found, q in pairs) / len(pairs) for k in (1, 5))
        return f"recall@1 {at_1:.3f}  recall@5 {at_5:.3f}"
    mean = sum(ndcg(found, q["relevant"]) for found, q in pairs) / len(pairs)  # type: ignore[arg-type]
    return f"nDCG@10 {mean:.3f}"


def main() -> None:
    if not DATA.is_dir():
        print("the collections are not here: ../shared/data is missing")
        return
    print("targets: cranfield 0.57, cisi 0.43, xquad_en 0.93 and 0.99")
    for name, questions in QUESTIONS.items():
        knowledge = Knowledge.from_records(
            {"id": r["id"], "text": r["text"], "title": str(r["title"]).replace("_", " ")}
            for r in lines(DATA / name / "corpus.jsonl")
        )
        asked = lines(DATA / name / questions)
        found = [knowledge.search(str(q.get("question") or q["text"]), 2 * POOL) for q in asked]
        print(f"{name}: {len(asked)} questions")
        for label, rank in RANKINGS.items():
            print(f"  {label:<12} {figures(name, [records_of(rank(each)) for each in found], asked)}")


main()
