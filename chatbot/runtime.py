"""The only place that performs effects: it drives a flow, journals what it asks and gets, and streams what it says.

Nothing leaves the program before the journal holds the intent, and no text reaches the screen before the journal holds
the text (see `asking`), so a crash loses nothing that anybody has seen. Errors that are meant for people are thrown
into the flow at its `yield`, where it may handle them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from chatbot import codec
from chatbot.asking import Asking
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
from chatbot.errors import ChatbotError, KnowledgeError, ModelDown, ToolError, UsageError
from chatbot.events import (
    ApprovalAsked,
    Prompted,
    Searched,
    Show,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    TurnEvent,
)
from chatbot.journal.ledger import Ledger
from chatbot.journal.recollection import Recollection, Summaries
from chatbot.messages import Decision, Metadata, Passage, ToolResult
from chatbot.tools.execution import left_behind
from chatbot.tools.result_pages import READ_RESULT, first_page, page_size, read_page

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chatbot.models.model import Model

T = TypeVar("T")


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
                return await self._asking.reply(effect)
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

    @property
    def _asking(self) -> Asking:
        runtime = self.runtime
        recollection = runtime.recollection or Summaries(runtime.journal)
        return Asking(runtime.model, runtime.journal, recollection, self.trace_id, self.show)

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
            results.update(await self._asking.samples(requests))
        except ChatbotError as error:
            if not keep_failures or isinstance(error, ModelDown):
                raise
            results.update({at: error for at in effects if at not in results})
            return
        if left := {at: effect for at, effect in effects.items() if at not in results}:
            places = tuple(left)
            rest = await self._together(tuple(left.values()), keep_failures)
            results.update(zip(places, rest, strict=True))

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


def _first(failures: BaseExceptionGroup[ChatbotError]) -> ChatbotError:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
