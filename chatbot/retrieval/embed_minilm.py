"""The packaged encoder, all-MiniLM-L6-v2 in int8, run by onnxruntime.

In: texts of any length and content. Out: unit vectors of 384 numbers. A text is read up to 256 tokens, two of them the
model's own markers; what comes after does not count. Model and tokenizer are loaded by the first call that needs them.

Texts go through the network one by one, each in a thread of its own, as many at once as there are threads. Batches
would make a text's vector depend on its neighbours (int8 activations share a scale), would compute for padding, and
are slower: eval/benchmarks/embedding_rate.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import KnowledgeError, UsageError
from chatbot.retrieval.embed_parts import embed_in_parts
from chatbot.retrieval.embed_tokens import ENCODER, PACKAGED_MAX_TOKENS, packaged_tokens, read_encoder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from chatbot.retrieval.embed import Progress, Vectors

WINDOW = 256
MOST_THREADS = 4
"""Default bound: an index is built beside other work."""
TEXTS_PER_TASK = 2
"""The hand-over between threads costs a thousandth of that; with more, all but one wait longer for the last task."""


class MiniLM:
    """Implements `Embedder` with the files of the package (written by scripts/export_encoder.py)."""

    max_tokens = PACKAGED_MAX_TOKENS

    def __init__(self) -> None:
        card = json.loads(read_encoder("encoder.json"))
        self.name: str = card["name"]
        self.dimension: int = card["dimension"]
        self._loading = Lock()

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of shape (len(texts), 384). The vector of a text does not depend on the other texts."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        threads = min(thread_count(), len(texts))
        size = max(1, min(TEXTS_PER_TASK, len(texts) // (4 * threads)))
        return embed_in_parts(texts, self._embed_part, size=size, at_once=threads, progress=progress)

    def embed_query(self, text: str) -> Vectors:
        """The vector of `text`; this model reads questions as it reads passages."""
        vector: Vectors = self._embed_part([text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the model's two markers."""
        return packaged_tokens().count(texts)

    def token_starts(self, text: str) -> NDArray[np.int64]:
        """Where in `text` each token begins, in characters."""
        return packaged_tokens().starts(text)

    def _embed_part(self, texts: Sequence[str]) -> Vectors:
        with self._loading:
            session = self._session
        ids = packaged_tokens().ids
        inputs = (np.array([ids(text, most=WINDOW)], dtype=np.int64) for text in texts)
        return np.concatenate([session.run(None, {"input_ids": text_ids})[0] for text_ids in inputs])

    @cached_property
    def _session(self) -> InferenceSession:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # since 1.29 it tells its maker of each session, unless asked not to
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = ENCODER / "model.onnx"
        if not model.is_file():
            raise KnowledgeError(f"the packaged encoder is missing: {model}", hint="install chatbot again")
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def thread_count() -> int:
    """CHATBOT_THREADS, or one thread per core that this process may use, at most four."""
    wanted = os.environ.get("CHATBOT_THREADS", "")
    if not wanted:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return min(MOST_THREADS, cores)
    if not wanted.isdecimal() or int(wanted) == 0:
        raise UsageError(f"CHATBOT_THREADS is {wanted!r}", hint="set it to a whole number from 1 up, or not at all")
    return int(wanted)
