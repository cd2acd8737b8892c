"""What a run may spend: money and tokens are set aside before a call, as much as it can take at most, and what it took
is settled after it. So the caps hold whatever is in flight, and whoever asks: variants and judges draw on one purse.

A call that does not fit beside those in flight waits for them. One that would not fit even if they were free is
refused, and so is every later one: the run ends, and what came by then is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from chatbot import codec
from chatbot.effects import Generate
from chatbot.errors import LimitReached, ModelError, UsageError
from chatbot.evaluation.suite import Caps
from chatbot.events import ModelEvent, OfSample
from chatbot.journal import Journal
from chatbot.messages import Reply, Usage
from chatbot.models.fold import Fold
from chatbot.models.model import Abilities, Model

MESSAGE_TOKENS = 16
"""Most that a chat template adds to a message: role, marks, line ends."""

REQUEST_TOKENS = 256
"""Most that a service adds to a request: its own system lines, the date, the frame of the tools."""


UNKNOWN = Abilities(writes=True, tools=False, context_tokens=0)
"""Of a model that a run has asked and asks no more."""


class CapReached(LimitReached):
    """The next call might pass a cap of the run."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Money and tokens."""

    dollars: float = 0.0
    tokens: int = 0
    cut: int = 0
    """Calls of it that were cut, or lost: each counts as much as it can have taken."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.dollars + other.dollars, self.tokens + other.tokens, self.cut + other.cut)


def held(request: Generate, abilities: Abilities, reply_tokens: int) -> Generate:
    """The request with a length that its replies are held to: `reply_tokens`, or what the context has left of them."""
    if request.sampling.max_tokens is not None or not abilities.writes or request.candidates:
        return request
    longest = min(reply_tokens, max(1, abilities.context_tokens - most_of(request)))
    return replace(request, sampling=replace(request.sampling, max_tokens=longest))


def most_of(request: Generate) -> int:
    """The most tokens that a request can be: no tokenizer makes more of a text than it has bytes."""
    texts = [*request.messages, *request.tools, *([request.schema] if request.schema is not None else [])]
    bytes_ = sum(len(codec.encode(each).encode()) for each in texts)
    return REQUEST_TOKENS + MESSAGE_TOKENS * len(request.messages) + bytes_


def worst_case(request: Generate, abilities: Abilities, reply: Reply | None = None) -> Spent:
    """The most that a request which is held to a length can take; less where its whole reply is known.

    A price that is not known counts as nothing: `Purse.admit` sees to it.
    """
    if not abilities.writes:
        return Spent()
    if request.candidates:
        return charged(Usage(most_of(request) * len(request.candidates), len(request.candidates)), abilities)
    longest = (request.sampling.max_tokens or 0) * request.samples
    if reply is not None:
        longest = min(longest, sum(len(codec.encode(each).encode()) for each in (reply.text, reply.reasoning)))
    return charged(Usage(most_of(request), longest), abilities)


def charged(usage: Usage, abilities: Abilities) -> Spent:
    """What a usage comes to: the service's own figure where it gives one."""
    price = abilities.price
    dollars = usage.cost if usage.cost is not None else price.of(usage) if price else 0.0
    return Spent(dollars, usage.input_tokens + usage.output_tokens)


def spent_before(journal: Journal, run_id: str, caps: Caps, models: Iterable[Model]) -> Spent:
    """What a run has taken so far, by the journal: calls that were cut as much as they can have been.

    Nothing where nothing is capped: then nobody asks.
    """
    if caps.dollars is None and caps.tokens is None:
        return Spent()
    abilities = {model.name: model.abilities for model in models}
    spent = Spent()
    for name, usage in journal.spending(run_id).items():
        spent += charged(usage, abilities.get(name, UNKNOWN))
    for name, request, reply in journal.unreported(run_id):
        if name in abilities:
            request = held(request, abilities[name], caps.reply_tokens)
            spent += worst_case(request, abilities[name], reply) + Spent(cut=reply is None)
    return spent


@dataclass(slots=True)
class Purse:
    """The caps of a run and what is spent of them. Serves one event loop."""

    caps: Caps
    spent: Spent = Spent()
    """By earlier parts of the run, to begin with."""
    reached: str = ""
    """Which cap ended the run, in words; empty as long as none has."""
    held: Spent = Spent()
    """Set aside for the calls in flight."""
    in_flight: int = 0
    seconds: float = 0.0
    """That works in time took so far."""
    _door: asyncio.Lock = field(default_factory=asyncio.Lock)
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def bounded(self) -> bool:
        """Whether calls must be counted before they are made."""
        return self.caps.dollars is not None or self.caps.tokens is not None

    def admit(self, model: Model) -> None:
        """Looks whether the caps can be kept with a model. Raises UsageError where its price is not known."""
        if self.caps.dollars is not None and model.abilities.writes and model.abilities.price is None:
            raise UsageError(
                f"the price of {model.name} is not known, so a budget of ${self.caps.dollars:g} cannot be kept",
                hint="give it under `prices`, or cap the tokens",
            )

    async def in_time(self, work: Awaitable[object]) -> None:
        """Awaits the work, and cuts it when the cap's minutes are over, which several works share."""
        minutes, started = self.caps.minutes, time.monotonic()
        bound = asyncio.timeout(None if minutes is None else max(0.0, 60 * minutes - self.seconds))
        try:
            async with bound:
                await work
        except TimeoutError:
            if not bound.expired():
                raise
            self.close(f"the budget of {minutes:g} minutes is spent")
        finally:
            self.seconds += time.monotonic() - started

    async def hold(self, most: Spent) -> None:
        """Sets `most` aside, once there is room beside the calls in flight. Raises CapReached where there never is."""
        async with self._door:  # first come, first served: else small calls would keep large ones waiting
            while True:
                self._check(most)
                if not self._over(self.spent + self.held + most):
                    self.held += most
                    self.in_flight += 1
                    return
                self._settled.clear()
                await self._settled.wait()

    def settle(self, most: Spent, took: Spent) -> None:
        """Counts what a call took, and frees what was set aside for it."""
        self.in_flight -= 1
        # anew where nothing is in flight: else what rounding leaves might keep the last call waiting for ever
        self.held = self.held + Spent(-most.dollars, -most.tokens) if self.in_flight else Spent()
        self.spent += took
        self._settled.set()

    def close(self, reached: str) -> None:
        """Lets no further call through."""
        self.reached = self.reached or reached
        self._settled.set()

    def _check(self, most: Spent) -> None:
        over = self._over(self.spent + most)
        if over and not self.reached:
            self.close(over)
        if self.reached:
            raise CapReached(self.reached, hint="allow more, and run it again to go on")

    def _over(self, sum_: Spent) -> str:
        caps = self.caps
        if caps.dollars is not None and sum_.dollars > caps.dollars:
            return f"the budget of ${caps.dollars:g} is spent"
        if caps.tokens is not None and sum_.tokens > caps.tokens:
            return f"the budget of {caps.tokens:,} tokens is spent"
        return ""


class Capped:
    """A model that is asked as long as a purse allows; made for one cell or one judgement.

    refused: a call was, so that what came of the cell is not what would have come of it.
    """

    def __init__(self, model: Model, purse: Purse) -> None:
        self.refused = False
        self._model = model
        self._purse = purse

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    @property
    def abilities(self) -> Abilities:
        """The model's."""
        return self._model.abilities

    def count_tokens(self, text: str) -> int:
        """As the model counts."""
        return self._model.count_tokens(text)

    def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The model's events. Raises CapReached, and then for every later call too."""
        return self._counted(request) if self._purse.bounded else self._model.stream(request)

    async def _counted(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        request = held(request, self.abilities, self._purse.caps.reply_tokens)
        most = worst_case(request, self.abilities)
        await self._hold(most)
        bill = _Bill(request, self.abilities)
        try:
            async with aclosing(self._model.stream(request)) as events:
                async for event in events:
                    bill.fold.add(event.event if isinstance(event, OfSample) else event)
                    yield event
        except ModelError as error:
            bill.free = not error.billed
            raise
        finally:
            self._purse.settle(most, bill.took)

    async def _hold(self, most: Spent) -> None:
        try:
            if self.refused:
                raise CapReached(self._purse.reached)
            await self._purse.hold(most)
        except CapReached:
            self.refused = True
            raise
        except asyncio.CancelledError:
            # an error, so that the journal has this call as one that was not sent; whoever asked ends with `refused`
            self.refused = True
            raise CapReached("the run was stopped before this call was made") from None


@dataclass(slots=True)
class _Bill:
    """What a call took: as the service says, and as much as it can have been where it says nothing."""

    request: Generate
    abilities: Abilities
    fold: Fold = field(default_factory=Fold)
    """Of all samples together."""
    free: bool = False
    """The service refused, and charges nothing."""

    @property
    def took(self) -> Spent:
        reply = self.fold.reply()
        if self.free:
            return Spent()
        if reply.usage.input_tokens + reply.usage.output_tokens:
            return charged(reply.usage, self.abilities)
        whole = reply if reply.finish == "complete" else None
        return worst_case(self.request, self.abilities, whole) + Spent(cut=whole is None)
