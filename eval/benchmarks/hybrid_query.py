"""Target S5: a hybrid query at 100,000 chunks, embedding included, best ten, in a process of its own.

    python eval/benchmarks/hybrid_query.py [CHUNKS]

Makes an index of passages of about 205 tokens with vectors that lie as real ones do (`vector_samples.py`), settles it,
and asks real questions in fresh processes: time to open and answer the first, p50 and p95 of the others, memory. Then
the same after a crash that took every derived file (check 19: under 5 s to the first answer), and the floor beside it:
embedding a question alone.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from vector_samples import embedded, grown, questions, texts

from chatbot import Knowledge
from chatbot.retrieval.embed import embedder
from chatbot.retrieval.load import Document
from chatbot.retrieval.split import Chunk
from chatbot.retrieval.store import Store

CHUNKS = 100_000
WINDOWS = 5
"""Of 30 words each, from anywhere, in a passage: about 205 tokens, and no passage nearly a copy of another."""
OF_ONE = 20
"""Passages of a document."""
ROUNDS = 5
ASKED = 100


def main() -> None:
    if sys.argv[1:2] == ["--ask"]:
        print(json.dumps(ask(Path(sys.argv[2]))))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CHUNKS
    print("target: p50 15 ms, p95 30 ms, memory under 400 MB; after a crash under 5 s to the first answer")
    with tempfile.TemporaryDirectory() as name:
        index = Path(name) / "index.db"
        fill(index, count)
        tell("settled", [asked(index) for _ in range(ROUNDS)])
        crashed = []
        for _ in range(ROUNDS):
            for pattern in ("index.db.vectors-*", "index.db.lexical-*"):
                for file in Path(name).glob(pattern):
                    file.unlink()
            crashed.append(asked(index))
        tell("derived files lost", crashed)


def fill(index: Path, count: int) -> None:
    """An index as `Knowledge` makes it, but for the embedding."""
    rows = grown(embedded("texts", texts()), count)
    windows = texts(100_000)
    picks = np.random.default_rng(3).integers(0, len(windows), (count, WINDOWS)).tolist()
    started = time.perf_counter()
    store = Store(index, embedder("minilm").name)
    for first in range(0, count, OF_ONE):
        passages = [" ".join(windows[pick] for pick in row) for row in picks[first : first + OF_ONE]]
        chunks, at = [], 0
        for passage in passages:
            chunks.append(Chunk(at, at + len(passage), 1, (), ""))
            at += len(passage) + 2
        document = Document(f"record {first}", "\n\n".join(passages), is_file=False)
        store.put(document, chunks, rows[first : first + OF_ONE])
    store.close()
    stored = time.perf_counter() - started
    knowledge = Knowledge(None, index=index)
    knowledge.remove(["nothing"])  # settles
    knowledge.search("a first question, after which the words are on the disk as well")
    stats, settled = knowledge.stats(), time.perf_counter() - started - stored
    knowledge.close()
    kinds = ("index.db", "index.db.vectors", "index.db.lexical")
    sizes = {kind: max((f.stat().st_size for f in index.parent.glob(f"{kind}*")), default=0) for kind in kinds}
    print(f"{count} chunks stored in {stored:.0f} s, settled in {settled:.1f} s: {stats.vectors}")
    print("disk: " + ", ".join(f"{kind} {size / 1e6:.0f} MB" for kind, size in sizes.items()))


def asked(index: Path) -> dict[str, float]:
    """What a process of its own measures."""
    done = subprocess.run([sys.executable, __file__, "--ask", str(index)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def ask(index: Path) -> dict[str, float]:
    """Milliseconds and megabytes; times count from after the imports."""
    started = time.perf_counter()
    knowledge = Knowledge(None, index=index)
    knowledge.search("What is the lift of a slender wing?", 10)
    first = time.perf_counter() - started
    chosen = np.random.default_rng(4).permutation(np.array(questions(), dtype=object))[:ASKED]
    whole, alone = [], []
    model = embedder("minilm")
    for question in chosen:
        started = time.perf_counter()
        knowledge.search(str(question), 10)
        whole.append(time.perf_counter() - started)
        started = time.perf_counter()
        model.embed_query(str(question))
        alone.append(time.perf_counter() - started)
    ordered = sorted(whole)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return {
        "first ms": first * 1000,
        "p50 ms": statistics.median(whole) * 1000,
        "p95 ms": ordered[int(0.95 * len(ordered))] * 1000,
        "embedding alone p50 ms": statistics.median(alone) * 1000,
        "peak MB": int(status["VmHWM"].split()[0]) / 1000,
        "of its own MB": int(status["RssAnon"].split()[0]) / 1000,
    }


def tell(name: str, rounds: list[dict[str, float]]) -> None:
    """Medians over processes."""
    print(name)
    for key in rounds[0]:
        values = [each[key] for each in rounds]
        spread = f"({min(values):.1f} to {max(values):.1f}, n={len(values)})"
        print(f"  {key:<24} median {statistics.median(values):7.1f}   {spread}")


if __name__ == "__main__":
    main()
