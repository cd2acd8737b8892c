"""The only place that performs effects: it drives a flow, journals what it asks and gets, and streams what it says.

Nothing leaves the program before the journal holds the intent, and no text reaches the screen before the journal holds
the text; so a crash loses nothing that anybody has seen. Errors that are meant for people are thrown into the flow at
its `yield`, where it may handle them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from chatbot import codec
from chatbot.effects import (
    CallTool,
    CheckSources,
    Effect,
    Embed,
    Flow,
    Generate,
    Overview,
    Remember,
    Retrieve,
    Survey,
    Tell,
    Together,
)
from chatbot.errors import ChatbotError, KnowledgeError, ModelDown, ModelError, ToolError, UsageError
from chatbot.events import (
    ApprovalAsked,
    OfSample,
    Prompted,
    Reading,
    ReasoningDelta,
    Searched,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    TurnEvent,
)
from chatbot.journal.ledger import Ledger
from chatbot.journal.recollection import Recollection, Summaries
from chatbot.messages import Decision, Metadata, Passage, Reply, ToolResult, Usage
from chatbot.models.call_rungs import known_as
from chatbot.models.fold import Fold
from chatbot.tools.execution import left_behind
from chatbot.tools.leaked_calls import Streamed
from chatbot.tools.result_pages import READ_RESULT, first_page, page_size, read_page

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chatbot.models.model import Model

T = TypeVar("T")

Show = Callable[[TurnEvent], None]
"""Whoever watches a turn. Called on the turn's own event loop; must not block."""

PAUSE = 0.02
"""Seconds between two commits of streamed text: fifty a second look continuous and cost little."""


class Searchable(Protocol):
    """What the runtime needs of the knowledge; called from worker threads."""

    def search(self, query: str, k: int = ..., where: Metadata | None = ..., *, expand: int = ...) -> list[Passage]:
        """The best `k` passages, each grown to as many as `expand` tokens by what stands around it."""

    def overview(self) -> Overview:
        """The collection in brief."""

    def is_stale(self, passage: Passage) -> bool:
        """Whether the passage's document has changed since it was indexed."""


class ToolRunner(Protocol):
    """What the runtime needs of the tools."""

    async def run(
        self,
        effect: CallTool,
        *,
        conversation: str = ...,
        note: Callable[[Decision], None] = ...,
        tell: Callable[[str], None] = ...,
        asks: Callable[[str], None] = ...,
    ) -> ToolResult:
        """The call's result; a failure is a result too.

        `note` is told what was decided, before the tool runs; `tell` of its progress, and `asks` why a person is asked,
        both on the event loop.
        """


class Remembers(Protocol):
    """A conversation that messages can be appended to."""

    @property
    def id(self) -> str | None:
        """Its key; None before the first message."""

    def remember(self, effect: Remember, trace_id: str) -> None:
        """Appends and commits."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What effects are performed with. One runtime serves many turns, also at once."""

    model: Model
    journal: Ledger
    knowledge: Searchable | None = None
    tools: ToolRunner | None = None
    embed: Callable[[Sequence[str]], NDArray[np.float32]] | None = None
    recollection: Recollection | None = None
    """Which replies are not asked for again; None for summaries only."""

    async def run(
        self, flow: Flow[T], trace_id: str, *, conversation: Remembers | None = None, show: Show | None = None
    ) -> T:
        """Drives `flow` to its return value. `show` None: nobody watches, and nothing is streamed."""
        turn = _Turn(self, trace_id, conversation, show)
        result: object = None
        failure: ChatbotError | None = None
        try:
            while True:
                try:
                    effect = flow.send(result) if failure is None else flow.throw(failure)
                except StopIteration as done:
                    answer: T = done.value
                    return answer
                try:
                    result, failure = await turn.perform(effect), None
                except ModelDown:
                    raise  # no strategy makes up for a model that is gone
                except ChatbotError as error:
                    result, failure = None, error
        finally:
            flow.close()


@dataclass(frozen=True, slots=True)
class _Turn:
    """One run of a flow."""

    runtime: Runtime
    trace_id: str
    conversation: Remembers | None
    show: Show | None

    async def perform(self, effect: Effect) -> object:
        match effect:
            case Generate():
                return await self._generate(effect)
            case CallTool():
                return await self._call_tool(effect)
            case Retrieve(query, k, where, expand):
                search = self._knowledge().search
                return tuple(
                    await self._journalled("retrieve", effect, lambda: search(query, k, where or None, expand=expand))
                )
            case Survey():
                return await self._journalled("survey", effect, self._knowledge().overview)
            case Embed(texts):
                return await self._embed(texts)
            case CheckSources(passages):
                return await asyncio.to_thread(self._stale, passages)
            case Remember():
                if self.conversation is not None:
                    self.conversation.remember(effect, self.trace_id)
            case Tell(event):
                if isinstance(event, Searched | Prompted):
                    self.runtime.journal.record(self.trace_id, type(event).__name__.lower(), event, {})
                self._tell(event)
            case Together(effects, keep_failures):
                return await self._together(effects, keep_failures)
        return None

    async def _generate(self, effect: Generate) -> Reply:
        journal, started = self.runtime.journal, time.perf_counter()
        key, known = self._recalled(effect)
        if known is not None:
            return known
        effect_id = journal.intend(self.trace_id, "generate", effect, key=key)
        await journal.committed()
        fold = Fold()
        screen = _Screen(journal, effect_id, self.show) if self.show and effect.purpose == "answer" else None
        visible = _visible(effect)
        try:
            async with aclosing(self.runtime.model.stream(effect)) as events:
                async for event in events:
                    fold.add(event)
                    if screen and isinstance(event, TextDelta):
                        screen.add(visible(event))
                    elif screen and isinstance(event, Reading | ReasoningDelta):
                        self._tell(event)
        except ChatbotError as error:
            journal.settle(effect_id, {**_failure(error), "text": fold.reply().text}, failed=True)
            raise
        except asyncio.CancelledError:
            journal.settle(effect_id, replace(fold.reply(), finish="interrupted", tool_calls=()))
            raise
        finally:
            if screen:
                screen.flush()
        reply = fold.reply()
        usage = replace(reply.usage, seconds=time.perf_counter() - started, calls=1)
        reply = replace(reply, usage=usage)
        self._keep(effect_id, key, reply)
        return reply

    def _keep(self, effect_id: int, key: str | None, reply: Reply) -> None:
        self.runtime.journal.settle(effect_id, reply)
        if key:
            self._recollection.kept(key)

    @property
    def _recollection(self) -> Recollection:
        return self.runtime.recollection or Summaries(self.runtime.journal)

    def _recalled(self, effect: Generate) -> tuple[str | None, Reply | None]:
        """The key under which the reply is kept, and the reply where it has been."""
        key = self._recollection.key(known_as(self.runtime.model), effect)
        known = self._recollection.reply(key) if key else None
        if known is not None:
            self.runtime.journal.record(self.trace_id, "recalled", effect, known)
        return key, known

    async def _call_tool(self, effect: CallTool) -> ToolResult:
        """The result as the model is given it; the journal holds the whole."""
        if self.runtime.tools is None and effect.call.name != READ_RESULT.name:
            raise ToolError("there are no tools in this conversation")
        effect_id = self.runtime.journal.intend(self.trace_id, "tool", effect)
        self._tell(ToolStarted(effect.call))

        def tell(text: str) -> None:
            self.runtime.journal.show(effect_id, f"{text}\n")
            self._tell(ToolProgress(effect.call, text))

        try:
            result = await self._tool_result(effect, tell)
        except asyncio.CancelledError:
            left = effect.call.name in left_behind()
            self.runtime.journal.settle(effect_id, {"error": "interrupted", "left_behind": left}, failed=True)
            raise
        self.runtime.journal.settle(effect_id, result)
        result = first_page(result, effect_id)
        self._tell(ToolEnded(effect.call, result))
        return result

    async def _tool_result(self, effect: CallTool, tell: Callable[[str], None]) -> ToolResult:
        """The whole result; a page that was asked for is whole."""
        if self.runtime.tools is None or effect.call.name == READ_RESULT.name:
            allowed = Decision("allow", "it reads a result of this conversation")
            return replace(read_page(effect.call, self._kept), page_size=0, decision=allowed)

        def note(decision: Decision) -> None:
            about = {"call_id": effect.call.id, "tool": effect.call.name}
            self.runtime.journal.record(self.trace_id, "decision", about, decision)

        def asks(reason: str) -> None:
            self._tell(ApprovalAsked(effect.call, reason))

        result = await self.runtime.tools.run(effect, conversation=self._conversation, note=note, tell=tell, asks=asks)
        size = page_size(self.runtime.model.abilities.context_tokens)
        return replace(result, page_size=size) if len(result.text) > size else result

    @property
    def _conversation(self) -> str:
        """What approvals are given for: the conversation, or this turn where it belongs to none."""
        return (self.conversation.id if self.conversation else None) or self.trace_id

    def _kept(self, effect_id: int) -> ToolResult | None:
        found = self.runtime.journal.tool_result(self.trace_id, effect_id)
        return codec.build(ToolResult, found) if found else None

    async def _together(self, effects: Sequence[Effect], keep_failures: bool) -> tuple[object, ...]:
        """All results in order.

        When one fails the others are cancelled and the failure is the flow's to handle, or it stands in its place.
        """
        if len(effects) == 1:
            try:
                return (await self.perform(effects[0]),)
            except ChatbotError as error:
                if not keep_failures or isinstance(error, ModelDown):
                    raise
                return (error,)
        results: dict[int, object] = {}
        try:
            async with asyncio.TaskGroup() as group:
                for places in self._batches(effects):
                    group.create_task(self._batch({at: effects[at] for at in places}, results, keep_failures))
        except* ChatbotError as failures:
            raise _first(failures) from None
        return tuple(results[at] for at in range(len(effects)))

    def _batches(self, effects: Sequence[Effect]) -> Iterable[Sequence[int]]:
        """Places of effects that go out as one: requests that differ in their `sample` only, where the model can."""
        if not self.runtime.model.abilities.samples:
            return [[at] for at in range(len(effects))]
        alike: dict[object, list[int]] = {}
        for at, effect in enumerate(effects):
            one = codec.encode(replace(effect, sample=0)) if isinstance(effect, Generate) else at
            alike.setdefault(one, []).append(at)
        return alike.values()

    async def _batch(self, effects: Mapping[int, Effect], results: dict[int, object], keep_failures: bool) -> None:
        """Performs effects that go out as one, and puts their results where they belong."""
        try:
            if len(effects) == 1:
                results.update({at: await self.perform(effect) for at, effect in effects.items()})
                return
            requests = {at: effect for at, effect in effects.items() if isinstance(effect, Generate)}
            results.update(await self._generate_samples(requests))
        except ChatbotError as error:
            if not keep_failures or isinstance(error, ModelDown):
                raise
            results.update({at: error for at in effects if at not in results})
            return
        if left := {at: effect for at, effect in effects.items() if at not in results}:
            places = tuple(left)
            rest = await self._together(tuple(left.values()), keep_failures)
            results.update(zip(places, rest, strict=True))

    async def _generate_samples(self, requests: Mapping[int, Generate]) -> dict[int, Reply]:
        """As many of the replies as the service draws at once; a server may draw one and ignore the wish for more."""
        journal, started = self.runtime.journal, time.perf_counter()
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
        try:
            async with aclosing(self.runtime.model.stream(replace(first, samples=len(requests)))) as events:
                async for event in events:
                    if isinstance(event, OfSample):
                        folds.setdefault(event.index, Fold()).add(event.event)
        except (ChatbotError, asyncio.CancelledError) as error:
            for effect_id in ids.values():
                journal.settle(effect_id, _failure(error), failed=True)
            raise
        seconds = time.perf_counter() - started
        for index, (at, effect_id) in enumerate(ids.items()):
            if index not in folds:
                journal.settle(effect_id, {"error": "the service did not draw this sample"}, failed=True)
                continue
            reply = folds[index].reply()
            spent = replace(reply.usage, seconds=seconds, calls=1) if index == 0 else Usage()
            replies[at] = replace(reply, usage=spent)
            self._keep(effect_id, keys[at], replies[at])
        return replies

    async def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.runtime.embed is None:
            raise UsageError("nothing here can compare the meaning of texts", hint="give the runtime an embedder")
        return await asyncio.to_thread(self.runtime.embed, texts)

    async def _journalled(self, kind: str, effect: Effect, work: Callable[[], T]) -> T:
        result = await asyncio.to_thread(work)
        self.runtime.journal.record(self.trace_id, kind, effect, {"result": result})
        return result

    def _stale(self, passages: Sequence[Passage]) -> frozenset[str]:
        knowledge = self.runtime.knowledge
        if knowledge is None:
            return frozenset()
        return frozenset(passage.source for passage in passages if knowledge.is_stale(passage))

    def _knowledge(self) -> Searchable:
        if self.runtime.knowledge is None:
            raise KnowledgeError("there are no documents in this conversation", hint="name a folder with --knowledge")
        return self.runtime.knowledge

    def _tell(self, event: TurnEvent) -> None:
        if self.show is not None:
            self.show(event)


class _Screen:
    """Passes streamed text on after the journal holds it: the first piece at once, later ones every `PAUSE`."""

    def __init__(self, journal: Ledger, effect_id: int, show: Show) -> None:
        self._journal, self._effect_id, self._show = journal, effect_id, show
        self._loop = asyncio.get_running_loop()
        self._pending: list[TextDelta] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last = float("-inf")

    def add(self, event: TextDelta) -> None:
        if not event.text:
            return
        self._pending.append(event)
        if self._timer is None:
            wait = self._last + PAUSE - self._loop.time()
            if wait <= 0:
                self.flush()
            else:
                self._timer = self._loop.call_later(wait, self._on_timer)

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            self._journal.show(self._effect_id, "".join(event.text for event in self._pending))
            shown, self._pending = self._pending, []
            self._last = self._loop.time()
            for event in shown:
                self._show(event)

    def _on_timer(self) -> None:
        with contextlib.suppress(ChatbotError):  # what could not be committed stays pending, and the next flush raises
            self.flush()


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
    return {"error": str(error) or "interrupted", "billed": billed}


def _first(failures: BaseExceptionGroup[ChatbotError]) -> ChatbotError:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
