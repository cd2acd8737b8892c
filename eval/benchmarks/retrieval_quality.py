"""Targets of quality: cranfield, cisi and xquad_en through `Knowledge.from_records`, at one setting for all.

    python eval/benchmarks/retrieval_quality.py

Prints nDCG@10 (binary gain) or recall@1 and @5 over distinct records, for the search as people see it, without copies
and crowds, for its fusion alone, for each side alone, for plain reciprocal rank fusion of both, and for other settings
of the fusion. The collections lie in ../shared/data; without them it says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chatbot import Knowledge
from chatbot.retrieval.search import Candidates, Ranking, fuse

DATA = Path(__file__).parents[3] / "shared" / "data"
QUESTIONS = {"cranfield": "queries.jsonl", "cisi": "queries.jsonl", "xquad_en": "questions.jsonl"}

SHOWN = 30
"""Passages looked at, of which a record may have several."""

Rank = Callable[[Candidates], Mapping[int, float]]
"""Gives each candidate of a search a score."""


def reciprocal(found: Candidates) -> Mapping[int, float]:
    """Reciprocal rank fusion with the usual constant, 60."""
    scores: dict[int, float] = {}
    for side in (found.dense, found.lexical):
        for rank, key in enumerate(side, 1):
            scores[key] = scores.get(key, 0.0) + 1 / (60 + rank)
    return scores


def fused(weight: float, feedback: float) -> Rank:
    """The search's own fusion, with another setting."""
    return lambda found: fuse(found, Ranking(weight, feedback))


RANKINGS: Mapping[str, Rank] = {
    "fusion": fuse,
    "dense": lambda found: found.dense,
    "lexical": lambda found: found.lexical,
    "plain RRF": reciprocal,
    **{
        f"weight {weight}, feedback {feedback}": fused(weight, feedback)
        for feedback in (0, 0.2, 0.3, 0.4)
        for weight in (0.55, 0.6, 0.65, 0.7, 0.75)
    },
}


def lines(path: Path) -> list[dict[str, object]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ranked(scores: Mapping[int, float], record_of: Mapping[int, str]) -> list[str]:
    """Records by their best chunk, each once."""
    return list(dict.fromkeys(record_of[key] for key in sorted(scores, key=lambda key: (-scores[key], key))))


def ndcg(ranked: Sequence[str], relevant: Mapping[str, object]) -> float:
    """nDCG@10 with binary gain."""
    gain = sum(1 / math.log2(place + 2) for place, key in enumerate(ranked[:10]) if key in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
    return gain / ideal if ideal else 0.0


def figures(name: str, found: Sequence[Sequence[str]], asked: Sequence[dict[str, object]]) -> str:
    """The collection's figures for one ranking of each question's records."""
    pairs = list(zip(found, asked, strict=True))
    if name == "xquad_en":
        at_1, at_5 = (sum(q["passage"] in each[:k] for each, q in pairs) / len(pairs) for k in (1, 5))
        return f"recall@1 {at_1:.3f}  recall@5 {at_5:.3f}"
    mean = sum(ndcg(each, q["relevant"]) for each, q in pairs) / len(pairs)  # type: ignore[arg-type]
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
        found = [knowledge.candidates(str(q.get("question") or q["text"])) for q in asked]
        keys = sorted({key for each in found for key in each.vectors})
        record_of = {key: p.source for key, p in zip(keys, knowledge.passages(keys), strict=True)}
        print(f"{name}: {len(asked)} questions")
        shown = [knowledge.search(str(q.get("question") or q["text"]), SHOWN, floor=0) for q in asked]
        sources = [list(dict.fromkeys(passage.source for passage in each)) for each in shown]
        print(f"  {'search':<26} {figures(name, sources, asked)}")
        for label, rank in RANKINGS.items():
            print(f"  {label:<26} {figures(name, [ranked(rank(each), record_of) for each in found], asked)}")


main()
