"""Targets of quality: cranfield, cisi and xquad_en through `Knowledge.from_records`, at one setting for all.

    python eval/benchmarks/retrieval_quality.py [--plot FILE]

Prints nDCG@10 (binary gain) or recall@1 and @5 over distinct records: for the search as people see it, without copies
and crowds; for LangChain's FAISS store and LlamaIndex's vector index with the original weights, a record a text, where
they are installed (index_peers.py); for our fusion alone, for each of its sides alone, for plain reciprocal rank fusion
of both, and for other settings of the fusion. --plot draws the first of them. The collections lie in ../shared/data;
without them it says so.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from draw_quality import draw_quality
from index_peers import RememberingEncoder, Search, has_langchain, has_llama_index, langchain_search, llama_search

from chatbot import Knowledge
from chatbot.retrieval.search import Candidates, Ranking, fuse

DATA = Path(__file__).parents[3] / "shared" / "data"
QUESTIONS = {"cranfield": "queries.jsonl", "cisi": "queries.jsonl", "xquad_en": "questions.jsonl"}

TITLES = {"cranfield": "Cranfield, nDCG@10", "cisi": "CISI, nDCG@10", "xquad_en": "XQuAD, right passage first"}

DRAWN = {"lexical": "words alone (BM25)", "plain RRF": "reciprocal rank fusion"}
"""Rankings in the picture, beside the search and the peers."""

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
    drawn: dict[str, dict[str, float]] = {}
    for name, questions in QUESTIONS.items():
        records = [
            {"id": str(r["id"]), "text": str(r["text"]), "title": str(r["title"]).replace("_", " ")}
            for r in lines(DATA / name / "corpus.jsonl")
        ]
        knowledge = Knowledge.from_records(records)
        asked = lines(DATA / name / questions)
        measured = drawn.setdefault(TITLES[name], {})
        found = [knowledge.candidates(str(q.get("question") or q["text"])) for q in asked]
        keys = sorted({key for each in found for key in each.ids})
        record_of = {key: p.source for key, p in zip(keys, knowledge.passages(keys), strict=True)}
        print(f"{name}: {len(asked)} questions")
        shown = [knowledge.search(str(q.get("question") or q["text"]), SHOWN, floor=0) for q in asked]
        sources = [list(dict.fromkeys(passage.source for passage in each)) for each in shown]
        measured["this program"] = shown_figures("search", name, sources, asked)
        for label, search in peers({r["id"]: f"{r['title']}\n{r['text']}" for r in records}).items():
            theirs = [search(str(q.get("question") or q["text"]), SHOWN) for q in asked]
            measured[label] = shown_figures(label, name, theirs, asked)
        for label, rank in RANKINGS.items():
            value = shown_figures(label, name, [ranked(rank(each), record_of) for each in found], asked)
            if label in DRAWN:
                measured[DRAWN[label]] = value
    if "--plot" in sys.argv:
        draw_quality(Path(sys.argv[sys.argv.index("--plot") + 1]), drawn)


def peers(texts: Mapping[str, str]) -> dict[str, Search]:
    """The peers that are installed, holding these texts by id."""
    encoder = RememberingEncoder()
    made: dict[str, Search] = {}
    if has_langchain():
        made["LangChain FAISS"] = langchain_search(texts, encoder)
    if has_llama_index():
        made["LlamaIndex"] = llama_search(texts, encoder)
    return made


def shown_figures(label: str, name: str, found: Sequence[Sequence[str]], asked: Sequence[dict[str, object]]) -> float:
    """Prints the figures of a ranking; the first of them."""
    line = figures(name, found, asked)
    print(f"  {label:<26} {line}", flush=True)
    return float(line.split()[1])


main()
