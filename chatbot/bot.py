"""`Chatbot`: a model, a prompt, knowledge and tools, in one conversation. The facade that apps and the terminal use.

    bot = Chatbot(knowledge="handbook/")
    answer = bot.ask("What is the return policy?")
    for event in bot.stream("And for sale items?"): ...

`ask` and `stream` are for ordinary code, `aask` and `astream` for code on an event loop; all four are the same turn.
"""

from __future__ import annotations

import asyncio
import copy
import os
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from chatbot import portal, strategies
from chatbot.context import Setting
from chatbot.effects import Flow, ToolSchema
from chatbot.errors import ChatbotError, LimitReached, NotFoundError, UsageError, nearest
from chatbot.events import Done, Notice, Show, TurnEvent
from chatbot.images import ImageSource, images_of
from chatbot.journal import Journal, MessageState
from chatbot.lazy_part import LazyPart
from chatbot.messages import Answer, Budget, Finish, Passage
from chatbot.models import discover
from chatbot.models.prices import Price
from chatbot.models.purse import within_dollars
from chatbot.paths import for_people
from chatbot.prompting import Prompt
from chatbot.retrieval.cite import resolve
from chatbot.runtime import Runtime
from chatbot.sampling import Sampling
from chatbot.sampling_names import sampling_of
from chatbot.service.pace import IN_CHAT
from chatbot.session import Session, marked_as_attached
from chatbot.strategies.attempt import strategy_of
from chatbot.strategies.zero_shot import ZeroShot
from chatbot.tools import BUILT_IN, Place, Policy, Tool, Toolbox, built_in_tools
from chatbot.tools.answer_links import Outlet
from chatbot.tools.policy_settings import policy_of
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE
from chatbot.tools.secret_values import Secrets
from chatbot.tools.sources import open_sources
from chatbot.turn import begin, resume
from chatbot.watching import Watch, events_of
from chatbot.workspace import find_workspace, starter_root
from chatbot.workspace_model import connect_with_settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

    from chatbot.models.model import Abilities, Model
    from chatbot.retrieval import Knowledge
    from chatbot.retrieval.embed_cached import CachedEmbedding
    from chatbot.strategies.task import Strategy
    from chatbot.tools import Approve
    from chatbot.tools.sources import Sources

T = TypeVar("T")

_Passages = Sequence[Passage]
_Images = Sequence[ImageSource]


class Default(Enum):
    """Stands for "not given" where None has a meaning of its own."""

    WORKSPACE = "what the workspace's settings say"


class Chatbot:
    """A chatbot in one conversation.

    model: a spec (`extractive`, `openai:NAME`, `http://host:port/v1#NAME`, `ollama:NAME`, …), a `Model`, or a LangChain
        chat model. None: what the settings or the environment name, else `extractive`, which quotes and needs nothing.
    knowledge: a folder, a file, or a `Knowledge`; None for no documents. Not given: the workspace's.
    tools: functions and `Tool`s that the model may call, beside the built-in ones that the settings name.
    decode: how replies are drawn, before what the prompt says: `min-p=0.1, temperature=0.8`, `beam=4`, … (the names are
        those of `chatbot.sampling_names`), or a `Sampling`.
    strategy: name of a prompting strategy, or one from `chatbot.strategies.get`. None: the one that the prompt names.
    prompt: name or path of a prompt file, or a `Prompt`. None: the settings', which is `chat`, or `plain`
        where there are no documents.
    session: id of a conversation to go on with. None starts a new one.
    workspace: a folder with a `chatbot.toml`. None: the nearest one upward from the current folder, else the starter.
    tool_context: what the tools' `Injected` parameters are filled with, such as {"user": "c-1042"}; no model and no
        journal sees it. `conversation` is there without: the `Session`.
    approve: asked before a call runs that only a person may allow, as one with side effects while text of documents is
        in the context; without it such a call is refused.
    policy: which calls are allowed, asked about or denied; or the name of a profile of the settings. None: what the
        settings say.
    durable: False keeps the conversation in memory only.

    Raises ChatbotError: what is wrong, and what to do about it.
    """

    def __init__(
        self,
        model: str | Model | BaseChatModel | None = None,
        *,
        knowledge: str | Path | Knowledge | Default | None = Default.WORKSPACE,
        tools: Sequence[Tool | Callable[..., object]] = (),
        tool_context: Mapping[str, object] | None = None,
        prompt: str | Path | Prompt | None = None,
        strategy: str | Strategy | None = None,
        decode: str | Sampling = "",
        session: str | None = None,
        workspace: str | Path | None = None,
        approve: Approve | None = None,
        policy: Policy | str | None = None,
        durable: bool = True,
    ) -> None:
        self.workspace = find_workspace(Path(workspace) if workspace is not None else None)
        self.settings = self.workspace.settings
        self._model = LazyPart(lambda: self._connect_given(model))
        self._knowledge = LazyPart(lambda: self._open_given(knowledge))
        given = [each if isinstance(each, Tool) else Tool.from_function(each) for each in tools]
        self._sources = LazyPart(lambda: open_sources(self.settings, self._place))
        self._tools = LazyPart(lambda: self._collect(given, approve))
        self.tool_context = dict(tool_context or {})
        written = (self.settings.policy, str(self.workspace.settings_file))
        self.policy = policy if isinstance(policy, Policy) else policy_of(*written, policy or "")
        """What this conversation's calls may do. Assign another, such as one with fewer `tools`, for another task."""
        named = prompt or self.settings.usual_prompt(documents=knowledge is not None)
        self.patience = IN_CHAT
        """How long the models that are connected from now on wait for a service that is down or has too much to do."""
        self.prompt = named if isinstance(named, Prompt) else self.load_prompt(named)
        self.strategy = strategies.get(strategy, load=self.load_prompt) if isinstance(strategy, str) else strategy
        """How the model is made to answer; None for the prompt's own way."""
        self._embed = LazyPart(self._embedding)
        self._secrets = Secrets.of_environment(os.environ)
        self._rewrite, self._summary = self.load_prompt("rewrite"), self.load_prompt("summary")
        self._expansion = self.load_prompt(self.settings.query_expansion) if self.settings.query_expansion else None
        self.instructions = ""
        self.sampling = sampling_of(decode)
        """How replies are drawn in this conversation, before what prompt and settings say."""
        self.journal = Journal(self.workspace.journal if durable else None, received_days=self.settings.received_days)
        self.session = Session(self.journal, session)

    # --- asking -------------------------------------------------------------------------------------------------------

    def ask(
        self, question: str, *, attached: _Passages = (), images: _Images = (), timeout: float | None = None
    ) -> Answer:
        """The answer.

        attached: passages that the answer may rest on beside those found, such as a file's (`passage_of_file`).
        images: pictures for the model to see: paths, or the bytes of files (JPEG, PNG, GIF or WebP).
        timeout: seconds that the whole turn may take; LimitReached when they are over, with what was said by then.
        """
        return portal.call(self.aask(question, attached=attached, images=images, timeout=timeout))

    def stream(
        self, question: str, *, attached: _Passages = (), images: _Images = (), timeout: float | None = None
    ) -> Iterator[TurnEvent]:
        """What happens in the turn, as it happens, ending with `Done`. Leaving the loop stops the model."""
        return portal.iterate(lambda show: self._ask(question, attached, images, timeout, show))

    async def aask(
        self, question: str, *, attached: _Passages = (), images: _Images = (), timeout: float | None = None
    ) -> Answer:
        """As `ask`, on your own event loop."""
        return await self._ask(question, attached, images, timeout, None)

    async def astream(
        self, question: str, *, attached: _Passages = (), images: _Images = (), timeout: float | None = None
    ) -> AsyncGenerator[TurnEvent, None]:
        """As `stream`, on your own event loop. Close it (`aclosing`) to stop the model."""
        async with aclosing(events_of(lambda show: self._ask(question, attached, images, timeout, show))) as events:
            async for event in events:
                yield event

    def stream_rest(self) -> Iterator[TurnEvent]:
        """Goes on with an answer that was cut. A model that only quotes answers the question again.

        Raises UsageError where the last answer is whole.
        """
        last = self.session.messages[-1] if self.session.messages else None
        if last is None or (last.message.role == "assistant" and last.state == "complete"):
            raise UsageError("the last answer is whole", hint="ask something new")
        if last.message.role != "assistant" or not self.model.abilities.writes:
            return self.stream_again()
        return portal.iterate(lambda show: self._perform(resume(self.session.past, self.setting()), show))

    def stream_again(self) -> Iterator[TurnEvent]:
        """Answers the last question again, from the files that went along with it too.

        The first answer stays in the tree. Raises UsageError where nothing has been asked.
        """
        attached, images = self.session.attached, self.session.images
        return self.stream(self.session.undo(), attached=attached, images=images)

    # --- parts --------------------------------------------------------------------------------------------------------

    @property
    def model(self) -> Model:
        """The model in use; connected when first needed. Assign another (see `connect`) to go on with that one."""
        return self._model.get()

    @model.setter
    def model(self, model: Model) -> None:
        self._model = LazyPart(lambda: model)

    @property
    def knowledge(self) -> Knowledge | None:
        """The documents; opened, and indexed where they are not yet, when first needed."""
        return self._knowledge.get()

    @property
    def tools(self) -> Toolbox:
        """The tools the model may call."""
        return self._tools.get()

    @property
    def sources(self) -> Sources:
        """Where the tools of the settings come from, and what the user should know of those that are missing."""
        return self._sources.get()

    @property
    def outlet(self) -> Outlet:
        """What leaves in an answer: no secret, and no address that would tell its host what a document says."""
        return Outlet(self.policy.trusted, self._secrets)

    @property
    def documents(self) -> str:
        """Where the documents are, for people."""
        return for_people(self.knowledge.path) if self.knowledge and self.knowledge.path else "records"

    @property
    def offered_tools(self) -> tuple[ToolSchema, ...]:
        """What the model is offered: the tools, and the search where there are documents."""
        tools = self.tools.under(self.policy).schemas()
        searches = self.knowledge is not None and SEARCH_KNOWLEDGE.name in self.settings.tools
        searches = searches and self.policy.frees(SEARCH_KNOWLEDGE.name, "reads")
        return (*tools, SEARCH_KNOWLEDGE) if searches else tools

    def switch_tool(self, name: str, *, on: bool) -> None:
        """Offers a tool in this conversation from now on, or no longer; a built-in one also where no setting names it.

        Raises NotFoundError with the nearest name, and ProjectError where the tool's options are wrong.
        """
        there = [tool.name for tool in self.tools.tools]
        searches = SEARCH_KNOWLEDGE.name in self.settings.tools
        known = {*there, *BUILT_IN} if on else {*there, *([SEARCH_KNOWLEDGE.name] if searches else [])}
        if name not in known:
            raise NotFoundError(f"there is no tool {name!r}", hint=nearest(name, known))
        if name == SEARCH_KNOWLEDGE.name and not searches:
            raise UsageError(f"{name} is not among the tools of the settings", hint="name it there, under `tools`")
        if name not in there and name != SEARCH_KNOWLEDGE.name:
            tools = self.tools.adding(
                built_in_tools([name], {name: self.settings.tool_options.get(name, {})}, self._place)
            )
            self._tools = LazyPart(lambda: tools)
        enabled = [each for each in (*there, SEARCH_KNOWLEDGE.name) if self.policy.enables(each) and each != name]
        self.policy = replace(self.policy, tools=(*enabled, *([name] if on else ())))

    def connect(self, model: str | Model | BaseChatModel, *, prices: Mapping[str, Price] | None = None) -> Model:
        """A model that this chatbot can use; a spec is connected with the workspace's settings.

        prices: what models cost, beside or instead of what the settings say.
        """
        return connect_with_settings(model, self.workspace, prices=prices or {}, patience=self.patience)

    def load_prompt(self, name: str | Path) -> Prompt:
        """A prompt of this workspace by name, or of the starter where the workspace has none such; or a prompt file."""
        own, shipped = self.workspace.prompts, starter_root() / "prompts"
        in_starter = isinstance(name, str) and (shipped / f"{name}.prompty").is_file()
        return Prompt.load(name, shipped if in_starter and not (own / f"{name}.prompty").is_file() else own)

    def conversation(
        self, session_id: str | None = None, *, tool_context: Mapping[str, object] | None = None
    ) -> Chatbot:
        """The same chatbot in another conversation: an app serves each of its users with one.

        They share model, documents, tools and journal, and may be used at once; what is set on one of them, such as
        `instructions`, concerns it alone, and so does what its `tool_context` adds or replaces.
        """
        other = copy.copy(self)
        other.tool_context = {**self.tool_context, **(tool_context or {})}
        other.session = Session(self.journal, session_id)
        return other

    def as_runnable(self) -> Runnable[str, str]:
        """This chatbot as a LangChain runnable: question in, answer's text out, in pieces where it is streamed.

        Each question is a conversation of its own, so `batch` may ask many at once. Needs the extra `langchain`.
        """
        from chatbot.runnable import runnable

        return runnable(self.conversation)

    def close(self) -> None:
        """Ends what the tools hold open, such as MCP servers, for all conversations of this chatbot.

        What nobody closes ends with the program, or when nobody holds the chatbot any more.
        """
        if self._sources.made:
            self._sources.get().close()

    def __enter__(self) -> Chatbot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the turn -----------------------------------------------------------------------------------------------------

    async def _ask(
        self, question: str, attached: _Passages, images: _Images, timeout: float | None, show: Show | None
    ) -> Answer:
        if not question.strip():
            raise UsageError("the question is empty", hint="ask something")
        seen = await asyncio.to_thread(images_of, images) if images else ()
        before = len(self.session.messages)
        try:
            async with asyncio.timeout(timeout) as bound:
                await self.prepare()
                if show:
                    for notice in await self.sources.unsaid(self._notices()):
                        show(Notice(notice))
                sent = tuple(marked_as_attached(passage) for passage in attached)
                flow = begin(question, self.session.past, self.setting(), attached=sent, images=seen)
                return await self._perform(flow, show, question)
        except TimeoutError:
            if not bound.expired():
                raise
            said = "".join(each.answer.text for each in self.session.messages[before:] if each.answer)
            raise LimitReached(f"no answer within {timeout:g} s", hint="allow more time", text=said) from None

    def _notices(self) -> list[str]:
        """What the user should know of the model and of the policy; each is said once."""
        return [*filter(None, [self.model.abilities.notice]), *self.tools.under(self.policy).mistakes()]

    async def prepare(self) -> None:
        """Opens what the turn needs, apart from the event loop: documents may have to be indexed first."""
        for part in (self._model, self._knowledge, self._tools):
            if not part.made:
                await asyncio.to_thread(part.get)

    async def _perform(self, flow: Flow[Answer], show: Show | None, question: str = "") -> Answer:
        trace_id, session = uuid.uuid4().hex, self.session
        runtime = self.runtime(trace_id)
        watch = Watch(show, session.past, question, self.outlet)
        state: MessageState = "failed"
        session.begin_turn(trace_id, model=self.model.name, prompt=self.prompt.version, question=question)
        try:
            answer = await runtime.run(flow, trace_id, conversation=session, show=watch if show else None)
            state = "complete"
        except asyncio.CancelledError:
            session.remember_question(question, trace_id)
            if not show:
                watch = Watch.over(self.journal.unsaid(trace_id), session.past, question, self.outlet)
            session.remember_cut(self._cut(watch, "interrupted", trace_id), trace_id)
            state = "interrupted"
            raise
        except ChatbotError:
            session.remember_cut(self._cut(watch, "truncated", trace_id), trace_id)
            raise
        finally:
            session.end_turn(trace_id, state)
        answer = answer.traced(trace_id, self.model.name)
        if show:
            watch.end()
            show(Done(answer))
        return answer

    def runtime(self, trace_id: str) -> Runtime:
        """What performs the effects of a turn. Raises UsageError where a tool lacks a value of the app's."""
        context = {"conversation": self.session, "turn": trace_id, **self.tool_context}
        tools = self.tools.under(self.policy).within(context)
        model = within_dollars(self.model, self.settings.turn_dollars, self.journal, trace_id)
        return Runtime(model, self.journal, self.knowledge, tools, lambda texts: self._embed.get()(texts))

    def _cut(self, watch: Watch, finish: Finish, trace_id: str) -> Answer:
        watch.end()
        text, citations = resolve(watch.text, self.session.ledger, stale=lambda _: False)
        return Answer(text, citations, finish=finish, model=self.model.name, trace_id=trace_id)

    def _connect_given(self, model: str | Model | BaseChatModel | None) -> Model:
        if model is None:
            model = discover.choose(setting=self.settings.model, environment=os.environ, probe=False).spec
        return self.connect(model)

    def _open_given(self, knowledge: str | Path | Knowledge | Default | None) -> Knowledge | None:
        from chatbot.retrieval import Knowledge, open_knowledge

        if knowledge is None or isinstance(knowledge, Knowledge):
            return knowledge
        path = self.workspace.knowledge if isinstance(knowledge, Default) else Path(knowledge)
        return open_knowledge(self.workspace, path)

    def _embedding(self) -> CachedEmbedding:
        from chatbot.retrieval.embed import embedder
        from chatbot.retrieval.embed_cached import CachedEmbedding

        return CachedEmbedding(embedder(self.workspace.settings.embedder).embed)

    def _collect(self, given: Sequence[Tool], approve: Approve | None) -> Toolbox:
        return Toolbox((*self._sources.get().tools, *given), approve, secrets=self._secrets)

    @property
    def _place(self) -> Place:
        return Place(self.workspace.root, self.workspace.state, lambda texts: self._embed.get()(texts))

    def _strategy(self) -> Strategy:
        """A model that only quotes is asked directly: it can neither reason nor differ from draw to draw."""
        if not self.model.abilities.writes:
            return ZeroShot()
        return self.strategy or strategy_of(self.prompt, self.load_prompt)

    def _abilities(self) -> Abilities:
        known = self.model.abilities
        return replace(known, context_tokens=self.settings.context) if self.settings.context else known

    def drawn(self, prompt: Prompt) -> Sampling:
        """How replies to a prompt are drawn: as this conversation says, else the prompt, else the settings."""
        if self.sampling != Sampling() and not self.model.abilities.writes:
            raise UsageError(f"{self.model.name} only quotes and draws nothing", hint="name a model that writes")
        return sampling_of(self.settings.decode).overridden(prompt.sampling).overridden(self.sampling)

    def setting(self) -> Setting:
        """What a turn is answered with."""
        abilities = self._abilities()
        calls_tools = abilities.tools or abilities.writes  # one that writes calls them in its text, if not otherwise
        return Setting(
            prompt=self.prompt,
            rewrite=self._rewrite,
            summary=self._summary,
            sampling=self.drawn(self.prompt),
            abilities=abilities,
            strategy=self._strategy(),
            count=self.model.count_tokens,
            tools=self.offered_tools if calls_tools else (),  # schemas take a while to make
            grounded=self.knowledge is not None,
            instructions=self.instructions,
            passages=self.settings.passages,
            passage_tokens=self.settings.passage_tokens,
            expansion=self._expansion,
            rounds=self.settings.rounds,
            outlet=self.outlet,
            calls=self.settings.tool_calls,
            budget=Budget(seconds=self.settings.turn_seconds),
        )
