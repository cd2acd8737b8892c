"""Vectors for the benchmarks of scale: real ones of the packaged encoder, and more that lie as they do.

Texts are windows of 30 words over the documents of ../shared/data, or of the handbook where that is absent; questions
are those of the collections, or sentences of the handbook. What is embedded is kept in `.cache/`, which git ignores.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.retrieval.embed import embedder

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "../shared/data"
CACHE = REPOSITORY / ".cache" / "vectors"
COLLECTIONS = {"cranfield": "queries.jsonl", "cisi": "queries.jsonl", "xquad_en": "questions.jsonl"}
REAL = 20_000
WORDS, STEP = 30, 5

Vectors = NDArray[np.float32]


def texts(count: int = REAL) -> list[str]:
    """Distinct windows over the documents, in no order."""
    found = []
    for words in map(str.split, documents()):
        found += [" ".join(words[at : at + WORDS]) for at in range(0, len(words), STEP)]
    np.random.default_rng(0).shuffle(found)
    return found[:count]


def documents() -> list[str]:
    """Whole texts."""
    if not DATA.is_dir():
        return [page.read_text(encoding="utf-8") for page in sorted((REPOSITORY / "knowledge").glob("*.md"))]
    lines = [line for name in COLLECTIONS for line in (DATA / name / "corpus.jsonl").open(encoding="utf-8")]
    pages = [page.read_text(encoding="utf-8") for page in sorted((DATA / "click_docs").glob("*.md"))]
    return [str(json.loads(line)["text"]) for line in lines] + pages


def questions() -> list[str]:
    """What people ask about the documents."""
    if not DATA.is_dir():
        return [part.strip() for page in documents() for part in page.split(". ")][:500]
    rows = [json.loads(line) for name, file in COLLECTIONS.items() for line in (DATA / name / file).open()]
    return [str(row.get("question") or row["text"]) for row in rows]


def embedded(name: str, wanted: list[str]) -> Vectors:
    """Their vectors, made once."""
    path = CACHE / f"{name}-{len(wanted)}.npy"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        print(f"embedding {len(wanted)} texts, once")
        np.save(path, embedder("minilm").embed(wanted))
    rows: Vectors = np.load(path)
    return rows


def grown(real: Vectors, count: int) -> Vectors:
    """The real vectors, and more: each of them moved by a third of the difference of two others."""
    chance = np.random.default_rng(1)
    rows = np.empty((count, real.shape[1]), dtype=np.float32)
    rows[: len(real)] = real[:count]
    for start in range(len(real), count, 10_000):
        size = min(10_000, count - start)
        some = [real[chance.integers(0, len(real), size)] for _ in range(3)]
        rows[start : start + size] = some[0] + np.float32(0.35) * (some[1] - some[2])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
