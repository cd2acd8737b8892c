"""The packaged encoder, all-MiniLM-L6-v2 in int8, run by onnxruntime.

In: texts of any length and content. Out: unit vectors of 384 numbers. A text is read up to 256 tokens, two of them the
model's own markers; what comes after does not count. Model and tokenizer are loaded by the first call that needs them.

Texts go through the network one by one, as many at once as there are threads, and each in a thread of its own. A
batch would make a text's vector depend on its neighbours (int8 activations share a scale), would compute for padding,
and is slower: eval/benchmarks/embedding_rate.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import KnowledgeError, UsageError
from chatbot.retrieval.embed_tokens import Tokens

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from chatbot.retrieval.embed import Progress, Vectors

ENCODER = Path(__file__).parent / "encoder"
MARKERS = 2
"""[CLS] and [SEP], which the model needs around every text."""
MOST_THREADS = 4
"""Default bound: an index is built beside other work."""
TEXTS_PER_TASK = 8
"""Enough for the hand-over between threads to cost nothing, few enough for a smooth progress bar."""


class MiniLM:
    """Implements `Embedder` with the files of the package (written by scripts/export_encoder.py)."""

    def __init__(self) -> None:
        card = json.loads(_read("encoder.json"))
        self.name: str = card["name"]
        self.dimension: int = card["dimension"]
        self._window: int = card["window"]
        self.max_tokens = self._window - MARKERS
        self._loading = Lock()

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of shape (len(texts), 384). The vector of a text does not depend on the other texts."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for part in self._parts(texts):
            vectors[done : done + len(part)] = part
            done += len(part)
            if progress:
                progress(done, len(texts))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """The vector of `text`; this model reads questions as it reads passages."""
        return self.embed([text])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the model's two markers."""
        return self.tokens.count(texts)

    def token_starts(self, text: str) -> NDArray[np.int64]:
        """Where in `text` each token begins, in characters."""
        return self.tokens.starts(text)

    @cached_property
    def tokens(self) -> Tokens:
        """The model's tokenizer."""
        from tokenizers import Tokenizer

        return Tokens(Tokenizer.from_str(_read("tokenizer.json")))

    def _parts(self, texts: Sequence[str]) -> Iterator[Vectors]:
        """The vectors of a few texts at a time, in order."""
        threads = min(thread_count(), len(texts))
        if threads <= 1:
            yield from (self._embed_part([text]) for text in texts)
            return
        size = max(1, min(TEXTS_PER_TASK, len(texts) // (4 * threads)))
        parts = [texts[start : start + size] for start in range(0, len(texts), size)]
        with ThreadPoolExecutor(threads, thread_name_prefix="embed") as pool:
            yield from pool.map(self._embed_part, parts)

    def _embed_part(self, texts: Sequence[str]) -> Vectors:
        run = self._session.run
        inputs = (np.array([self.tokens.ids(text, most=self._window)], dtype=np.int64) for text in texts)
        return np.concatenate([run(None, {"input_ids": ids})[0] for ids in inputs])

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(ENCODER / "model.onnx"), options, providers=["CPUExecutionProvider"])


def thread_count() -> int:
    """CHATBOT_THREADS, or one thread per core that this process may use, at most four."""
    wanted = os.environ.get("CHATBOT_THREADS", "")
    if not wanted:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return min(MOST_THREADS, cores)
    if not wanted.isdecimal() or int(wanted) == 0:
        raise UsageError(f"CHATBOT_THREADS is {wanted!r}", hint="set it to a whole number from 1 up, or not at all")
    return int(wanted)


def _read(name: str) -> str:
    try:
        return (ENCODER / name).read_text(encoding="utf-8")
    except OSError as error:
        raise KnowledgeError(
            f"the packaged encoder cannot be read: {ENCODER / name}: {error.strerror}", hint="install chatbot again"
        ) from error
