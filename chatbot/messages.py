"""The values that travel through the program: messages, passages, calls, replies, answers.

Pure, frozen and slotted: equal content is equal, and no value knows an id of the store or does I/O. Text never travels
without its origin: a message is a sequence of segments, each with an `Origin`, so that text from a document can neither
become a role marker nor pass for the user's wish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from chatbot.anchors import Anchor, anchor_text
from chatbot.codec import KEPT_APART

Role = Literal["system", "user", "assistant", "tool"]

Origin = Literal["author", "user", "document", "tool", "model"]
"""Who wrote a text: a prompt's author, the user, a document, a tool, or a model."""

Finish = Literal["complete", "length", "filtered", "truncated", "interrupted"]
"""How a reply ended.

complete: the model said it was done. length: it hit the token limit. filtered: the service withheld the rest.
truncated: the stream ended without a reason. interrupted: it was stopped, by the reader or since its time was over.
Only the first is whole.
"""

Plain = str | int | float | bool | None

Metadata = Mapping[str, Plain | tuple[Plain, ...]]
"""What is known of a document: one value under a name, or several, such as its tags."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text with one origin."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to call a tool; nothing in it is validated yet."""

    id: str
    name: str
    arguments: str
    """The arguments as the model wrote them: JSON text, parsed only by the dispatcher."""
    flaw: str = ""
    """What was wrong with the call as it came, so that it must not be run: its id was another call's too."""


@dataclass(frozen=True, slots=True)
class ArgumentOrigin:
    """Text in an argument of a call, and where the same text stands: who wrote it first is not known otherwise."""

    argument: str
    """Dotted path of the argument: `to`, `items.0.name`."""
    origin: Origin
    quote: str
    """The text, as it stands there."""
    place: str = ""
    """Where that is, for people: `returns.md:12`, or the name of the tool that said it."""
    whole: bool = False
    """It is the whole argument, word for word."""
    encoding: str = ""
    """How the argument disguises it: `base64`, `hex`, …; empty where it does not."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a model's wish to call a tool, before the tool ran or did not."""

    verdict: Literal["allow", "ask", "deny"]
    reason: str = ""
    check: str = ""
    """The check that decided (see `chatbot.tools.policy`); empty where nothing spoke against the call."""
    arguments: str = ""
    """The arguments that a person put in place of the model's, as JSON; empty where nobody did."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call. A failure is a result too: the model reads it and goes on."""

    call_id: str
    name: str
    text: str
    failed: bool = False
    attempts: int = 1
    """How often the tool was run for it: more than once only where it is idempotent; 0 where it was not."""
    note: str = ""
    """What the program tells the model of it: which page of a longer result this is, or that it is known already."""
    page_size: int = 0
    """Characters of a page, where the text is longer than a model is given at once (`tools.result_pages`)."""
    seconds: float = field(default=0.0, compare=False)
    """How long the tool ran; waiting for an approval is not counted."""
    decision: Decision | None = field(default=None, compare=False)
    """Why the tool ran, or did not; None where no tool was asked."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that goes along with a message, as `chatbot.images` makes it from a file: pixels and nothing else.

    Equal pictures have equal hashes, which stand for their bytes wherever a message is written down.
    """

    hash: str
    """sha256 of the bytes, in hex."""
    media_type: Literal["image/jpeg", "image/png"]
    width: int
    """In pixels, upright."""
    height: int
    name: str = field(default="", compare=False)
    """What the user calls it: the name of its file, without folders."""
    note: str = field(default="", compare=False)
    """What became of the file's own picture, for people: that it was made smaller, or is the first of several."""
    data: bytes = field(default=b"", compare=False, repr=False, metadata=KEPT_APART)
    """The encoded picture; empty where it is kept no longer."""

    @property
    def tokens(self) -> int:
        """About what a model reads it as, good enough for a budget and never far too low.

        One for 750 pixels (Anthropic's guide to vision; Qwen2-VL takes one for 784, OpenAI's models fewer), and at
        least the 576 of models that bring every picture to one size (LLaVA-1.5, https://arxiv.org/abs/2310.03744).
        """
        return max(576, self.width * self.height // 750)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, as it is sent to a model."""

    role: Role
    parts: tuple[Segment, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    """Calls an assistant message makes."""
    call_id: str | None = None
    """The call a tool message answers."""
    images: tuple[Image, ...] = ()
    """Pictures that go before the text of a user's message."""

    @property
    def text(self) -> str:
        """All parts joined, without their origins."""
        return "".join(part.text for part in self.parts)

    @property
    def origins(self) -> frozenset[Origin]:
        """Who wrote in this message; words in a picture are nobody's whom a tool may obey, as those of a document."""
        written = frozenset(part.origin for part in self.parts)
        return written | {"document"} if self.images else written


def message(role: Role, text: str, origin: Origin) -> Message:
    """A message of one segment."""
    return Message(role, (Segment(text, origin),))


def tool_message(result: ToolResult) -> Message:
    """The message that hands a tool's result to the model.

    What became of a call that was not run is the program's answer to the model's own words; no tool had a say in it.
    """
    denied = result.decision is not None and result.decision.verdict == "deny"
    said = Segment(result.text, "model" if denied else "tool")
    return Message("tool", (said, Segment(result.note, "author")) if result.note else (said,), call_id=result.call_id)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that a search found: `document[start:end] == text`, exactly."""

    text: str
    start: int
    """Offset of the first character in the document's text, in code points."""
    end: int
    line: int
    """Line of the first character, from 1; 0 in a document that has no lines in its file, such as a PDF."""
    path: str | None = None
    """The file, relative to the knowledge folder (posix separators), for a document that is a file."""
    record_id: str | None = None
    """The record, for a document that came in through `from_records`."""
    title: str = ""
    heading: tuple[str, ...] = ()
    """Headings above the passage, outermost first."""
    document_hash: str = ""
    """sha256 of the document's text at indexing, to tell whether it has changed since."""
    score: float = 0.0
    """Fused relevance; comparable within one search, larger is better."""
    ranks: Mapping[str, float | int] = field(default_factory=dict, compare=False, hash=False)
    """Why it scored so: dense and lexical score and rank, similarity."""
    metadata: Metadata = field(default_factory=dict, compare=False, hash=False)
    anchors: tuple[Anchor, ...] = ()
    """Those of the document that hold within the passage; none where lines say enough."""

    @property
    def anchor(self) -> str:
        """Where it stands in the original file, for people: `page 12`, `sheet Prices, rows 4-9`, `function order`."""
        return anchor_text(self.anchors, self.start, self.end)

    @property
    def source(self) -> str:
        """The document's path or record id."""
        return self.path or self.record_id or ""

    @property
    def place(self) -> str:
        """Where it stands, for people: `path:line`, `path, page 12`, or the record's id."""
        return _place(self.path, self.line, self.anchor) if self.path else self.source

    @property
    def span(self) -> tuple[str, int, int]:
        """What makes two passages the same one: source, start, end."""
        return (self.source, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage with its number, which stays the same for the whole conversation."""

    number: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation in an answer, resolved by code: `document[start:end] == quote`, exactly."""

    number: int
    quote: str
    start: int
    end: int
    line: int
    path: str | None = None
    record_id: str | None = None
    heading: tuple[str, ...] = ()
    stale: bool = False
    """The source has changed, or is gone, since it was indexed."""
    anchor: str = ""
    """Where the quotation stands in the original file: see `Passage.anchor`."""

    @property
    def place(self) -> str:
        """Where it stands, for people: `path:line`, `path, page 12`, or the record's id."""
        return _place(self.path, self.line, self.anchor) if self.path else self.record_id or ""


def _place(path: str, line: int, anchor: str) -> str:
    lined = f"{path}:{line}" if line else path
    return f"{lined}, {anchor}" if anchor else lined


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds of one attempt at an answer; None for no bound."""

    calls: int | None = None
    """Requests to the model."""
    tokens: int | None = None
    """Of requests and replies together, as the service reports them; the request that crosses it is the last."""
    seconds: float | None = None
    """Of models and tools, likewise. What runs side by side counts once, and waiting for a person not at all."""
    dollars: float | None = None
    """What the requests cost, likewise. With a model whose price is not known the first request is the last."""

    def within(self, other: Budget) -> Budget:
        """What both allow."""
        return Budget(
            _least(self.calls, other.calls),
            _least(self.tokens, other.tokens),
            _least(self.seconds, other.seconds),
            _least(self.dollars, other.dollars),
        )


_Number = TypeVar("_Number", int, float)


def _least(one: _Number | None, other: _Number | None) -> _Number | None:
    return other if one is None else one if other is None else min(one, other)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, money and time of one call, or of many: usages add up."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of the input tokens, those the service read from its cache."""
    cost: float | None = None
    """US dollars; None where the price is not known."""
    seconds: float = 0.0
    """Wall time of the calls to the model."""
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            sum(costs) if costs else None,
            self.seconds + other.seconds,
            self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True)
class TokenScore:
    """A token that a model generated: how likely it held it to be, and what it might have said instead."""

    text: str
    """As the service writes it. A token that holds part of a character only stands as the service spells that."""
    logprob: float
    """Natural logarithm of its probability, before temperature or any other choice of ours where the service says it
    so (OpenAI, vLLM, our own local models)."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens in its place, likeliest first, with their logarithms; most often it is one of them."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a model held a text to be that it was given, not asked for."""

    text: str
    logprob: float
    """Natural logarithm of the probability of all its tokens, one after the other."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said to one request: the fold of its stream."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    """Finished calls only: a reply that is not complete carries none."""
    finish: Finish = "complete"
    usage: Usage = Usage()
    declined: bool = False
    """The model says that the documents do not hold the answer."""
    reasoning: str = ""
    """Thinking that the service reports apart from the answer."""
    scores: tuple[TokenScore, ...] = ()
    """Its tokens in order, where `Sampling.logprobs` asked for them and the service tells."""
    likelihoods: tuple[Likelihood, ...] = ()
    """Of a request's candidates, in their order; there is no text then."""
    mended: bool = False
    """U+FFFD stands for something that no text can hold; the raw reply has it as it came."""

    def as_message(self) -> Message:
        """The assistant message that enters the history."""
        parts = (Segment(self.text, "model"),) if self.text else ()
        return Message("assistant", parts, tool_calls=self.tool_calls)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call and its result, as an answer reports them."""

    call: ToolCall
    result: ToolResult


@dataclass(frozen=True, slots=True)
class Step:
    """One step of how an answer came about, with the steps it is made of: a trace is a tree of these."""

    kind: str
    """What was done, in a word: draw, sample, thought, action, feedback, …"""
    text: str = ""
    """What came of it."""
    answer: str | None = None
    """The answer read from it; None where it holds none."""
    score: float | None = None
    """What it was judged to be worth; for a vote the confidence in its leader, from 0 to 1."""
    note: str = ""
    """What else there is to say: why it was left, how a vote stood."""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn returns."""

    text: str
    citations: tuple[Citation, ...] = ()
    tool_calls: tuple[ToolUse, ...] = ()
    usage: Usage = Usage()
    finish: Finish = "complete"
    declined: bool = False
    """True where the documents do not hold the answer and the text says so."""
    model: str = ""
    trace_id: str = ""
    """Key of this turn in the journal: every effect it performed."""
    trace: Step | None = None
    """How the prompt's strategy came to it; None for answers of versions that kept no trace."""
    limit: str = ""
    """Which bound of the turn was reached (rounds, calls of tools, time, money, tokens), so that this is the best so
    far; empty where none was."""

    def traced(self, trace_id: str, model: str) -> Answer:
        """The same answer, with the turn and the model it came from."""
        return replace(self, trace_id=trace_id, model=model)
