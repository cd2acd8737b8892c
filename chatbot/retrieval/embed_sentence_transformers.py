"""Any sentence-transformers model as an `Embedder`, on the GPU where there is one.

In: a folder or a name on the hub. Out: unit vectors. Questions get the prompt that the model's authors set for
questions, passages the one for passages. Only safetensors are loaded and no code of a model's author is run.
Needs `chatbot[local]`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from chatbot.retrieval.embed_parts import embed_in_parts, unit_rows
from chatbot.retrieval.embed_tokens import PACKAGED_MAX_TOKENS, Tokens, packaged_tokens, without_surrogates
from chatbot.retrieval.sentence_transformers_model import load_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from chatbot.retrieval.embed import Progress, Vectors

TEXTS_PER_CALL = 256
"""Between two reports of progress; the library divides them into batches of similar length."""
MARKERS = 2
"""What models add around a text: one token before and one after."""


class SentenceTransformersEmbedder:
    """Implements `Embedder`. Loads the model at once, for its name to hold the revision of the weights."""

    def __init__(self, model: str) -> None:
        self._model = _load(model)
        self.name = f"sentence-transformers:{model}@{_revision(model, self._model)}"
        self.dimension = int(self._model.encode("dimension").shape[0])
        self._tokens = _tokens(self._model)
        window = self._model.max_seq_length
        self.max_tokens: int = window - MARKERS if window else PACKAGED_MAX_TOKENS

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return embed_in_parts(texts, self._embed_part, size=TEXTS_PER_CALL, progress=progress)

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question, with the model's prompt for questions if it has one."""
        row = self._model.encode_query(without_surrogates(text), show_progress_bar=False)
        vector: Vectors = unit_rows([row], count=1, source=self.name)[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the model's own tokenizer."""
        return self._tokens.count(texts)

    def token_starts(self, text: str) -> NDArray[np.int64]:
        """Where in `text` each token begins, in characters."""
        return self._tokens.starts(text)

    def _embed_part(self, texts: Sequence[str]) -> Vectors:
        rows = self._model.encode_document([without_surrogates(text) for text in texts], show_progress_bar=False)
        return unit_rows(rows, count=len(texts), source=self.name)


def _load(model: str) -> SentenceTransformer:
    return cast("SentenceTransformer", load_model("SentenceTransformer", f"sentence-transformers:{model}", model))


def _revision(name: str, model: SentenceTransformer) -> str:
    """Eight characters that change with the weights: the hub's commit, or a hash of the folder's weight files."""
    folder = Path(name)
    if folder.is_dir():
        digest = hashlib.sha256()
        for weights in sorted(folder.rglob("*.safetensors")):
            with weights.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:8]
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    return str(getattr(config, "_commit_hash", None) or "unknown")[:8]


def _tokens(model: SentenceTransformer) -> Tokens:
    from tokenizers import Tokenizer

    fast = getattr(model.tokenizer, "backend_tokenizer", None)
    # A copy, because the model sets truncation on its own.
    return Tokens(Tokenizer.from_str(fast.to_str())) if isinstance(fast, Tokenizer) else packaged_tokens()
