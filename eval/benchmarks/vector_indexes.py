"""Kinds of vector index beside each other: build, query, recall, memory. Why few vectors are flat, and many in lists.

    python eval/benchmarks/vector_indexes.py [COUNT ...]      default: 10000 20000 100000

Vectors are real ones of the packaged encoder and more that lie as they do (`vector_samples.py`), questions are real.
Ours scores the candidates of its lists again by exact vectors, read from SQLite in the program and from memory here.
Recall is the share of a flat scan's best ten among the best ten. Queries of all kinds run in turn, one at a time.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable

import faiss
import numpy as np
from numpy.typing import NDArray
from timing import in_turn, report
from vector_samples import Vectors, embedded, grown, questions, texts

from chatbot.retrieval.vector_flat import Flat
from chatbot.retrieval.vector_lists import build

SIZES = (10_000, 20_000, 100_000)
ASKED = 200
LIMIT = 100
"""Candidates that the program asks for."""
ROUNDS = 5
EF = (64, 128, 256)

Search = Callable[[Vectors], NDArray[np.int64]]


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    real, asked = embedded("texts", texts()), embedded("questions", questions())
    asked = asked[np.random.default_rng(2).permutation(len(asked))[:ASKED]]
    for count in sizes:
        compare(grown(real, count), asked)


def compare(rows: Vectors, asked: Vectors) -> None:
    """One size."""
    ids = np.arange(1, len(rows) + 1, dtype=np.int64)
    flat = Flat(ids, rows)
    print(f"\n{len(rows)} vectors, {faiss.omp_get_max_threads()} threads")
    print(f"{'flat':<24} size {rows.nbytes / 1e6:6.0f} MB")
    searches: dict[str, Search] = {"flat, numpy": lambda query: flat.nearest(query, LIMIT)[0]}
    scan = faiss.IndexFlatIP(rows.shape[1])
    scan.add(rows)
    searches["flat, FAISS"] = lambda query: scan.search(query[None], LIMIT)[1][0] + 1
    searches["lists with SQ8, ours"] = lists(rows, ids)
    for ef, search in graph(rows).items():
        searches[f"HNSW32 with SQ8, ef {ef}"] = search
    truth = [flat.nearest(query, 10)[0] for query in asked]
    for name, search in searches.items():
        found = [best_ten(rows, search(query), query) for query in asked]
        share = np.mean([len(np.intersect1d(*pair)) / 10 for pair in zip(found, truth, strict=True)])
        print(f"{name:<24} recall@10 {share:.4f}")
    works = {name: lambda search=search: seconds(search, asked) for name, search in searches.items()}
    report(in_turn(works, ROUNDS), unit="ms a query", scale=1000)


def lists(rows: Vectors, ids: NDArray[np.int64]) -> Search:
    """As the program makes them."""
    started = time.perf_counter()
    made = build(lambda wanted: (wanted, rows[wanted - 1]), ids)
    took, sink = time.perf_counter() - started, io.BytesIO()
    made.write(sink)
    print(
        f"{'lists with SQ8, ours':<24} size {sink.tell() / 1e6:6.0f} MB   made in {took:.1f} s, measuring included"
        f"   {made.probes} of {made.index.nlist} lists, recall measured {made.recall:.4f}"
    )
    return lambda query: made.nearest(query, LIMIT)[0]


def graph(rows: Vectors) -> dict[int, Search]:
    """The usual graph, at several depths of search."""
    index = faiss.IndexHNSWSQ(rows.shape[1], faiss.ScalarQuantizer.QT_8bit, 32, faiss.METRIC_INNER_PRODUCT)
    started = time.perf_counter()
    index.train(rows[:20_000])
    index.add(rows)
    took = time.perf_counter() - started
    print(f"{'HNSW32 with SQ8':<24} size {faiss.serialize_index(index).nbytes / 1e6:6.0f} MB   made in {took:.1f} s")

    def search(query: Vectors, ef: int) -> NDArray[np.int64]:
        index.hnsw.efSearch = ef
        found: NDArray[np.int64] = index.search(query[None], LIMIT + 20)[1][0] + 1
        return found[found > 0]

    return {ef: lambda query, ef=ef: search(query, ef) for ef in EF}


def best_ten(rows: Vectors, found: NDArray[np.int64], query: Vectors) -> NDArray[np.int64]:
    """By exact cosines."""
    return found[np.argsort(-(rows[found - 1] @ query), kind="stable")[:10]]


def seconds(search: Search, asked: Vectors) -> float:
    """A query, on average."""
    started = time.perf_counter()
    for query in asked:
        search(query)
    return (time.perf_counter() - started) / len(asked)


if __name__ == "__main__":
    main()
