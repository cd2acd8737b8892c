"""What may be spent on models: as much as a call can take at most is set aside before it, and settled after it.

The journal counts, so the caps hold whatever is in flight, and whoever asks: variants and judges of a run draw on one
purse, also from several programs, and the requests of a chat's turn on another. A call that does not fit beside those
in flight waits for them. One that would not fit even if they were free is refused, and so is every later one.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace

from chatbot.effects import Generate
from chatbot.errors import BudgetSpent, JournalError, ModelError, UsageError
from chatbot.events import ModelEvent, OfSample
from chatbot.journal.journal import Journal
from chatbot.journal.purses import Account, Amount, Bounds
from chatbot.models.fold import Fold
from chatbot.models.model import Abilities, Model
from chatbot.models.worst_case import Spent, charged, held, worst_case

NANO = 1_000_000_000
"""Parts of a dollar that are counted: a token of the cheapest model costs ten of them."""

ANOTHER_LOOK = 0.05
"""Seconds until it is looked again whether there is room, where other programs have calls in flight."""

REPLY_TOKENS = 8_192
"""Longest reply of a run's requests that name no length, under a cap."""


class CapReached(BudgetSpent):
    """The next call might pass a cap."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be spent in all; None for no bound."""

    dollars: float | None = None
    tokens: int | None = None
    minutes: float | None = None
    """Of each part of a run, where it is stopped and goes on."""
    reply_tokens: int | None = REPLY_TOKENS
    """Longest reply of what has no `max_tokens` of its own: as much must be set aside for each call in flight. Heeded
    only where dollars or tokens are capped. None for as much as there is room for, which suits one call at a time."""


class Purse:
    """Caps, and what is spent of them. Serves one event loop; several purses of one name share what they count.

    name: of what is capped, as a run or a turn, in the journal. so_far: what it has taken before anybody counted.
    """

    def __init__(self, caps: Caps, journal: Journal, name: str, so_far: Callable[[], Spent] = Spent) -> None:
        self.caps = caps
        self.reached = ""
        """Which cap was reached, in words; empty as long as none was."""
        self.seconds = 0.0
        """That works in time took so far."""
        self._journal, self._name = journal, name
        self._bounds = Bounds(None if caps.dollars is None else int(caps.dollars * NANO + 1e-3), caps.tokens)
        self._account = Account(Amount(), Amount())
        self._wanted: list[_Wanted] = []
        self._settled: list[tuple[int, Amount]] = []
        self._flushing = False
        if self.bounded:
            self._account = journal.open_purse(name, lambda: _amount(so_far()))
        else:
            journal.forget_purse(name)

    @property
    def bounded(self) -> bool:
        """Whether calls must be counted before they are made."""
        return self.caps.dollars is not None or self.caps.tokens is not None

    @property
    def spent(self) -> Spent:
        """So far, as this purse has seen it last."""
        self.flush()
        return _spent(self._account.spent)

    @property
    def held(self) -> Spent:
        """Set aside for the calls in flight."""
        self.flush()
        return _spent(self._account.held)

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

    def fitted(self, request: Generate, abilities: Abilities) -> Generate:
        """The request, its replies held to a length that can be set aside."""
        if self.caps.reply_tokens is not None:
            return held(request, abilities, self.caps.reply_tokens)
        whole = held(request, abilities, abilities.context_tokens)
        longest = whole.sampling.max_tokens
        if longest is None or not abilities.writes or request.candidates:
            return whole
        return replace(whole, sampling=replace(whole.sampling, max_tokens=min(longest, self._room(whole, abilities))))

    async def hold(self, most: Spent) -> int:
        """Sets `most` aside, once there is room beside the calls in flight; its number.

        Raises CapReached where there never is.
        """
        if self.reached:
            raise CapReached(self.reached, hint=_MORE)
        wanted = _Wanted(_amount(most), asyncio.get_running_loop().create_future())
        self._wanted.append(wanted)
        self._flush_soon()
        try:
            return await wanted.number
        except asyncio.CancelledError:
            if wanted.number.done() and not wanted.number.cancelled() and wanted.number.exception() is None:
                self.settle(wanted.number.result(), Spent())
            raise

    def settle(self, number: int, took: Spent) -> None:
        """Counts what a call took, and frees what was set aside for it."""
        self._settled.append((number, _amount(took)))
        self._flush_soon()

    def close(self, reached: str) -> None:
        """Lets no further call through."""
        self.reached = self.reached or reached
        self._refuse(CapReached(self.reached, hint=_MORE))

    def flush(self) -> None:
        """Counts in the journal what came since the last time. Raises JournalError; what it lacks is counted later."""
        self._flushing = False
        settled, self._settled = self._settled, []
        waiting = [each for each in self._wanted if not each.number.done()]
        if not settled and not waiting:
            return
        failure: JournalError | None = JournalError("what is spent cannot be counted", hint="start the program again")
        try:
            wanted = [each.most for each in waiting]
            self._account = self._journal.exchange(self._name, settled, wanted, self._bounds)
            failure = None
        except JournalError as error:
            failure = error
            raise
        finally:
            if failure is not None:  # also where it was none of the journal's: nobody else tells those who wait
                self._settled = [*settled, *self._settled]
                self._refuse(failure)
        reserved = self._account.reserved
        for each, number in zip(waiting, reserved, strict=False):
            each.number.set_result(number)
        self._wanted = waiting[len(reserved) :]
        if self._wanted and (over := self._over(self._account.spent + self._wanted[0].most)):
            self.close(over)
        elif self._wanted:  # another program may settle what leaves room, or have died
            asyncio.get_running_loop().call_later(ANOTHER_LOOK, self._flush_soon)

    def _flush_soon(self) -> None:
        """What comes in the same round of the event loop goes to the disk in one commit."""
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush_now)

    def _flush_now(self) -> None:
        with suppress(JournalError):  # whoever waits for room is told
            self.flush()

    def _refuse(self, error: BudgetSpent | JournalError) -> None:
        waiting, self._wanted = self._wanted, []
        for each in waiting:
            if not each.number.done():
                each.number.set_exception(error)

    def _room(self, request: Generate, abilities: Abilities) -> int:
        """Tokens of a reply, at least one, that there is room for beside all that is spent and in flight."""
        self.flush()
        taken = self._account.spent + self._account.held
        read = worst_case(replace(request, sampling=replace(request.sampling, max_tokens=0)), abilities)
        rooms = [float(abilities.context_tokens)]
        if self._bounds.tokens is not None:
            rooms.append(self._bounds.tokens - taken.tokens - read.tokens)
        if self._bounds.nanodollars is not None and abilities.price and abilities.price.output:
            left = (self._bounds.nanodollars - taken.nanodollars) / NANO - read.dollars
            rooms.append(left / (abilities.price.output * request.samples) * 1e6 - 1)
        return max(1, int(min(rooms)))

    def _over(self, sum_: Amount) -> str:
        """Which cap so much would pass."""
        caps, bounds = self.caps, self._bounds
        if bounds.nanodollars is not None and sum_.nanodollars > bounds.nanodollars:
            return f"the budget of ${caps.dollars:g} is spent"
        if bounds.tokens is not None and sum_.tokens > bounds.tokens:
            return f"the budget of {caps.tokens:,} tokens is spent"
        return ""


_MORE = "allow more to go on"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A call that waits for room."""

    most: Amount
    number: asyncio.Future[int]


def _amount(spent: Spent) -> Amount:
    """In whole numbers, rounded up."""
    return Amount(math.ceil(spent.dollars * NANO - 1e-3), spent.tokens, spent.cut)


def _spent(amount: Amount) -> Spent:
    return Spent(amount.nanodollars / NANO, amount.tokens, amount.cut)


class Capped:
    """A model that is asked as long as a purse allows; made for one cell, one judgement, or one turn of a chat.

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
        request = self._purse.fitted(request, self.abilities)
        number = await self._hold(worst_case(request, self.abilities))
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
            self._purse.settle(number, bill.took)

    async def _hold(self, most: Spent) -> int:
        try:
            if self.refused:
                raise CapReached(self._purse.reached)
            return await self._purse.hold(most)
        except CapReached:
            self.refused = True
            raise
        except asyncio.CancelledError:
            # an error, so that the journal has this call as one that was not sent; whoever asked ends with `refused`
            self.refused = True
            raise CapReached("the run was stopped before this call was made") from None


def within_dollars(model: Model, dollars: float, journal: Journal, turn: str) -> Model:
    """The model, asked within one turn of a chat that may cost so much; itself where that is 0.

    A reply is held to what is left. Raises UsageError where the price is not known.
    """
    if not dollars:
        return model
    purse = Purse(Caps(dollars, reply_tokens=None), journal, turn)
    purse.admit(model)
    return Capped(model, purse)


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
        said = reply.text or reply.reasoning or reply.tool_calls  # which a usage of what was read alone leaves out
        if reply.usage.output_tokens or (reply.usage.input_tokens and not said):
            return charged(reply.usage, self.abilities)
        whole = reply if reply.finish == "complete" else None
        return worst_case(self.request, self.abilities, whole) + Spent(cut=whole is None)
