"""The packaged encoder, all-MiniLM-L6-v2 in int8, run by onnxruntime.

In: texts of any length and content. Out: unit vectors of 384 numbers. A text is read up to 256 tokens, two of them the
model's markers; the rest of a longer text does not count. Model and tokenizer are loaded when first needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from chatbot.retrieval.embed import Progress

ENCODER = Path(__file__).parent / "encoder"
MARKERS = 2
"""[CLS] and [SEP], which the model needs around every text."""


class MiniLM:
    """Implements `Embedder` with the files of `folder` (written by scripts/export_encoder.py)."""

    def __init__(self, folder: Path = ENCODER) -> None:
        card = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        self._folder = folder
        self._window: int = card["window"]
        self.name: str = card["name"]
        self.dimension: int = card["dimension"]
        self.max_tokens = self._window - MARKERS

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), 384). A text's vector does not depend on the other texts."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for done, text in enumerate(texts):
            ids = self._tokenizer.encode(_encodable(text)).ids
            if len(ids) > self._window:
                ids = [*ids[: self._window - 1], ids[-1]]
            vectors[done] = self._session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})[0][0]
            if progress:
                progress(done + 1, len(texts))
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the model's two markers."""
        return [len(self._tokenizer.encode(_encodable(text), add_special_tokens=False).ids) for text in texts]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("CHATBOT_THREADS", min(4, os.cpu_count() or 1)))
        options.inter_op_num_threads = 1
        path = str(self._folder / "model.onnx")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _encodable(text: str) -> str:
    """Lone surrogates, which no UTF-8 can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
