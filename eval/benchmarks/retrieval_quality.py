"""Targets of quality: cranfield, cisi and xquad_en through `Knowledge.from_records`, at one setting for all.

    python eval/benchmarks/retrieval_quality.py [--sweep]

Prints nDCG@10 (binary gain) or recall@1 and @5 over distinct records, for the dense side alone, the lexical side alone,
plain reciprocal rank fusion of both, and the search as it is. `--sweep` prints it for other weights of the dense side.
Needs the collections in ../shared/data and says so where they are missing.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chatbot import Knowledge
from chatbot.retrieval import search as hybrid

DATA = Path(__file__).parents[3] / "shared" / "data"
COLLECTIONS = {"cranfield": "queries.jsonl", "cisi": "queries.jsonl", "xquad_en": "questions.jsonl"}

Ranking = Callable[[str], Sequence[str]]


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ndcg(ranked: Sequence[str], relevant: Mapping[str, object]) -> float:
    gain = sum(1 / math.log2(place + 2) for place, key in enumerate(ranked[:10]) if key in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
    return gain / ideal if ideal else 0.0


def distinct(keys: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(keys))


class Collection:
    """Records, questions, and rankings of them."""

    def __init__(self, name: str) -> None:
        self.name = name
        records = [
            {"id": r["id"], "text": r["text"], "title": str(r["title"]).replace("_", " ")}
            for r in lines(DATA / name / "corpus.jsonl")
        ]
        self.knowledge = Knowledge.from_records(records)
        self.questions = lines(DATA / name / COLLECTIONS[name])
        self._sides: dict[str, tuple[list[tuple[int, float]], list[tuple[int, float]]]] = {}

    def sides(self, query: str) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        if query not in self._sides:
            self._sides[query] = self.knowledge.candidates(query)
        return self._sides[query]

    def ids(self, keys: Sequence[int]) -> list[str]:
        found = self.knowledge.passages(keys)
        return distinct([found[key].source for key in keys])

    def figures(self, rank: Callable[[str], list[str]]) -> str:
        if self.name == "xquad_en":
            places = [rank(str(q["question"]))[:5] for q in self.questions]
            first = sum(found[:1] == [q["passage"]] for found, q in zip(places, self.questions, strict=True))
            five = sum(q["passage"] in found for found, q in zip(places, self.questions, strict=True))
            return f"recall@1 {first / len(places):.3f}  recall@5 {five / len(places):.3f}"
        scores = [ndcg(rank(str(q["text"])), q["relevant"]) for q in self.questions]  # type: ignore[arg-type]
        return f"nDCG@10 {sum(scores) / len(scores):.3f}"


def best(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda key: -scores[key])


def reciprocal(dense: Sequence[tuple[int, float]], lexical: Sequence[tuple[int, float]]) -> list[int]:
    scores: dict[int, float] = {}
    for side in (dense, lexical):
        for rank, (key, _) in enumerate(side, 1):
            scores[key] = scores.get(key, 0.0) + 1 / (60 + rank)
    return best(scores)


def main() -> None:
    if not DATA.is_dir():
        print("the collections are not here: ../shared/data is missing")
        return
    for name in COLLECTIONS:
        all_of = Collection(name)
        print(f"{name}: {len(all_of.questions)} questions")
        rankings: dict[str, Callable[[str], list[str]]] = {
            "dense": lambda q, c=all_of: c.ids([key for key, _ in c.sides(q)[0]]),
            "lexical": lambda q, c=all_of: c.ids([key for key, _ in c.sides(q)[1]]),
            "plain RRF": lambda q, c=all_of: c.ids(reciprocal(*c.sides(q))),
            "search": lambda q, c=all_of: distinct([p.source for p in c.knowledge.search(q, 30)]),
        }
        if "--sweep" in sys.argv:
            for weight in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
                rankings[f"weight {weight}"] = lambda q, c=all_of, w=weight: c.ids(
                    best(hybrid.fuse(dict(c.sides(q)[0]), dict(c.sides(q)[1]), w))
                )
        for label, rank in rankings.items():
            print(f"  {label:<12} {all_of.figures(rank)}")


main()
