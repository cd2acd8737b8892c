"""On paper: what 1 and 10 million chunks take on one machine, from curves measured at sizes that can be waited for.

    python eval/benchmarks/scale.py [CHUNKS ...]      default: 40000 80000 160000

Makes an index of each size (`hybrid_query.py`), and measures what grows: storing, making the lists, the files, the
memory for making them, a search by vectors and one by words, opening. Each is carried on by the power of the size that
fits it best, but what is proportional by its nature. Embedding is carried on by its measured rate. Then it says at
which size one machine ends: where the first of the limits below is passed. Behind that a vector database may stand in
for `VectorIndex`, see `chatbot.retrieval.vector_search`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from hybrid_query import fill
from vector_samples import embedded, questions, texts

from chatbot.retrieval.embed import embedder
from chatbot.retrieval.index import VectorIndex
from chatbot.retrieval.lexical import LexicalIndex
from chatbot.retrieval.lexical_terms import content_words
from chatbot.retrieval.store import Store
from chatbot.retrieval.vector_lists import BATCH, SAMPLE, build

SIZES = (40_000, 80_000, 160_000)
PAPER = (1_000_000, 10_000_000)
COUNTS = range(100_000, 20_000_001, 100_000)
ASKED = 50
PASSAGE = 150
"""Words, about 205 tokens, that the rate of embedding is measured with."""

PROPORTIONAL = {"storing s", "embedding s", "database MB", "vectors file MB", "words file MB", "making them MB"}

LEAST_POWER, MOST_POWER = 0.5, 1.5
"""Of what is fitted: centres are compared, which there are as many of as the square root; or all vectors with all
centres. What a few noisy sizes say beyond that is not believed."""

LIMITS = {"embedding s": 86_400.0, "making lists s": 3_600.0, "by vectors ms": 15.0, "making them MB": 4_000.0}
"""A day to embed everything once, an hour to make the lists, half of the time of a query, half of 8 GB."""


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    rate = embedding_rate()
    measured = [measure(count, rate) for count in sizes]
    print(f"\n{'':<20}" + "".join(f"{count:>13,}" for count in (*sizes, *PAPER)) + "   grows as")
    curves = {name: curve(name, sizes, [each[name] for each in measured]) for name in measured[0]}
    for name, (factor, power) in curves.items():
        values = [each[name] for each in measured] + [paper(name, count, factor, power) for count in PAPER]
        print(f"{name:<20}" + "".join(f"{value:>13,.1f}" for value in values) + f"   N^{power:.2f}")
    print("\none machine ends where the first of these limits is passed:")
    for name, limit in LIMITS.items():
        ends = next((count for count in COUNTS if paper(name, count, *curves[name]) > limit), None)
        where = f"at {ends / 1e6:.1f} million chunks" if ends else f"beyond {COUNTS[-1] / 1e6:.0f} million chunks"
        print(f"  {name:<18} {limit:>9,.0f}   {where}")


def embedding_rate() -> float:
    """Passages a second."""
    model = embedder("minilm")
    passages = [" ".join([*text.split()] * 5)[: PASSAGE * 6] for text in texts(64)]
    model.embed(passages[:8])
    started = time.perf_counter()
    model.embed(passages)
    return len(passages) / (time.perf_counter() - started)


def measure(count: int, rate: float) -> dict[str, float]:
    """The figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index.db"
        started = time.perf_counter()
        fill(index, count)
        stored = time.perf_counter() - started
        store = Store(index, embedder("minilm").name)
        ids = store.chunk_ids()
        started = time.perf_counter()
        build(store.vectors_there, ids)
        lists = time.perf_counter() - started
        opening, by_vectors, by_words = searches(store)
        store.close()
        return {
            "storing s": stored - lists,
            "embedding s": count / rate,
            "making lists s": lists,
            "making them MB": making_them(count),
            "database MB": size_of(folder, "index.db"),
            "vectors file MB": size_of(folder, "index.db.vectors-*"),
            "words file MB": size_of(folder, "index.db.lexical-*"),
            "opening ms": opening,
            "by vectors ms": by_vectors,
            "by words ms": by_words,
        }


def searches(store: Store) -> tuple[float, float, float]:
    """Milliseconds to open, and of a median search by vectors and by words."""
    vectors, lexical = VectorIndex(store), LexicalIndex(store)
    asked, rows = questions()[:ASKED], embedded("questions", questions())[:ASKED]
    seen: list[tuple[float, float]] = []
    for question, row in zip(asked, rows, strict=True):
        started = time.perf_counter()
        with store.snapshot():
            vectors.search(row, 100)
        between = time.perf_counter()
        with store.snapshot():
            lexical.search(content_words(question), 100)
        seen.append((between - started, time.perf_counter() - between))
    medians = np.median(np.array(seen[1:]), axis=0) * 1000
    return sum(seen[0]) * 1000, float(medians[0]), float(medians[1])


def making_them(count: int) -> float:
    """Megabytes that making lists holds at once: the lists, the sample, a batch as it is read and as it is kept."""
    width = embedder("minilm").dimension
    return (count * (width + 8 + 12) + (min(count, SAMPLE) + 2 * BATCH) * width * 4) / 1e6


def size_of(folder: str, pattern: str) -> float:
    return sum(file.stat().st_size for file in Path(folder).glob(pattern)) / 1e6


def curve(name: str, sizes: list[int], values: list[float]) -> tuple[float, float]:
    """Factor and power."""
    if name in PROPORTIONAL or len(sizes) < 2:
        return values[-1] / sizes[-1], 1.0
    power, _ = np.polyfit(np.log(sizes), np.log(values), 1)
    power = min(max(power, LEAST_POWER), MOST_POWER)
    factors = np.array(values) / np.array(sizes) ** power
    return float(np.exp(np.log(factors).mean())), float(power)


def paper(name: str, count: int, factor: float, power: float) -> float:
    """A figure at a size that is not measured; the sample for making lists stops growing."""
    return making_them(count) if name == "making them MB" else factor * count**power


if __name__ == "__main__":
    main()
