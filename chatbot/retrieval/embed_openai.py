"""An embedding model behind any OpenAI-compatible endpoint.

In: texts. Out: unit vectors. The endpoint is OPENAI_BASE_URL, or OpenAI's own; the key is OPENAI_API_KEY, which a
server of one's own may not need. Tokens are counted by the packaged tokenizer. Failures leave as ModelError.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot import portal
from chatbot.errors import ModelError, ModelProtocolError, ModelRefused
from chatbot.retrieval.embed_parts import embed_in_parts, unit_rows
from chatbot.retrieval.embed_tokens import PACKAGED_MAX_TOKENS, packaged_tokens, without_surrogates
from chatbot.service.call import Service
from chatbot.service.endpoints import is_openai, openai_endpoint, plain_hosts
from chatbot.service.exchange import Clocks
from chatbot.service.pace import IN_CHAT, Patience
from chatbot.service.refusals import refusal

if TYPE_CHECKING:
    from chatbot.retrieval.embed import Progress, Vectors

TEXTS_PER_REQUEST = 128
"""About 30,000 tokens: a tenth of what OpenAI takes at once, and no long wait on a server of one's own."""
REQUESTS_AT_ONCE = 4
WHILE_INDEXING = Patience(told=120.0, down=60.0)
"""For passages: building an index meets rate limits, and what came before them should not be lost."""
SECONDS_PER_REQUEST = 60.0
MOST_BYTES = 8_000
"""A text is cut there: a token has one byte at least, and OpenAI's models read 8,191 tokens."""


class OpenAIEmbedder:
    """Implements `Embedder` for the model that the endpoint knows as `model`."""

    max_tokens = PACKAGED_MAX_TOKENS

    def __init__(self, model: str) -> None:
        self._model = model
        self._endpoint = openai_endpoint(os.environ).allowing(plain_hosts(os.environ))
        self._endpoint.check()
        if is_openai(self._endpoint.url) and not self._endpoint.key:
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
        vector: Vectors = self._ask([text], self._service(IN_CHAT))[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the packaged tokenizer cuts it."""
        return packaged_tokens().count(texts)

    def token_starts(self, text: str) -> NDArray[np.int64]:
        """Where in `text` each of these tokens begins, in characters."""
        return packaged_tokens().starts(text)

    def _embed_part(self, texts: Sequence[str]) -> Vectors:
        return self._ask(texts, self._service(WHILE_INDEXING))

    def _ask(self, texts: Sequence[str], service: Service) -> Vectors:
        request = {"model": self._model, "input": [_acceptable(text) for text in texts], "encoding_format": "float"}
        rows = portal.wait(self._rows(json.dumps(request).encode(), service))
        return unit_rows(rows, count=len(texts), source=self._endpoint.url)

    async def _rows(self, body: bytes, service: Service) -> list[object]:
        """The vectors of an answer, in the order of the texts. Plain numbers: base64 is not understood everywhere."""
        with service.call("/embeddings", self._explained) as call:
            came = await call.whole(body)
            call.answered(0)
        try:
            items = sorted(json.loads(came)["data"], key=lambda item: int(item["index"]))
            return [item["embedding"] for item in items]
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise ModelProtocolError(
                f"{self._endpoint.url} answered with something that is not the embeddings protocol: {error!r}"[:300],
                hint="is this the right address? it usually ends in /v1",
            ) from error

    async def _explained(self, status: int, said: object, deadline: float) -> ModelError:
        """What a refusal means."""
        failure = refusal(status, said, self._endpoint)
        if status != 404:
            return failure
        unknown = f"{self._endpoint.url} knows no embedding model {self._model!r} ({status})"
        return ModelRefused(unknown, hint="is it installed there?")

    def _service(self, patience: Patience) -> Service:
        return Service(self._endpoint, self._model, clocks=Clocks(SECONDS_PER_REQUEST), patience=patience)


def _acceptable(text: str) -> str:
    """`text` as every service takes it: not empty, valid UTF-8, not longer than the window."""
    return without_surrogates(text).encode()[:MOST_BYTES].decode(errors="ignore") or " "
