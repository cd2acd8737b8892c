"""One reply that is wanted of a model service, and the requests for it: paced, in time, and again where that helps.

Chats and embeddings go through here, so that exactly one layer sends anything twice; `chatbot.service.retrying` says
when. What a response means beyond its status is for the caller to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Self

from chatbot.errors import ModelDown, ModelError, ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.service.allowance import Rates
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import Clocks, Response, exchange
from chatbot.service.pace import IN_CHAT, LONG, START, START_HERE, Patience, Permit
from chatbot.service.retrying import Tries, backoff
from chatbot.service.shared_paces import pace_of

MAYBE_BILLED = frozenset({504, 524})
"""Refusals after which the work may have been done all the same: somebody in between was tired of waiting for it."""

Explain = Callable[[int, object, float], Awaitable[ModelError | None]]
"""What a refusal means, by its status and body, found out until a deadline; None where the caller has learnt from it
and asks in another way."""


class Service:
    """A model at an endpoint. patience: how long it is waited for. rates: what may be asked of it in a minute."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        clocks: Clocks,
        patience: Patience = IN_CHAT,
        rates: Rates = Rates(),  # noqa: B008  # frozen
    ) -> None:
        self.endpoint = endpoint
        self.clocks = clocks
        self.patience = patience
        self.pace = pace_of(endpoint.url, model, endpoint.key, start=START_HERE if endpoint.on_this_machine else START)
        """Shared by all that ask this model there."""
        self.pace.bound(rates)

    def call(self, path: str, explain: Explain) -> Call:
        """A reply that is wanted of this path."""
        self.pace.counts.calls += 1
        return Call(self, path, explain)


class Call:
    """One reply that is wanted. It is a context: leaving it closes what is open and lets the next one in."""

    def __init__(self, service: Service, path: str, explain: Explain) -> None:
        self._service, self._path, self._explain = service, path, explain
        self._pace = service.pace
        self._tries = Tries(service.pace, service.patience, service.clocks.whole)
        self._permit: Permit | None = None
        self._response: Response | None = None
        self._deadline = self._again_at = 0.0
        self._waits_for = ""
        """What it is asked again after, where that is long."""
        self.began = 0.0
        """When the last request was sent, on the event loop's clock."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._response is not None and isinstance(error, ModelError):
            error.of_request(self._response.raw.request_id)
        self._end()

    async def turn(self, tokens: int = 0) -> AsyncGenerator[str, None]:
        """Waits until the request may be sent; says before what for, in a line each, where somebody would wonder.

        tokens: about as many as request and reply will have. Raises ModelError.
        """
        if self._permit is not None:  # it has been told only how the service wants to be asked
            return
        loop = asyncio.get_running_loop()
        if self._again_at > loop.time():
            if self._waits_for:
                yield self._waits_for
            await asyncio.sleep(self._again_at - loop.time())
        came, pace = loop.time(), self._pace
        entering = pace.enter(self._service.patience, tokens if pace.counts_tokens else 0)
        async with aclosing(entering) as steps:
            async for step in steps:
                if isinstance(step, Permit):
                    self._permit = step
                else:
                    yield step
        self.began = loop.time()
        self._deadline = self._tries.begin(self.began, self.began - came)

    async def sent(self, body: bytes) -> Response | None:
        """The head of a response, whatever its status; None where nothing was sent and another `turn` is to be had.

        Raises ModelError.
        """
        assert self._permit is not None
        self._pace.counts.sent += 1
        try:
            endpoint, clocks = self._service.endpoint, self._service.clocks
            self._response = await exchange(endpoint, "POST", self._path, body, clocks=clocks, deadline=self._deadline)
            return self._response
        except ModelRefused:  # by us
            self._pace.counts.sent -= 1
            raise
        except ModelProtocolError as failure:
            self._pace.failed(self._permit, failure.message)
            raise
        except ModelUnreachable as failure:
            self._pace.counts.sent -= not failure.billed
            self._again(self._tries.after_silence(failure, self._permit, nobody_there=not failure.billed), failure)
            return None

    async def response(self, body: bytes, tokens: int = 0) -> Response:
        """The same as soon as there is one, and nothing said of what is waited for. Raises ModelError."""
        while True:
            async for _ in self.turn(tokens):
                pass
            if (response := await self.sent(body)) is not None:
                return response

    async def accepts(self, response: Response) -> bool:
        """Whether the response is a reply; else the request is sent again, in another turn.

        Raises ModelError where it is not.
        """
        assert self._permit is not None
        self._pace.told(self._permit, response.headers)
        status = response.raw.status
        if 200 <= status < 300:
            return True
        try:
            said = await response.refusal()
        except ModelUnreachable as late:
            self._pace.failed(self._permit, late.message)
            raise
        finally:
            response.close()
        failure = await self._explain(status, said, self._deadline)
        if failure is not None:
            failure.of_request(response.raw.request_id).billed = status in MAYBE_BILLED
            self._again(self._tries.after_refusal(status, response.headers, failure, self._permit), failure)
        return False

    async def whole(self, body: bytes, tokens: int = 0) -> bytes:
        """The body of the reply, where it does not come as a stream. Raises ModelError."""
        while not await self.accepts(response := await self.response(body, tokens)):
            pass
        return await response.whole()

    def answered(self, tokens: int, *, slow: bool = False) -> None:
        """The reply has come. tokens: of it and its request, if the service tells. slow: others were answered first."""
        if self._permit is not None:
            self._pace.used(self._permit, tokens)
            self._pace.answered(self._permit, slow=slow)

    async def failed(self, failure: ModelError) -> ModelError:
        """The error to raise for a reply that was lost: to those who wait for a service that is down, ModelDown."""
        if self._permit is not None:
            self._pace.failed(self._permit, failure.message)
        if not self._service.patience.down or not isinstance(failure, ModelUnreachable):
            return failure
        return await self.missed(failure)

    async def missed(self, failure: ModelUnreachable) -> ModelUnreachable:
        """The same for a reply that never began."""
        if not self._service.patience.down or isinstance(failure, ModelDown):
            return failure
        self._end()
        await self._look()
        if not self._pace.is_down:
            return failure
        down = ModelDown(failure.message, hint=failure.hint)
        down.billed, down.request_id = failure.billed, failure.request_id
        return down

    def _again(self, wait: float | None, failure: ModelError) -> None:
        """Sees to it that the request is sent again after a wait. Raises the failure where it may not."""
        self._leave()
        now = asyncio.get_running_loop().time()
        if wait is None or not self._tries.in_time(wait, now):
            raise failure
        self._again_at = now + wait
        self._waits_for = f"{failure.message}; asked again in {wait:.0f} s" if wait >= LONG else ""

    def _end(self) -> None:
        if self._response is not None:
            self._response.close()
        self._leave()

    def _leave(self) -> None:
        if self._permit is not None:
            self._permit.leave()
            self._permit = None

    async def _look(self) -> None:
        """Looks whether the service is down: nobody is answered any more, and nothing listens there."""
        answered = self._pace.counts.answered
        await asyncio.sleep(backoff(0))
        if self._pace.is_down or self._pace.counts.answered != answered:
            return
        clocks = Clocks(self._service.clocks.connect)
        deadline = asyncio.get_running_loop().time() + clocks.whole
        try:
            (await exchange(self._service.endpoint, "GET", "/models", clocks=clocks, deadline=deadline)).close()
        except ModelUnreachable as error:
            if not error.billed:
                self._pace.gone(error.message)
        except ModelError:
            pass  # somebody is there
