"""How a local model reads a conversation and writes its reply: the chat template of its tokenizer, put to use.

In: messages and tools. Out: token ids in which only the template's special tokens are special, the ids that end a turn,
and a reader of what the model writes. A template that refuses a system text, or two messages of one role in a row, gets
messages that it takes; a tokenizer without a template gets a plain one, and `notice` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chatbot.effects import ToolSchema
from chatbot.errors import PromptError
from chatbot.messages import Message, message
from chatbot.models.local.call_form import HERMES, CallForm, Marks, grammar, learned
from chatbot.models.local.span_encoding import AddedToken, SpanEncoder, Tokenizer
from chatbot.models.local.template_habits import Habits, Render, fitted, habits
from chatbot.models.local.text_reader import THINKING, TextReader
from chatbot.prompting.chat_template import ChatTemplate, Shape
from chatbot.prompting.provenance import Span

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PLAIN = (
    "{{ bos_token }}{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
PLAIN_STOPS = ("\n\nUser:", "\n\nSystem:", "\n\nAssistant:")
"""What a model writes that goes on with the other's part."""

TURN_ENDS = frozenset(
    [
        *("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<end_of_turn>", "<turn|>"),
        *("<eos>", "</s>", "<|end|>", "<|return|>", "<|call|>", "<|END_OF_TURN_TOKEN|>", "<｜end▁of▁sentence｜>"),
        *("<|end_of_turn|>", "<|eot|>", "<|eom|>", "<|observation|>", "<|end_of_role|>", "[EOS]", "<|im_sep_end|>"),
    ]
)
"""Tokens with which families end a turn, whatever their configuration says."""

_KEPT = (
    *("tool", "call", "function", "channel", "message", "constrain", "think", "python_tag", "arg", "recipient"),
    *("START_ACTION", "END_ACTION", "THINKING", "|start|", "|end|", "|content|", '|"|', "invoke", "parameter"),
)
"""Parts of special tokens that stand for calls or thinking in a reply."""


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """How one model is spoken to."""

    encoder: SpanEncoder = field(repr=False)
    template: ChatTemplate
    tool_template: ChatTemplate
    """The one for conversations with tools; most models have but one."""
    variables: Mapping[str, str]
    """What templates call `bos_token`, `eos_token`, …"""
    habits: Habits
    stops: frozenset[int]
    """Ids that end a turn."""
    kept: frozenset[int]
    """Ids of special tokens that must stay in the decoded text, since calls and thinking are told by them."""
    stop_texts: tuple[str, ...] = ()
    """Texts that end a turn, where no token does."""
    opens: str = ""
    """The tag of thinking that the prompt ends within."""
    channels: bool = False
    """The model writes its messages in channels, as gpt-oss does."""
    form: CallForm | None = None
    """Of the template's own calls; None where it has none, or their arguments are no JSON."""
    notice: str = ""
    """What the user should know, once: the model has no chat template."""

    @classmethod
    def of(cls, tokenizer: Tokenizer, *, name: str, ends: Sequence[int] = ()) -> ChatFormat:
        """The format of a tokenizer. `ends` are the end-of-sequence ids of the model's generation settings.

        Raises PromptError for a template that cannot be read, ModelError for a tokenizer that cannot be used.
        """
        source, tool_source, notice = _sources(tokenizer, name)
        encoder = SpanEncoder.of(tokenizer, source + tool_source)
        template = ChatTemplate.read(source, name=f"the chat template of {name}")
        tool_template = template if tool_source == source else ChatTemplate.read(tool_source, name=template.name)
        variables = {key: text for key, text in tokenizer.special_tokens_map.items() if isinstance(text, str)}
        variables = {"bos_token": "", "eos_token": "", **variables}
        marks = {token.content for token in encoder.controls.values()}
        channels = {"<|channel|>", "<|message|>", "<|start|>"} <= marks

        def render(messages: Sequence[Message], tools: Sequence[Mapping[str, object]], shape: Shape) -> str:
            chosen = tool_template if tools else template
            spans = chosen.render(messages, tools=tools, now=datetime.now(), shape=shape, **_values(variables))
            return "".join(span.text for span in spans)

        def answered(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> str:
            return render(messages, [_description(tool) for tool in tools], takes.shape)

        takes = habits(render)
        stops = _stops(encoder.controls, ends, tokenizer.eos_token_id, channels=channels)
        return cls(
            encoder,
            template,
            tool_template,
            variables,
            takes,
            stops,
            _kept(encoder.controls) - stops,
            stop_texts=PLAIN_STOPS if source is PLAIN else (),
            opens=_opens(render, takes.shape),
            channels=channels,
            form=learned(answered, _texts(encoder, stops)) if takes.tools and not channels else None,
            notice=notice,
        )

    @property
    def tools(self) -> bool:
        """Whether the template knows tools, calls and results."""
        return self.habits.tools

    def render(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSchema] = (),
        *,
        now: datetime | None = None,
        add_generation_prompt: bool = True,
    ) -> tuple[Span, ...]:
        """The conversation as the model reads it, in spans that know their writers. Raises PromptError."""
        template = self.tool_template if tools else self.template
        return template.render(
            fitted(messages, self.habits),
            tools=[_description(tool) for tool in tools],
            add_generation_prompt=add_generation_prompt,
            now=now or datetime.now(),
            shape=self.habits.shape,
            **_values(self.variables),
        )

    def encode(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSchema] = (),
        *,
        now: datetime | None = None,
        add_generation_prompt: bool = True,
    ) -> list[int]:
        """Token ids of the conversation: special tokens count where the template wrote them, and nowhere else.

        now: the date that the template may tell the model; today's where none is given. Raises PromptError where the
        template refuses.
        """
        return self.encoder.encode(self.render(messages, tools, now=now, add_generation_prompt=add_generation_prompt))

    def call_grammar(
        self, tools: Sequence[ToolSchema], *, own: bool, answer: Mapping[str, object] | None = None
    ) -> str:
        """Holds what begins as a call to being one of these tools.

        own: in the form of the template, instead of that in which `call_text` asks for calls. answer: JSON Schema of
            a reply without calls; None for any words.
        """
        ids = {token.content: number for number, token in self.encoder.controls.items()}
        tags = THINKING.items() if not self.opens else [(self.opens, THINKING[self.opens])]
        thinking = next(((ids[begin], ids[end]) for begin, end in tags if {begin, end} <= ids.keys()), None)
        marks = Marks(ids, self.kept, thinking, opened=bool(self.opens))
        return grammar((self.form if own else None) or HERMES, tools, marks, answer=answer)

    def reader(self, tools: Sequence[ToolSchema] = ()) -> TextReader:
        """A reader of one reply to a prompt that offered these tools."""
        return TextReader(tools, thinking=self.opens, channels=self.channels)


def _values(variables: Mapping[str, str]) -> dict[str, Any]:
    return dict(variables)


def _sources(tokenizer: Tokenizer, name: str) -> tuple[str, str, str]:
    """The template, the one for tools, and what to say where there was none."""
    given = tokenizer.chat_template
    if isinstance(given, Mapping):
        plain = given.get("default") or next(iter(given.values()), "")
        if plain:
            return plain, given.get("tool_use") or plain, ""
    elif given:
        return given, given, ""
    chatml = {"<|im_start|>", "<|im_end|>"} <= {token.content for token in tokenizer.added_tokens_decoder.values()}
    said = "ChatML, whose tokens it has" if chatml else "plain lines of User: and Assistant:"
    source = CHATML if chatml else PLAIN
    return source, source, f"{name} has no chat template, so it was perhaps not made for chats; it is asked in {said}."


def _stops(
    controls: Mapping[int, AddedToken], ends: Sequence[int], end: int | None, *, channels: bool
) -> frozenset[int]:
    """What ends a turn. In channels `<|end|>` only ends a message, of which a turn may have several."""
    known = TURN_ENDS - {"<|end|>"} if channels else TURN_ENDS
    named = {number for number, token in controls.items() if token.content in known}
    return frozenset(named | set(ends) | ({end} if end is not None else set()))


def _kept(controls: Mapping[int, AddedToken]) -> frozenset[int]:
    return frozenset(
        number for number, token in controls.items() if any(part.lower() in token.content.lower() for part in _KEPT)
    )


def _texts(encoder: SpanEncoder, ids: frozenset[int]) -> set[str]:
    return {encoder.controls[number].content for number in ids if number in encoder.controls}


def _opens(render: Render, shape: Shape) -> str:
    """The tag of thinking that a prompt leaves open; empty where it leaves none."""
    try:
        text = render([message("user", "Hello", "user")], (), shape)
    except PromptError:
        return ""
    tail = text.rpartition("Hello")[2]
    return next((tag for tag, end in THINKING.items() if tail.rfind(tag) > tail.rfind(end)), "")


def _description(tool: ToolSchema) -> Mapping[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}
