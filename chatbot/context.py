"""What a model is sent: the history that fits, the question as it is searched, the passages found, the whole prompt.

Parts of a turn, as generators of effects. All of it stays within the model's room, of which evidence gives way first.
The history comes in as it was sent, so that a prompt only grows at its end; what falls out of the window is summarised,
by the model where it can write and as an extract where it can't.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chatbot import conversation, grounding
from chatbot.effects import Flow, Generate, Overview, Retrieve, Survey, Tell, Together, ToolSchema
from chatbot.errors import ContextOverflow, ModelError, PromptError
from chatbot.events import Notice, Prompted
from chatbot.grounding import Found
from chatbot.messages import Budget, Evidence, Image, Message, Passage, Reply, Segment, Usage, message
from chatbot.query_expansion import fused, other_queries
from chatbot.routing import Route
from chatbot.sampling import Sampling
from chatbot.tools.answer_links import Outlet
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE
from chatbot.workspace import Settings

if TYPE_CHECKING:
    from chatbot.models.model import Abilities
    from chatbot.prompting import Prompt
    from chatbot.strategies.task import Strategy


NO_BOUND = Budget()

CANDIDATES = 20
"""Passages asked of a search; those beyond the ones used are shown by `/why`."""

HISTORY_SHARE = 0.5
"""Part of the context that history may fill. Fixed, so that evidence shrinks first and the window cuts rarely."""

LAST_TURN_SHARE = 0.75
"""Part of the context beyond which even the last turn falls out of the window: there must be room for a question."""

REPLY_ROOM = 1024
"""Tokens kept free for the reply where the prompt sets no limit, a long answer to a question over documents; of a model
that reads little, a quarter of what it reads."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays the same from turn to turn."""

    prompt: Prompt
    rewrite: Prompt
    """Turns a follow-up into a question that stands alone."""
    summary: Prompt
    """Summarises what falls out of the window."""
    sampling: Sampling
    abilities: Abilities
    strategy: Strategy
    """How the prompt makes the model answer."""
    count: Callable[[str], int]
    """Tokens of a text, by the model's estimate."""
    tools: tuple[ToolSchema, ...] = ()
    grounded: bool = True
    """There is knowledge to search."""
    instructions: str = ""
    """What the user set as further instructions to the model."""
    passages: int = 5
    passage_tokens: int = Settings().passage_tokens
    """What a passage may grow to by the section around it, where there is room."""
    expansion: Prompt | None = None
    """Has a model that writes say what to search for beside the question; None for the question alone."""
    rounds: int = 8
    calls: int = 8
    """Most calls of tools in one turn."""
    budget: Budget = NO_BOUND
    """What one turn may take, beside what the prompt allows."""
    outlet: Outlet = field(default_factory=Outlet)
    """What may leave in an answer."""

    @property
    def room(self) -> int:
        """Tokens that a prompt may fill."""
        whole = self.abilities.context_tokens
        return whole - (self.sampling.max_tokens or min(REPLY_ROOM, whole // 4))

    @property
    def expand(self) -> int:
        """Tokens that each passage may grow to; half of the room at most for all of them.

        0 for a model that only quotes: it reads each sentence by itself, and the best are in what was found.
        """
        return min(self.passage_tokens, self.room // (2 * self.passages)) if self.abilities.writes else 0

    @property
    def searches(self) -> bool:
        """Whether questions are searched for: there is knowledge, and the prompt takes passages."""
        return self.grounded and "passages" in self.prompt.inputs

    @property
    def offered(self) -> tuple[ToolSchema, ...]:
        """Tools this model can be offered."""
        if not self.abilities.tools and not self.abilities.writes:
            return ()
        return tuple(tool for tool in self.tools if self.grounded or tool.name != SEARCH_KNOWLEDGE.name)

    @property
    def tool_tokens(self) -> int:
        """Tokens of what the offered tools are described with."""
        if self.offered and not self.abilities.tools:
            from chatbot.call_text import described

            return self.count(described(self.offered))
        return sum(self.count(f"{tool.name} {tool.description} {tool.parameters}") for tool in self.offered)

    def tokens(self, text: Message) -> int:
        """Tokens of a message: its text, calls and pictures, and about four for its frame."""
        calls = sum(self.count(call.arguments) for call in text.tool_calls)
        return self.count(text.text) + calls + sum(image.tokens for image in text.images) + 4


@dataclass(frozen=True, slots=True)
class Past:
    """The conversation so far."""

    history: tuple[Message, ...] = ()
    """As it was sent, without system messages."""
    ledger: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """What of the history is sent."""

    history: tuple[Message, ...]
    summary: str = ""
    """A digest of what fell out of the window."""
    usage: Usage = Usage()
    """What the digest took."""


def fit_history(history: tuple[Message, ...], setting: Setting) -> Flow[Fitted]:
    """The part of the history that is sent, and a digest of the rest."""
    if not setting.abilities.images and any(each.images for each in history):
        yield Tell(Notice("This model cannot see: it is told that there were pictures, and not shown them."))
    history = tuple(conversation.in_words(history, images=setting.abilities.images))
    limit = int(setting.room * HISTORY_SHARE)
    window = conversation.window(history, limit=limit, count=setting.tokens)
    if sum(map(setting.tokens, window.kept)) > setting.room * LAST_TURN_SHARE:
        window = conversation.window(history, limit=limit, count=setting.tokens, keep_last=0)
    if not window.dropped:
        return Fitted(window.kept)
    if setting.abilities.writes:
        digest, usage = yield from _digest(window.cuts, setting)
        if digest:
            return Fitted(window.kept, digest, usage)
        yield Tell(Notice("The earlier conversation could not be summarised; an extract of it is sent instead."))
    return Fitted(window.kept, conversation.extract(window.dropped, limit // 8))


def _digest(cuts: Sequence[Sequence[Message]], setting: Setting) -> Flow[tuple[str, Usage]]:
    """A summary of what was cut, and what it took; an empty one where the model fails to write it."""
    digest, usage = "", Usage()
    try:
        for cut in cuts:  # a digest of all before is part of the next; those made before are recalled
            before = (message("assistant", f"Earlier: {digest}", "model"),) if digest else ()
            wish = tuple(setting.summary.render(history=(*before, *_without_evidence(cut))))
            reply: Reply = yield Generate(wish, "summary", sampling=setting.summary.sampling)
            digest, usage = reply.text.strip(), usage + reply.usage
    except ModelError:
        return "", usage
    return digest, usage


def _without_evidence(messages: Sequence[Message]) -> list[Message]:
    """What was said, without the passages that were sent along: a summary of them would be a second-hand source."""
    spoken = [each for each in messages if each.role in ("user", "assistant")]
    said = [replace(m, parts=tuple(p for p in m.parts if p.origin in ("user", "model")), tool_calls=()) for m in spoken]
    return [each for each in conversation.in_words(said, images=False) if each.text]


def standalone(question: str, history: Sequence[Message], kind: Route, setting: Setting) -> Flow[tuple[str, Usage]]:
    """The question as it is searched, which carries the conversation's subject, and what it took to write it."""
    said = _without_evidence(history)
    if not said or kind != "search" or not setting.searches:
        return question, Usage()
    plain = conversation.standalone(question, said)
    if not setting.abilities.writes:
        return plain, Usage()
    try:
        wish = tuple(setting.rewrite.render(question=question, history=tuple(said)))
        reply: Reply = yield Generate(wish, "rewrite", sampling=setting.rewrite.sampling)
    except ModelError:
        return plain, Usage()
    rewritten = reply.text.strip().strip('"')
    whole = reply.finish == "complete" and 0 < len(rewritten) <= 4 * len(question) + 400
    return (rewritten if whole else plain), reply.usage


def widened(question: str, kind: Route, setting: Setting) -> Flow[tuple[tuple[str, ...], Usage]]:
    """The question with what else is searched for, and what it took to write that."""
    if setting.expansion is None or kind != "search" or not setting.searches or not setting.abilities.writes:
        return (question,), Usage()
    others, usage = yield from other_queries(question, setting.expansion)
    return (question, *others), usage


def find(
    queries: Sequence[str], kind: Route, past: Past, setting: Setting, attached: tuple[Passage, ...]
) -> Flow[Found]:
    """The passages for a question: what is attached and then what searches find; of a collection its openings."""
    if kind == "collection":
        return (yield from _openings(past, setting, attached))
    passages, keep = attached, len(attached)
    if setting.searches and kind == "search":
        k = max(CANDIDATES, setting.passages)
        searches = tuple(Retrieve(query, k, expand=setting.expand) for query in queries)
        best: tuple[Passage, ...]
        if len(searches) == 1:
            best = yield searches[0]
        else:
            best = fused((yield Together(searches)), k)
        passages, keep = (*attached, *best), len(attached) + setting.passages
    return grounding.number(passages, past.ledger, past.history, keep=keep)


def _openings(past: Past, setting: Setting, attached: tuple[Passage, ...]) -> Flow[Found]:
    """For a question about the collection: what is attached is meant where something is, else all documents."""
    passages, documents = attached, len(attached)
    if setting.searches and not attached:
        overview: Overview = yield Survey()
        passages, documents = overview.openings, overview.documents
    found = grounding.number(passages, past.ledger, past.history, keep=len(passages))
    return replace(found, documents=documents)


def compose(
    question: str, fitted: Fitted, found: Found, setting: Setting, *, images: tuple[Image, ...] = ()
) -> Flow[tuple[tuple[Message, ...], Found]]:
    """The prompt, within the model's room: evidence shrinks first. The pictures go with its last message."""
    tools = setting.tool_tokens
    while True:
        *before, asked = render(question, fitted, found, setting)
        prompt = (*before, replace(asked, images=images))
        sizes = [setting.tokens(each) for each in prompt]
        used = tools + sum(sizes)
        if used <= setting.room:
            break
        if not found.unseen:
            raise ContextOverflow(
                f"the prompt takes about {used} tokens and the model reads {setting.room}",
                hint="ask something shorter, start again with /new, or set `context` if the model reads more",
            )
        found = found.without_last("over the token budget")
    yield Tell(Prompted(_token_ledger(prompt[-1], sizes, tools, fitted, setting)))
    return prompt, found


def _token_ledger(last: Message, sizes: Sequence[int], tools: int, fitted: Fitted, setting: Setting) -> dict[str, int]:
    """Tokens of each part of a prompt whose messages have these sizes and end with `last`, and the context's length."""
    evidence = sum(setting.count(part.text) for part in last.parts if part.origin == "document")
    digest = setting.count(fitted.summary) if fitted.summary else 0
    history = sum(map(setting.tokens, fitted.history)) if "history" in setting.prompt.inputs else 0
    question = sizes[-1] - evidence
    return {
        "system": sum(sizes) - digest - history - evidence - question,
        "tools": tools,
        "summary": digest,
        "history": history,
        "evidence": evidence,
        "question": question,
        "room": setting.abilities.context_tokens,
    }


def render(question: str, fitted: Fitted, found: Found, setting: Setting) -> tuple[Message, ...]:
    """The prompt file, rendered with as many of our inputs as it declares. Its last message is the user's."""
    inputs: Mapping[str, object] = {
        "question": question,
        "passages": grounding.as_inputs(found.unseen),
        "seen": list(found.seen),
        "instructions": setting.instructions,
        "summary": Segment(fitted.summary, "model"),
        "history": fitted.history,
    }
    prompt = setting.prompt
    messages = tuple(prompt.render(**{name: inputs[name] for name in prompt.inputs if name in inputs}))
    if not messages or messages[-1].role != "user":
        raise PromptError(
            f"prompt {prompt.name!r} does not end with the user's message", hint="put the question into the last one"
        )
    return messages


def within_room(found: Found, messages: Sequence[Message], setting: Setting) -> Found:
    """As many of the passages as fit behind these messages."""
    left = setting.room - setting.tool_tokens - sum(map(setting.tokens, messages))
    while found.unseen and sum(setting.count(part.text) for part in grounding.as_segments(found.unseen)) > left:
        found = found.without_last("over the token budget")
    return found
