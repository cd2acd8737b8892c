"""Any LangChain `Embeddings` object as an `Embedder`.

In: an object with `embed_documents` and `embed_query`. Out: unit vectors. Tokens are counted by the packaged
tokenizer, so that documents are split alike whichever model reads them. Imports nothing of LangChain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import ChatbotError, ModelError, UsageError
from chatbot.retrieval.embed_parts import embed_in_parts, unit_rows
from chatbot.retrieval.embed_tokens import PACKAGED_MAX_TOKENS, packaged_tokens, without_surrogates

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from chatbot.retrieval.embed import Progress, Vectors

Answer = TypeVar("Answer")

TEXTS_PER_CALL = 128
"""Between two reports of progress. The object is free to divide them further for its service."""
MODEL_FIELDS = ("model", "model_name", "model_id", "deployment")
"""Where LangChain's classes keep the name of their model."""


class LangChainEmbedder:
    """Implements `Embedder`. Its name is the object's class and the model that the object says it uses, if any."""

    max_tokens = PACKAGED_MAX_TOKENS

    def __init__(self, embeddings: Embeddings) -> None:
        if not all(callable(getattr(embeddings, method, None)) for method in ("embed_documents", "embed_query")):
            raise UsageError(
                f"{type(embeddings).__name__!r} is no embedder",
                hint="give the name of one, a LangChain Embeddings object, or an object with the methods of Embedder",
            )
        self._embeddings = embeddings
        fields = (getattr(embeddings, field, None) for field in MODEL_FIELDS)
        model = next((value for value in fields if value and isinstance(value, str)), None)
        self.name = ":".join(filter(None, ("langchain", type(embeddings).__name__, model)))

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, found by embedding a word."""
        return len(self.embed_query("dimension"))

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors by `embed_documents`. Raises ModelError for whatever the object raises."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return embed_in_parts(texts, self._embed_part, size=TEXTS_PER_CALL, progress=progress)

    def embed_query(self, text: str) -> Vectors:
        """Unit vector by `embed_query`."""
        row = self._ask(lambda: self._embeddings.embed_query(without_surrogates(text)))
        vector: Vectors = unit_rows([row], count=1, source=self.name)[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the packaged tokenizer cuts it."""
        return packaged_tokens().count(texts)

    def token_starts(self, text: str) -> NDArray[np.int64]:
        """Where in `text` each of these tokens begins, in characters."""
        return packaged_tokens().starts(text)

    def _embed_part(self, texts: Sequence[str]) -> Vectors:
        clean = [without_surrogates(text) for text in texts]
        rows = self._ask(lambda: self._embeddings.embed_documents(clean))
        return unit_rows(rows, count=len(clean), source=self.name)

    def _ask(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except ChatbotError:
            raise
        except Exception as error:  # a foreign class may raise anything
            raise ModelError(f"{self.name} failed: {type(error).__name__}: {error}"[:400]) from error
