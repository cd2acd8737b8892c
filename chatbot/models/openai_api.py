"""A model behind any endpoint that speaks the chat-completions protocol: OpenAI, vLLM, Ollama, llama.cpp, LM Studio, …

What is asked and how the reply is read stands here and in `openai_wire`; how it gets there, in what time, and what is
sent again, in `chatbot.service`. No error but a ModelError leaves from here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace

from chatbot.effects import Generate
from chatbot.errors import (
    AccessRefused,
    ImagesRefused,
    ModelError,
    ModelLost,
    ModelProtocolError,
    ModelRefused,
    ModelUnreachable,
    ToolsRefused,
    nearest,
)
from chatbot.events import CallDelta, ModelEvent, OfSample, ReasoningDelta, Receiving, Scored, TextDelta, Waiting
from chatbot.messages import Usage
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.openai_wire import ReplyReader, SamplesReader, request_body
from chatbot.models.prices import Price, price_of
from chatbot.models.sampling_fields import depends_on_server
from chatbot.models.served import served_at, server_of
from chatbot.models.sse import EventDecoder
from chatbot.service.allowance import Rates
from chatbot.service.call import Call, Service
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import Clocks, Response
from chatbot.service.pace import IN_CHAT, Pace, Patience
from chatbot.service.refusals import quirks_after, refusal

PATH = "/chat/completions"

SLOW = 0.25
"""Share of the timeout after which a reply that begins tells of a server on this machine that lets requests wait; of a
hosted service it tells of a model that thinks."""

LIST_SECONDS = 2.0
"""Longest wait for the list of models, to name the nearest to one that is unknown."""


class OpenAIModel:
    """A model at an endpoint.

    name: what reports call it, a spec. model: what the endpoint calls it.
    timeout: seconds that one request may take in all, however slowly its reply drips; or all clocks of a request.
    prices: what its tokens cost; empty where nothing is known.
    patience: how long it is waited for. rates: what may be asked of it in a minute.
    """

    def __init__(
        self,
        name: str,
        model: str,
        endpoint: Endpoint,
        *,
        timeout: float | Clocks,
        prices: Mapping[str, Price],
        patience: Patience = IN_CHAT,
        rates: Rates = Rates(),  # noqa: B008  # frozen
    ) -> None:
        self.name = name
        self.model = model
        self.endpoint = endpoint
        self._price = price_of(model, prices)
        self._quirks = endpoint.quirks
        self._takes_tools = self._sees = True
        self._clocks = timeout if isinstance(timeout, Clocks) else Clocks(timeout)
        self._patient = patience.down > 0
        self._service = Service(endpoint, model, clocks=self._clocks, patience=patience, rates=rates)

    @property
    def pace(self) -> Pace:
        """How fast it is asked, by all that ask this model there."""
        return self._service.pace

    @property
    def abilities(self) -> Abilities:
        """What it can do, as far as its endpoint has shown."""
        context = self.endpoint.context_tokens
        return Abilities(
            writes=True,
            tools=self._takes_tools,
            context_tokens=context,
            samples=self._quirks.samples,
            images=self._sees,
            price=self._price,
        )

    def count_tokens(self, text: str) -> int:
        """An estimate from the length."""
        return estimate_tokens(text)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The events of one reply. Closing the generator closes the connection.

        Raises ModelUnreachable (nothing there, broken off, too slow, overloaded), ModelRefused (key, quota, unknown
        model, wrong request), ContextOverflow, ModelProtocolError (an answer that is none).
        """
        if self._quirks.server is None and depends_on_server(request.sampling):
            server = await server_of(self.model, self.endpoint, self._clocks.connect)
            self._quirks = replace(self._quirks, server=server)
        reader = self._reader(request)
        with self._service.call(PATH, self._explained) as call:
            try:
                while True:
                    async with aclosing(call.turn(self._tokens(request))) as waits:
                        async for text in waits:
                            yield Waiting(text)
                    if (response := await call.sent(self._body(request))) is None:
                        continue
                    yield Receiving(response.raw)
                    if await call.accepts(response):
                        break
            except ModelUnreachable as failure:
                raise await call.missed(failure) from failure
            try:
                async with aclosing(self._events(response, reader, call)) as events:
                    async for event in events:
                        yield event
            except ModelError as failure:
                raise await call.failed(failure) from failure
        if isinstance(reader, SamplesReader) and reader.drawn < request.samples:
            self._quirks = replace(self._quirks, samples=False)

    def _reader(self, request: Generate) -> ReplyReader | SamplesReader:
        readers = [
            ReplyReader(self._quirks, self._error_inside, self._cost, index=index) for index in range(request.samples)
        ]
        return SamplesReader(readers) if request.samples > 1 else readers[0]

    def _body(self, request: Generate) -> bytes:
        body = request_body(request, self.model, self._quirks)
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")

    def _tokens(self, request: Generate) -> int:
        """About what a service counts against its limits: the prompt, and the longest reply where one is set."""
        if not self.pace.counts_tokens:
            return 0
        prompt = sum(self.count_tokens(m.text) + sum(image.tokens for image in m.images) for m in request.messages)
        return prompt + (request.sampling.max_tokens or 0) * request.samples

    # --- reading ------------------------------------------------------------------------------------------------------

    async def _events(
        self, response: Response, reader: ReplyReader | SamplesReader, call: Call
    ) -> AsyncGenerator[ModelEvent, None]:
        """The events of a response. A comment, a ping or an empty delta gives it no more time."""
        loop = asyncio.get_running_loop()
        waited: float | None = None
        try:
            async with aclosing(_payloads(response)) as payloads:
                async for data in payloads:
                    waited = loop.time() - call.began if waited is None else waited
                    for event in reader.read(data):
                        if _is_content(event):
                            response.heard()
                        yield event
                    if reader.done:
                        break
            for event in reader.end():
                yield event
        except ModelUnreachable:
            if not reader.has_all:  # else only its usage may be missing
                raise
            for event in reader.end():
                yield event
        except ModelProtocolError as error:
            raise _located(error, self.endpoint) from error
        late = self.endpoint.on_this_machine and (waited or 0) > SLOW * self._clocks.whole
        call.answered(reader.tokens, slow=late)
        await response.drain()

    # --- saying what went wrong ---------------------------------------------------------------------------------------

    async def _explained(self, status: int, said: object, deadline: float) -> ModelError | None:
        """What a refusal means; None where it teaches a habit of the server, by which it is asked from now on."""
        learnt = quirks_after(status, str(said), self._quirks)
        if learnt != self._quirks:
            self._quirks = learnt
            return None
        failure = refusal(status, said, self.endpoint)
        if isinstance(failure, AccessRefused) and self._patient:
            return ModelLost(failure.message, hint=f"{failure.hint}, and start again: what has come is kept")
        if isinstance(failure, ToolsRefused):
            self._takes_tools = False
        self._sees = self._sees and not isinstance(failure, ImagesRefused)
        if status != 404 or isinstance(failure, ToolsRefused | ImagesRefused):
            return failure
        seconds = min(LIST_SECONDS, deadline - asyncio.get_running_loop().time())
        served = await served_at(self.endpoint, max(seconds, 0.1))
        if served is None:
            return ModelRefused(failure.message, hint="check the address, which usually ends in /v1, and the name")
        return ModelRefused(failure.message, hint=nearest(self.model, [model.name for model in served]))

    def _error_inside(self, error: object) -> ModelError:
        """What an error means that stands inside a reply; some services put the status there."""
        inner = error.get("error", error) if isinstance(error, dict) else None
        code = inner.get("code") if isinstance(inner, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 0
        return refusal(status, error, self.endpoint)

    def _cost(self, usage: Usage) -> float | None:
        return self._price.of(usage) if self._price else None


async def _payloads(response: Response) -> AsyncGenerator[str, None]:
    """The data of each event of the body, or the whole body where the server does not stream."""
    if response.kind == "text/html":
        raise ModelProtocolError("answered with a web page", hint="check the address: most end in /v1")
    if response.kind.endswith(("/json", "+json")):
        yield (await response.whole()).decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        return
    decoder = EventDecoder()
    async with aclosing(response.pieces()) as pieces:
        async for piece in pieces:
            for data in decoder.feed(piece):
                yield data
    for data in decoder.end():
        yield data


def _is_content(event: ModelEvent) -> bool:
    bare = event.event if isinstance(event, OfSample) else event
    if isinstance(bare, CallDelta):
        return bool(bare.id or bare.name or bare.arguments)
    return isinstance(bare, TextDelta | ReasoningDelta | Scored)


def _located(error: ModelProtocolError, endpoint: Endpoint) -> ModelProtocolError:
    """The error, with the address that its words lack."""
    if endpoint.url in error.message:
        return error
    return ModelProtocolError(f"{endpoint.url}: {error.message}", hint=error.hint)
