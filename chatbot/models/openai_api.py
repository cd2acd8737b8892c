"""A model behind any endpoint that speaks the chat-completions protocol: OpenAI, vLLM, Ollama, llama.cpp, LM Studio, …

The one place where a prompt leaves for a model service. The openai client builds the request, authenticates and holds
the connections; deadline, retries, redirects and the reading of the stream are ours, since the client's timeout is one
per read, its retries send a prompt again whose reply was lost, it follows redirects with the prompt in hand, and its
stream decoder has no bounds. No error but a ModelError leaves from here.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import weakref
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from urllib.request import getproxies

import anyio
import httpx2
import openai

from chatbot.effects import Generate
from chatbot.errors import (
    AccessRefused,
    ImagesRefused,
    ModelDown,
    ModelError,
    ModelLost,
    ModelProtocolError,
    ModelRefused,
    ModelUnreachable,
    ToolsRefused,
    nearest,
)
from chatbot.events import ModelEvent
from chatbot.messages import Usage
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.openai_wire import DONE, ReplyReader, SamplesReader, request_body
from chatbot.models.prices import Price, price_of
from chatbot.models.sampling_fields import depends_on_server
from chatbot.models.served import list_served, who_serves
from chatbot.models.sse import REPLY_LIMIT, EventDecoder
from chatbot.service.allowance import Rates
from chatbot.service.connections import Connections
from chatbot.service.endpoints import Endpoint
from chatbot.service.pace import IN_CHAT, START, START_HERE, Patience, Permit, pace_of
from chatbot.service.refusals import quirks_after, refusal
from chatbot.service.retrying import Tries, backoff

SLOW = 0.25
"""Share of the timeout after which a reply that begins tells of a server on this machine that lets requests wait; of a
hosted service it tells of a model that thinks."""

CONNECT_SECONDS = 5.0

DRAIN_SECONDS = 0.1
"""Wait for the end of a body whose last event has come, so that its connection can be used again."""

FOREIGN = (
    OSError,  # also TimeoutError, which asyncio's timeouts raise, and ssl.SSLError
    ValueError,  # a header that cannot be encoded
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    anyio.EndOfStream,  # httpx lets it through when TLS ends early
)
"""All that the client and the libraries below it raise."""


class OpenAIModel:
    """A model at an endpoint.

    name: what reports call it, a spec. model: what the endpoint calls it.
    timeout: seconds that one request may take in all, however slowly its reply drips.
    prices: what its tokens cost; empty where nothing is known.
    patience: how long it is waited for. rates: what may be asked of it in a minute.
    """

    def __init__(
        self,
        name: str,
        model: str,
        endpoint: Endpoint,
        *,
        timeout: float,
        prices: Mapping[str, Price],
        patience: Patience = IN_CHAT,
        rates: Rates = Rates(),  # noqa: B008  # frozen
    ) -> None:
        self.name = name
        self.model = model
        self.endpoint = endpoint
        self._timeout = timeout
        self._price = price_of(model, prices)
        self._quirks = endpoint.quirks
        self._takes_tools = self._sees = True
        self._clients = _Clients(endpoint)
        self._patience = patience
        self.pace = pace_of(endpoint.url, model, endpoint.key, start=START_HERE if endpoint.on_this_machine else START)
        """Shared by all that ask this model there."""
        self.pace.bound(rates)

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
            server = await asyncio.to_thread(who_serves, self.model, self.endpoint, CONNECT_SECONDS)
            self._quirks = replace(self._quirks, server=server)
        reader = self._reader(request)
        self.pace.counts.calls += 1
        sending = None
        try:
            async with AsyncExitStack() as stack:
                sending = await self._open(stack, request)
                payloads = await stack.enter_async_context(aclosing(self._payloads(sending.response, sending.deadline)))
                try:
                    async for data in payloads:
                        sending.heard()
                        for event in reader.read(data):
                            yield event
                except ModelUnreachable as failure:
                    if reader.finish is None:  # else all of the reply has come, and only its usage may be missing
                        self.pace.failed(sending.permit, failure.message)
                        raise
                for event in reader.end():
                    yield event
                self.pace.used(sending.permit, reader.tokens)
                late = self.endpoint.on_this_machine and (sending.waited or 0) > SLOW * self._timeout
                self.pace.answered(sending.permit, slow=late)
                if isinstance(reader, SamplesReader) and reader.drawn < request.samples:
                    self._quirks = replace(self._quirks, samples=False)
        except ModelProtocolError as error:
            if sending is not None:
                self.pace.failed(sending.permit, error.message)
            raise ModelProtocolError(f"{self.endpoint.url}: {error.message}", hint=error.hint) from error
        except ModelUnreachable as failure:
            if self._patience.down and not isinstance(failure, ModelDown):
                await self._look_whether_down(failure)
            raise

    def _reader(self, request: Generate) -> ReplyReader | SamplesReader:
        readers = [
            ReplyReader(self._quirks, self._error_inside, self._cost, index=index) for index in range(request.samples)
        ]
        return SamplesReader(readers) if request.samples > 1 else readers[0]

    # --- sending ------------------------------------------------------------------------------------------------------

    async def _open(self, stack: AsyncExitStack, request: Generate) -> _Sending:
        """The response, its body unread. Asks again where nothing was heard, or the refusal was one that passes."""
        loop = asyncio.get_running_loop()
        tries = Tries(self.pace, self._patience, self._timeout)
        while True:
            came = loop.time()
            permit = await self.pace.enter(self._patience, self._tokens(request) if self.pace.counts_tokens else 0)
            stack.callback(permit.leave)
            began = loop.time()
            deadline = tries.begin(began, began - came)
            try:
                async with asyncio.timeout_at(deadline):
                    response = await self._send(stack, request)
                self.pace.told(permit, response.headers)
                return _Sending(response, permit, began, deadline)
            except openai.APIStatusError as error:
                self.pace.told(permit, error.response.headers)
                cause: Exception = error
                failure = await self._refused(error, deadline)
                failure.billed = error.status_code == 504  # there the work may have been done
                told = error.response.headers.get("retry-after", "")
                wait = tries.after_refusal(error.status_code, told, failure, permit)
            except openai.APIConnectionError as error:
                cause, failure = error, self._unreachable(error)
                never_left = _never_left(error)
                failure.billed = not never_left
                self.pace.counts.sent -= never_left
                wait = tries.after_silence(failure, permit, nobody_there=never_left)
            except FOREIGN as error:
                failure = self._unreachable(error)
                self.pace.failed(permit, failure.message)
                raise failure from error
            permit.leave()
            if wait is None or not tries.in_time(wait, loop.time()):
                raise failure from cause
            await asyncio.sleep(wait)

    async def _look_whether_down(self, failure: ModelUnreachable) -> None:
        """Raises ModelDown where the service is down: nobody is answered any more, and nothing listens there."""
        answered = self.pace.counts.answered
        await asyncio.sleep(backoff(0))
        if not self.pace.is_down and self.pace.counts.answered == answered:
            try:
                await (await self._clients.get()).models.list(timeout=CONNECT_SECONDS)
            except FOREIGN as error:
                if _never_left(error):
                    self.pace.gone(self._unreachable(error).message)
        if self.pace.is_down:
            down = ModelDown(failure.message, hint=failure.hint)
            down.billed = failure.billed
            raise down from failure

    async def _send(self, stack: AsyncExitStack, request: Generate) -> httpx2.Response:
        """Sends the request, and once more for each habit of the server that its refusal teaches."""
        while True:
            client = await self._clients.get()
            body = request_body(request, self.model, self._quirks)
            self.pace.counts.sent += 1
            try:
                # not `chat.completions.create`, which goes through the body by its types: a quarter of a call's work
                streamed: openai.AsyncStream[object] = await client.post(
                    "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=openai.AsyncStream[object]
                )
            except openai.APIStatusError as error:
                learnt = quirks_after(error.status_code, str(error.body), self._quirks)
                if learnt == self._quirks:
                    raise
                self._quirks = learnt
            else:
                return (await stack.enter_async_context(streamed)).response

    # --- reading ------------------------------------------------------------------------------------------------------

    async def _payloads(self, response: httpx2.Response, deadline: float) -> AsyncGenerator[str, None]:
        """The data of each event of the body, or the whole body where the server does not stream."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise ModelProtocolError("answered with a web page", hint="check the address: most end in /v1")
        async with aclosing(response.aiter_bytes()) as pieces:
            if kind == "application/json":
                body = bytearray()
                while piece := await self._next(pieces, deadline):
                    body += piece
                    if len(body) > REPLY_LIMIT:
                        raise ModelProtocolError(
                            f"the reply is longer than {REPLY_LIMIT >> 20} MB", hint="ask for less"
                        )
                yield body.decode("utf-8", "replace")
                return
            decoder = EventDecoder()
            while piece := await self._next(pieces, deadline):
                for data in decoder.feed(piece):
                    yield data
                    if data.strip() == DONE:
                        await _drain(pieces)
                        return
            for data in decoder.end():
                yield data

    async def _next(self, pieces: AsyncGenerator[bytes, None], deadline: float) -> bytes:
        """The next piece of the body; empty at its end."""
        try:
            async with asyncio.timeout_at(deadline):
                return await anext(pieces, b"")
        except FOREIGN as error:
            raise self._unreachable(error) from error

    # --- saying what went wrong ---------------------------------------------------------------------------------------

    async def _refused(self, error: openai.APIStatusError, deadline: float) -> ModelError:
        """What a refusal means; for an unknown model, with the nearest one that the endpoint has."""
        failure = refusal(error.status_code, error.body, self.endpoint)
        if isinstance(failure, AccessRefused) and self._patience.down:
            return ModelLost(failure.message, hint=f"{failure.hint}, and start again: what has come is kept")
        if isinstance(failure, ToolsRefused):
            self._takes_tools = False
        self._sees = self._sees and not isinstance(failure, ImagesRefused)
        if error.status_code != 404 or isinstance(failure, ToolsRefused | ImagesRefused):
            return failure
        seconds = min(2.0, deadline - asyncio.get_running_loop().time())
        served = await asyncio.to_thread(list_served, self.endpoint, max(seconds, 0.1))
        if served is None:
            return ModelRefused(failure.message, hint="check the address, which usually ends in /v1, and the name")
        return ModelRefused(failure.message, hint=nearest(self.model, [model.name for model in served]))

    def _error_inside(self, error: object) -> ModelError:
        """What an error means that stands inside a reply; some services put the status there."""
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 0
        return refusal(status, error, self.endpoint)

    def _unreachable(self, error: Exception) -> ModelUnreachable:
        url, start = self.endpoint.url, self.endpoint.start
        if isinstance(error, TimeoutError):
            return ModelUnreachable(f"{url} gave no whole reply within {self._timeout:g} s", hint="allow more time")
        chain = list(_chain(error))
        if any(isinstance(link, httpx2.ReadError | httpx2.RemoteProtocolError | anyio.EndOfStream) for link in chain):
            return ModelUnreachable(f"{url} broke the connection off before its reply was whole", hint="try again")
        hint = "is the server running?" if self.endpoint.on_this_machine else "check the address and the network"
        return ModelUnreachable(
            f"{url} cannot be reached: {_reason(chain)}", hint=f"start it with `{start}`" if start else hint
        )

    def _tokens(self, request: Generate) -> int:
        """About what a service counts against its limits: the prompt, and the longest reply where one is set."""
        prompt = sum(self.count_tokens(m.text) + sum(image.tokens for image in m.images) for m in request.messages)
        return prompt + (request.sampling.max_tokens or 0) * request.samples

    def _cost(self, usage: Usage) -> float | None:
        return self._price.of(usage) if self._price else None


@dataclass(slots=True)
class _Sending:
    """A request whose reply has begun."""

    response: httpx2.Response
    permit: Permit
    began: float
    """On the event loop's clock."""
    deadline: float
    waited: float | None = None
    """Seconds until something of the reply came."""

    def heard(self) -> None:
        if self.waited is None:
            self.waited = asyncio.get_running_loop().time() - self.began


Open = dict[asyncio.AbstractEventLoop, openai.AsyncOpenAI]


class _Clients:
    """One client for each event loop: connections cannot change loops.

    A client is closed when its loop shuts down, or when nobody uses the model any more and the loop goes on.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._open: Open = {}

    async def get(self) -> openai.AsyncOpenAI:
        """The client of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._open:
            self._open[loop] = self._make()
            keeping = _keep(self._open, loop)
            await anext(keeping)
            weakref.finalize(self, _end, keeping, weakref.ref(loop)).atexit = False
        return self._open[loop]

    def _make(self) -> openai.AsyncOpenAI:
        here = self._endpoint.on_this_machine  # where no proxy can reach
        transport = Connections() if here or not getproxies() else None
        http_client = openai.DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not here, transport=transport)
        return openai.AsyncOpenAI(
            base_url=self._endpoint.url,
            api_key=self._endpoint.key or "none",  # the client insists on one; servers without keys ignore it
            max_retries=0,
            timeout=openai.Timeout(None, connect=CONNECT_SECONDS),  # the rest is bounded by the request's deadline
            default_headers={"Accept-Encoding": "identity"},  # a small reply cannot unpack to a huge one
            http_client=http_client,
        )


async def _keep(clients: Open, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None, None]:
    """Waits for the loop's end: a loop that shuts down closes the asynchronous generators that began on it."""
    try:
        yield
    finally:
        await clients.pop(loop).close()


def _end(keeping: AsyncGenerator[None, None], loop: weakref.ref[asyncio.AbstractEventLoop]) -> None:
    running = loop()
    if running is not None and not running.is_closed():
        _ENDING.setdefault(running, set()).add(keeping)
        asyncio.run_coroutine_threadsafe(_close(keeping, running), running)


_ENDING: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, set[AsyncGenerator[None, None]]]
_ENDING = weakref.WeakKeyDictionary()
"""What is to be closed: a loop that ends before it came to that closes the generators that still exist."""


async def _close(keeping: AsyncGenerator[None, None], loop: asyncio.AbstractEventLoop) -> None:
    await keeping.aclose()
    _ENDING[loop].discard(keeping)


async def _drain(pieces: AsyncGenerator[bytes, None]) -> None:
    with contextlib.suppress(*FOREIGN):  # the reply is whole; the connection is then closed instead of kept
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in pieces:
                pass


def _never_left(error: Exception) -> bool:
    """Whether no connection came about, so that nothing was sent."""
    return isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what raised it, what raised that, and so on."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _reason(chain: Sequence[BaseException]) -> str:
    """Why a connection failed, in words."""
    for link in chain:
        match link:
            case ConnectionRefusedError():
                return "nothing listens there"
            case socket.gaierror():
                return "no such host"
            case ssl.SSLError():
                return f"the secure connection fails ({link.reason or link})"
            case httpx2.ConnectTimeout():
                return f"no connection within {CONNECT_SECONDS:g} s"
    return str(chain[-1]) or type(chain[-1]).__name__
