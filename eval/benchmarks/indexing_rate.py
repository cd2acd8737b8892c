"""Target S3: build an index of 2,000 passages of about 205 tokens, from files to the last commit.

    python eval/benchmarks/indexing_rate.py [PASSAGES]

Ours reads, splits, embeds and commits. The floors are the network alone over the same passages, tokenizing included: in
batches of eight sorted by length with the threads inside onnxruntime, and a text per thread, as the program runs it.
The peers are LangChain's `FAISS.from_documents` and LlamaIndex's `VectorStoreIndex` with the original weights in
sentence-transformers, over a tenth of the passages, already split; see index_peers.py. They are left out where their
packages are missing. PASSAGES: 2,000 when not given.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from embedding_rate import DOCUMENTS, TOKENS, batched
from index_peers import has_langchain, has_llama_index, langchain_build, llama_build
from timing import in_turn, report_rates

from chatbot import Knowledge
from chatbot.retrieval.embed import embedder
from chatbot.retrieval.embed_minilm import thread_count

ROUNDS = 5
PER_FILE = 20
PEER_SHARE = 10

Rate = Callable[[], float]


def main() -> None:
    if not DOCUMENTS.is_dir():
        print("left out: ../shared/data/click_docs is not here")
        return
    texts = passages(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "documents"
        write_documents(folder, texts)
        floor = batched()
        works: dict[str, Rate] = {
            "chatbot, end to end": lambda: rate(lambda: index(folder, Path(name)), len(texts)),
            "floor: in batches": lambda: rate(lambda: floor(texts), len(texts)),
            "floor: a text a thread": lambda: rate(lambda: embedder().embed(texts), len(texts)),
        }
        works |= peers(texts[::PEER_SHARE])
        mean = statistics.mean(embedder().count_tokens(texts))
        print(f"{len(texts)} passages of {mean:.0f} tokens, {thread_count()} threads")
        print("target: 5 times LangChain's rate, 0.9 of the floor's")
        report_rates(in_turn(works, ROUNDS), "passages")


def passages(count: int) -> list[str]:
    """Different passages of 205 tokens: the documentation as one line after another, cut from several beginnings."""
    pages = [" ".join(page.read_text(encoding="utf-8").split()) for page in sorted(DOCUMENTS.glob("*.md"))]
    found: dict[str, None] = {}
    for offset in range(0, TOKENS, 7):
        for text in pages:
            starts = embedder().token_starts(text)[offset::TOKENS].tolist()
            found |= {text[a:b].strip(): None for a, b in pairwise(starts)}
            if len(found) >= count:
                return list(found)[:count]
    return list(found)


def write_documents(folder: Path, texts: Sequence[str]) -> None:
    folder.mkdir()
    for start in range(0, len(texts), PER_FILE):
        parts = (f"# Part {start + at}\n\n{text}" for at, text in enumerate(texts[start : start + PER_FILE]))
        (folder / f"{start:05}.md").write_text("\n\n".join(parts), encoding="utf-8")


def index(folder: Path, where: Path) -> None:
    """From files to the last commit."""
    knowledge = Knowledge(folder, index=where / f"{time.time_ns()}.db")
    knowledge.refresh()
    knowledge.close()


def peers(texts: Sequence[str]) -> dict[str, Rate]:
    """Those that are installed."""
    builds: dict[str, Callable[[], object]] = {}
    if has_langchain():
        builds["LangChain FAISS"] = langchain_build(texts)
    if has_llama_index():
        builds["LlamaIndex"] = llama_build(texts)
    for build in builds.values():
        build()  # the first loads the model
    return {name: lambda build=build: rate(build, len(texts)) for name, build in builds.items()}


def rate(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
