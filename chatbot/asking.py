"""Asks a model: the intent is in the journal before the request leaves, and however the call ends, so is what came in.

That is the result, and each response byte for byte: a fault in reading one of them loses nothing that was paid for.
Text that streams is shown once the journal holds it. Where the journal fails over a reply that is coming in, the rest
is shown all the same, after a word that it is not kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatbot.effects import Generate
from chatbot.errors import OUT_OF_TIME, ChatbotError, JournalError, ModelError, OutOfTime
from chatbot.events import Notice, OfSample, Reading, ReasoningDelta, Receiving, Show, TextDelta, Waiting
from chatbot.journal.ledger import Ledger
from chatbot.journal.recollection import Recollection
from chatbot.messages import Reply, Usage
from chatbot.models.call_rungs import known_as
from chatbot.models.fold import Fold
from chatbot.raw_reply import RawReply
from chatbot.tools.leaked_calls import Streamed

if TYPE_CHECKING:
    from chatbot.models.model import Model

PAUSE = 0.02
"""Seconds between two commits of streamed text: fifty a second look continuous and cost little."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A model, asked within one turn."""

    model: Model
    journal: Ledger
    recollection: Recollection
    """Which replies are not asked for again."""
    trace_id: str
    show: Show | None
    """None: nobody watches, and nothing is streamed."""

    async def reply(self, effect: Generate) -> Reply:
        """The reply to a request; what came of one that failed or was cancelled is in the journal.

        Where the time that the request has is over before the reply is whole, it is what came of an answer, marked as
        interrupted. Raises OutOfTime where nothing did, and for what is no answer: a step that was cut is of no use.
        """
        begun, fold = time.perf_counter(), Fold()
        try:
            async with _in_time(effect.seconds):
                return await self._reply(effect, fold)
        except OutOfTime:
            cut = _cut(fold, begun, effect)
            if effect.purpose != "answer" or not cut.text:
                raise
            return cut

    async def samples(self, requests: Mapping[int, Generate]) -> dict[int, Reply]:
        """As many of the replies as the service draws at once; a server may draw one and ignore the wish for more.

        Raises OutOfTime where their time is over before they are whole.
        """
        async with _in_time(next(iter(requests.values())).seconds):
            return await self._samples(requests)

    async def _reply(self, effect: Generate, fold: Fold) -> Reply:
        started = time.perf_counter()
        key, known = self._recalled(effect)
        if known is not None:
            return known
        effect_id = self.journal.intend(self.trace_id, "generate", effect, key=key)
        await self.journal.committed()
        screen = _Screen(self.journal, effect_id, self.show) if self.show and effect.purpose == "answer" else None
        visible = _visible(effect)
        with _Begun(self.journal, [effect_id], fold) as begun:
            try:
                async with aclosing(self.model.stream(effect)) as events:
                    async for event in events:
                        if isinstance(event, Receiving):
                            begun.received.append(event.raw)
                        fold.add(event)
                        if self.show and isinstance(event, Waiting):
                            self.show(Notice(event.text))
                        if screen and isinstance(event, TextDelta):
                            screen.add(visible(event))
                        elif screen and isinstance(event, Reading | ReasoningDelta):
                            screen.show(event)
            except asyncio.CancelledError:
                begun.settle(effect_id, _cut(fold, started, effect))
                raise
            finally:
                if screen:
                    screen.flush()
            reply = _timed(fold, started)
            begun.settle(effect_id, reply)
        if screen and reply.mended:
            screen.show(
                Notice("Something in this answer was no text: � stands for it, and the journal has it as it came.")
            )
        self._kept(key)
        return reply

    async def _samples(self, requests: Mapping[int, Generate]) -> dict[int, Reply]:
        journal, started = self.journal, time.perf_counter()
        recalled = {at: self._recalled(each) for at, each in requests.items()}
        keys = {at: key for at, (key, _) in recalled.items()}
        replies = {at: known for at, (_, known) in recalled.items() if known is not None}
        requests = {at: each for at, each in requests.items() if at not in replies}
        if not requests:
            return replies
        ids = {at: journal.intend(self.trace_id, "generate", each, key=keys[at]) for at, each in requests.items()}
        await journal.committed()
        folds: dict[int, Fold] = {}
        first = next(iter(requests.values()))
        with _Begun(journal, list(ids.values())) as begun:
            async with aclosing(self.model.stream(replace(first, samples=len(requests)))) as events:
                async for event in events:
                    if isinstance(event, Receiving):
                        begun.received.append(event.raw)
                    if self.show and isinstance(event, Waiting):
                        self.show(Notice(event.text))
                    if isinstance(event, OfSample):
                        folds.setdefault(event.index, Fold()).add(event.event)
            seconds = time.perf_counter() - started
            for index, (at, effect_id) in enumerate(ids.items()):
                if index not in folds:
                    begun.settle(effect_id, {"error": "the service did not draw this sample"}, failed=True)
                    continue
                reply = folds[index].reply()
                spent = replace(reply.usage, seconds=seconds, calls=1) if index == 0 else Usage()
                replies[at] = replace(reply, usage=spent)
                begun.settle(effect_id, replies[at])
                self._kept(keys[at])
        return replies

    def _kept(self, key: str | None) -> None:
        if key:
            self.recollection.kept(key)

    def _recalled(self, effect: Generate) -> tuple[str | None, Reply | None]:
        """The key under which the reply is kept, and the reply where it has been."""
        key = self.recollection.key(known_as(self.model), effect)
        known = self.recollection.reply(key) if key else None
        if known is not None:
            self.journal.record(self.trace_id, "recalled", effect, known)
        return key, known


def _timed(fold: Fold, started: float) -> Reply:
    """The reply so far, of one call that was begun at `started`."""
    reply = fold.reply()
    return replace(reply, usage=replace(reply.usage, seconds=time.perf_counter() - started, calls=1))


def _cut(fold: Fold, started: float, effect: Generate) -> Reply:
    """What came of a reply that was stopped; what may have become a call is left out, as on the screen."""
    reply = _timed(fold, started)
    return replace(reply, text=_visible(effect)(TextDelta(reply.text)).text, finish="interrupted", tool_calls=())


@asynccontextmanager
async def _in_time(seconds: float | None) -> AsyncIterator[None]:
    """Cancels what runs in the block when its time is over, as a person would, and says so."""
    try:
        async with asyncio.timeout(seconds) as clock:
            yield
    except TimeoutError as late:
        if not clock.expired():
            raise
        raise OutOfTime(OUT_OF_TIME, hint="set turn_seconds higher, or ask for less") from late


class _Begun:
    """Effects that one call performs, each of which gets a result, whatever becomes of the call."""

    def __init__(self, journal: Ledger, effects: Sequence[int], fold: Fold | None = None) -> None:
        self.received: list[RawReply] = []
        """The responses so far: they go along with the first result."""
        self._journal, self._open, self._fold = journal, list(effects), fold

    def settle(self, effect_id: int, result: object, *, failed: bool = False) -> None:
        self._journal.settle(effect_id, result, failed=failed, received=self.received)
        self._open.remove(effect_id)
        self.received = []

    def __enter__(self) -> _Begun:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or not self._open:
            return
        said = {"text": self._fold.reply().text} if self._fold and isinstance(error, ChatbotError) else {}
        for effect_id in tuple(self._open):
            self.settle(effect_id, {**_failure(error), **said}, failed=True)


class _Screen:
    """Passes streamed text on after the journal holds it: the first piece at once, later ones every `PAUSE`."""

    def __init__(self, journal: Ledger, effect_id: int, show: Show) -> None:
        self.show = show
        self._journal, self._effect_id = journal, effect_id
        self._loop = asyncio.get_running_loop()
        self._pending: list[TextDelta] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last = float("-inf")
        self._failed = False

    def add(self, event: TextDelta) -> None:
        if not event.text:
            return
        self._pending.append(event)
        if self._timer is None:
            wait = self._last + PAUSE - self._loop.time()
            if wait <= 0:
                self.flush()
            else:
                self._timer = self._loop.call_later(wait, self.flush)

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            shown, self._pending = self._pending, []
            self._keep("".join(event.text for event in shown))
            self._last = self._loop.time()
            for event in shown:
                self.show(event)

    def _keep(self, text: str) -> None:
        if self._failed:
            return
        try:
            self._journal.show(self._effect_id, text)
        except JournalError as error:  # its result cannot be kept either, and ends the turn
            self._failed = True
            self.show(Notice(f"what follows of this answer is not kept: {error}"))


def _visible(effect: Generate) -> Callable[[TextDelta], TextDelta]:
    """What of each piece of a reply is shown at once: what is no call in the text of a model."""
    if not effect.spoken:
        streamed = Streamed(effect.tools)
        return (lambda event: TextDelta(streamed.feed(event.text))) if effect.tools else lambda event: event
    from chatbot.call_text import Withholding

    withholding = Withholding(effect.spoken)
    return lambda event: TextDelta(withholding.feed(event.text))


def _failure(error: BaseException) -> dict[str, object]:
    """Why a call failed, and whether it may have to be paid all the same: a call that was cut may."""
    billed = error.billed if isinstance(error, ModelError) else not isinstance(error, ChatbotError)
    request = {"request_id": error.request_id} if isinstance(error, ModelError) and error.request_id else {}
    return {"error": str(error) or "interrupted", "billed": billed, **request}
