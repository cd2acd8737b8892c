"""An embedding model behind any OpenAI-compatible endpoint, through the openai client.

In: texts. Out: unit vectors. The endpoint is OPENAI_BASE_URL, or OpenAI's own; the key is OPENAI_API_KEY, which a
server of one's own may not need. Redirects are not followed, so that documents reach no other host than the one named.
Tokens are counted by the packaged tokenizer. Failures leave as ModelError, after the client's own retries.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import ModelError, ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.retrieval.embed_parts import embed_in_parts, unit_rows
from chatbot.retrieval.embed_tokens import PACKAGED_MAX_TOKENS, packaged_tokens, without_surrogates

if TYPE_CHECKING:
    from openai import OpenAI

    from chatbot.retrieval.embed import Progress, Vectors

DEFAULT_URL = "https://api.openai.com/v1"
TEXTS_PER_REQUEST = 128
"""About 30,000 tokens: a tenth of what OpenAI takes at once, and no long wait on a server of one's own."""
REQUESTS_AT_ONCE = 4
RETRIES = 4
"""For passages, with growing pauses or as long as the service asks for: building an index meets rate limits."""
QUERY_RETRIES = 1
"""Someone waits."""
SECONDS_PER_REQUEST = 60.0
MOST_BYTES = 8_000
"""A text is cut there: a token has one byte at least, and OpenAI's models read 8,191 tokens."""


class OpenAIEmbedder:
    """Implements `Embedder` for the model that the endpoint knows as `model`."""

    max_tokens = PACKAGED_MAX_TOKENS

    def __init__(self, model: str) -> None:
        self._model = model
        self._url = os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL
        self._key = os.environ.get("OPENAI_API_KEY") or ("" if self._url == DEFAULT_URL else "none")
        if not self._key:
            raise ModelRefused(f"openai:{model} needs a key", hint="set OPENAI_API_KEY")
        self.name = f"openai:{model}"

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, found by embedding a word."""
        return len(self.embed_query("dimension"))

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of shape (len(texts), dimension). Raises ModelError."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        at_once = min(REQUESTS_AT_ONCE, -(-len(texts) // TEXTS_PER_REQUEST))
        return embed_in_parts(texts, self._embed_part, size=TEXTS_PER_REQUEST, at_once=at_once, progress=progress)

    def embed_query(self, text: str) -> Vectors:
        """The vector of `text`; these models read questions as they read passages."""
        vector: Vectors = self._ask([text], retries=QUERY_RETRIES)[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the packaged tokenizer cuts it."""
        return packaged_tokens().count(texts)

    def token_starts(self, text: str) -> NDArray[np.int64]:
        """Where in `text` each of these tokens begins, in characters."""
        return packaged_tokens().starts(text)

    def _embed_part(self, texts: Sequence[str]) -> Vectors:
        return self._ask(texts, retries=RETRIES)

    def _ask(self, texts: Sequence[str], *, retries: int) -> Vectors:
        import openai

        client = self._client.with_options(max_retries=retries)
        request = [_acceptable(text) for text in texts]
        try:
            # Plain numbers: base64, the client's default, is not understood everywhere.
            answer = client.embeddings.create(model=self._model, input=request, encoding_format="float")
            rows = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
        except openai.APIError as error:
            raise self._translated(error) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise ModelProtocolError(
                f"{self._url} answered with something that is not the embeddings protocol: {error}"[:300],
                hint="is this the right address? it usually ends in /v1",
            ) from error
        return unit_rows(rows, count=len(texts), source=self._url)

    @cached_property
    def _client(self) -> OpenAI:
        from openai import DefaultHttpxClient, OpenAI, Timeout

        http = DefaultHttpxClient(follow_redirects=False, timeout=Timeout(SECONDS_PER_REQUEST, connect=5.0))
        weakref.finalize(self, http.close)
        return OpenAI(api_key=self._key, base_url=self._url, http_client=http)

    def _translated(self, error: Exception) -> ModelError:
        """A foreign error as one of ours, the most specific first."""
        import openai

        said = str(error)[:300]
        match error:
            case openai.APITimeoutError():
                return ModelUnreachable(f"{self._url} did not answer within {SECONDS_PER_REQUEST:g} s")
            case openai.APIConnectionError():
                message = f"{self._url} cannot be reached, or broke off: {error.__cause__ or said}"
                return ModelUnreachable(message, hint="is the server running, and the address right?")
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return ModelRefused(f"{self._url} refuses the key", hint="set OPENAI_API_KEY to a key of this service")
            case openai.NotFoundError():
                return ModelRefused(
                    f"{self._url} knows no embedding model {self._model!r}", hint="is it installed there?"
                )
            case openai.APIStatusError(status_code=status) if 300 <= status < 400:
                return ModelRefused(f"{self._url} wants to send the texts elsewhere", hint="name the right address")
            case openai.APIStatusError(status_code=status):
                return ModelRefused(f"{self._url} answered with status {status}: {said}")
        return ModelProtocolError(f"{self._url} answered with something that is not the embeddings protocol: {said}")


def _acceptable(text: str) -> str:
    """`text` as every service takes it: not empty, valid UTF-8, not longer than the window."""
    return without_surrogates(text).encode()[:MOST_BYTES].decode(errors="ignore") or " "
