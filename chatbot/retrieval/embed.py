"""Texts to vectors: the seam `Embedder`, and `embedder(spec)` which finds one.

In: texts. Out: a float32 array of unit vectors, one row per text, in the order of the texts. Stores nothing and splits
nothing: of a text longer than the embedder's window only the beginning is read. Any text is taken: empty, emoji, NUL
and lone surrogates included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import NotFoundError, nearest

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with the number of texts done and of texts in all, in the thread that called `embed`."""

SPECS = ("minilm", "sentence-transformers:NAME", "openai:NAME")


class Embedder(Protocol):
    """What an index needs of an embedding model. Methods may be called from several threads at once."""

    @property
    def name(self) -> str:
        """The identity that an index records, with a revision where there is one: equal names, equal vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """The longest passage to embed in one piece, in tokens as `count_tokens` counts them."""

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimension), in the order of `texts`.

        One call with many texts is quicker than many calls.
        """

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question, shape (dimension,). Some models read questions otherwise than passages."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the markers that the model adds around it."""

    def token_starts(self, text: str) -> NDArray[np.int64]:
        """Where in `text` each token begins, ascending, in characters.

        One pass over a document counts the tokens of all its parts: those from character a up to b are
        `numpy.diff(numpy.searchsorted(starts, (a, b)))`, exact where a and b stand between words.
        """


def embedder(spec: str | Embedder | Embeddings = "minilm") -> Embedder:
    """The embedder that `spec` names; the same object for the same name within a process.

    `minilm` (default: packaged, needs neither network nor GPU), `sentence-transformers:NAME` (a folder or a name on
    the hub), `openai:NAME` (OPENAI_API_KEY, OPENAI_BASE_URL), a LangChain `Embeddings` object, or an `Embedder`, which
    is returned as it is. Raises NotFoundError for a name that means nothing, UsageError for a missing package.
    """
    if isinstance(spec, str):
        return _named(spec)
    if _is_embedder(spec):
        return spec
    from chatbot.retrieval.embed_langchain import LangChainEmbedder

    return LangChainEmbedder(cast("Embeddings", spec))


def _is_embedder(thing: object) -> TypeGuard[Embedder]:
    """Told by its methods: `isinstance` with a protocol would read `dimension`, which may cost a request."""
    methods = ("embed", "embed_query", "count_tokens", "token_starts")
    return all(callable(getattr(type(thing), method, None)) for method in methods)


@lru_cache
def _named(spec: str) -> Embedder:
    match spec.partition(":"):
        case "minilm", "", "":
            from chatbot.retrieval.embed_minilm import MiniLM

            return MiniLM()
        case "openai", _, name if name:
            from chatbot.retrieval.embed_openai import OpenAIEmbedder

            return OpenAIEmbedder(name)
        case "sentence-transformers", _, name if name:
            from chatbot.retrieval.embed_sentence_transformers import SentenceTransformersEmbedder

            return SentenceTransformersEmbedder(name)
    raise NotFoundError(f"there is no embedder {spec!r}", hint=nearest(spec, SPECS))
