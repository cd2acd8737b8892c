"""The form in which a model writes calls, learned from its own chat template; and the grammar that holds it to that.

In: how the template renders an answer that calls two tools. Out: the text before a name, between name and arguments,
between two calls, and after the last; where arguments are JSON, a grammar follows. The model stays free to answer in
words: only what begins as a call must become one of an offered tool, with arguments that its schema admits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

from chatbot.call_text import read
from chatbot.call_text.marked import OPENER
from chatbot.effects import ToolSchema
from chatbot.errors import PromptError
from chatbot.messages import Message, ToolCall, message

MOST_CALLS = 8
"""In one reply: as many as a turn allows by default."""

ID = "\0"
"""Stands for the id of a call in a form."""

_ID_PATTERN = "/[a-zA-Z0-9]{9}/"
"""What every family takes for an id; Mistral's templates take no other."""

_NAMES = ("form_of_first", "form_of_second")
_VALUE = "form-of-argument"
_IDS = ("form00001", "form00002")
_ARGUMENTS = r'(?s:\{\s*"key"\s*:\s*"' + _VALUE + r'"\s*\})'
_ID_MEMBER = re.compile(rf'(,\s*"\w*id"\s*:\s*"{ID}"|"\w*id"\s*:\s*"{ID}"\s*,\s*)')

Answered = Callable[[Sequence[Message], Sequence[ToolSchema]], str]
"""The text of a conversation, generation prompt included. Raises PromptError where the template refuses."""


@dataclass(frozen=True, slots=True)
class CallForm:
    """What stands around the names and arguments of calls."""

    head: str
    middle: str
    tail: str
    between: str | None = None
    """From the arguments of one call to the name of the next; None where there is but one call."""

    @property
    def trigger(self) -> str:
        """What no words of an answer may hold, since it begins a call."""
        mark = re.match(OPENER, self.head.lstrip(), re.IGNORECASE)
        return mark[0] if mark else self.head.lstrip()

    @property
    def marked(self) -> bool:
        """Whether a call is known by a mark, so that words may stand before it."""
        return re.match(OPENER, self.head.lstrip(), re.IGNORECASE) is not None

    def written(self, name: str, arguments: str) -> str:
        """A call in this form."""
        return f"{self.head}{name}{self.middle}{arguments}{self.tail}".replace(ID, _IDS[0])


HERMES = CallForm(
    '<tool_call>\n{"name": "',
    '", "arguments": ',
    "}\n</tool_call>",
    '}\n</tool_call>\n<tool_call>\n{"name": "',
)
"""What a model is asked for whose template knows no calls (see `call_text.described`)."""


def learned(answered: Answered, ends: Collection[str]) -> CallForm | None:
    """The form of a template; None where its calls are no JSON, or cannot be told from what stands around them.

    ends: the texts of tokens that end a turn.
    """
    schema = {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}
    tools = [ToolSchema(name, "Looks something up.", schema) for name in _NAMES]
    asked = [message("user", "habits-of-first", "user")]
    calls = tuple(ToolCall(call, name, json.dumps({"key": _VALUE})) for call, name in zip(_IDS, _NAMES, strict=True))
    try:
        prompt = answered(asked, tools)
    except PromptError:
        return None
    for count in (2, 1):
        try:
            text = answered([*asked, Message("assistant", tool_calls=calls[:count])], tools)
        except PromptError:
            continue
        if found := _form(text[_shared(prompt, text, ends) :], count, ends):
            return found
    return None


def _form(answer: str, calls: int, ends: Collection[str]) -> CallForm | None:
    one = rf"(?P<head>.*?){_NAMES[0]}(?P<middle>(?:(?!{_NAMES[1]}).)*?){_ARGUMENTS}"
    more = rf"(?P<between>.*?){_NAMES[1]}(?P<again>.*?){_ARGUMENTS}" if calls > 1 else ""
    last = "|".join(map(re.escape, sorted(ends, key=len, reverse=True)))
    found = re.match(rf"(?s:{one}{more}(?P<tail>.*?)(?:{last}))", answer)
    if found is None:
        return None
    parts = {name: _without_ids(text) for name, text in found.groupdict().items()}
    if not parts["head"].strip() or parts.get("again", parts["middle"]) != parts["middle"]:
        return None
    form = CallForm(parts["head"], parts["middle"], parts["tail"], parts.get("between"))
    known = [ToolSchema(_NAMES[0], "", {"type": "object"})]
    calls_read = read(form.written(_NAMES[0], '{"key": "x"}'), known).calls
    return form if [call.name for call in calls_read] == [_NAMES[0]] else None


def _without_ids(text: str) -> str:
    for call in _IDS:
        text = text.replace(call, ID)
    return text


def _shared(prompt: str, text: str, ends: Collection[str]) -> int:
    """Where an answer begins: behind what its text shares with the prompt, but not within a mark such as `<think>`."""
    at = next((at for at, pair in enumerate(zip(prompt, text, strict=False)) if pair[0] != pair[1]), len(prompt))
    for mark in re.finditer(r"<[^<>\s]{1,60}>|\[[A-Z_/]{1,40}\]", text):
        if mark.start() < at < mark.end():
            return mark.start()
    return at


def can_hold() -> bool:
    """Whether replies can be held to a grammar here."""
    return find_spec("llguidance") is not None


# --- the grammar ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marks:
    """Control tokens of a model."""

    ids: Mapping[str, int]
    """By their texts."""
    free: frozenset[int] = frozenset()
    """Ids that may stand in words."""
    thinking: tuple[int, int] | None = None
    """The ids that begin and end thinking, where these are tokens."""
    opened: bool = False
    """The prompt ends within thinking."""


def grammar(
    form: CallForm, tools: Sequence[ToolSchema], marks: Marks, *, answer: Mapping[str, object] | None = None
) -> str:
    """The replies of a model that may call these tools, as llguidance writes them (its dialect of Lark).

    answer: JSON Schema of a reply that calls none; None leaves the words free.
    """
    before = rf"{'(?s:.*)' if form.marked else ''}{_escaped(form.trigger)}"
    said = marks.free - {marks.ids.get(form.trigger), *(marks.thinking or ())}
    thought = marks.free - set(marks.thinking or ())
    rules = [
        "%llguidance {}",
        f"start: {_thinking(marks)}",
        f"reply: {'said' if answer is None else 'answer'} | {_opening(form, marks, said, words=answer is None)} calls",
        f"said: {_among('WORDS', said)}",
        f"thought: {_among('ANY', thought)}",
        f"begun[lazy]: /{before}/",
        f"answer: %json {json.dumps(_lenient(answer))}" if answer is not None else "",
        f"calls: call{_repeated(form, marks)} {_literal(form.tail, marks)}",
        "call: " + " | ".join(f"call_{number}" for number in range(len(tools))),
        *(rule for number, tool in enumerate(tools) for rule in _call(number, tool, form, marks)),
        "ANY: /(?s:.*)/",
        rf"WORDS: /(?s:.*)/ & ~/\s*{before}(?s:.*)/",
        r"SPACE: /\s{1,8}/",
    ]
    return "\n".join(filter(None, rules)) + "\n"


def _thinking(marks: Marks) -> str:
    """A reply, behind thinking, in which nothing is a call."""
    if marks.thinking is None:
        return "reply"
    begins, ends = marks.thinking
    whole = f"thought (<[{ends}]> reply)?"
    return whole if marks.opened else f"reply | SPACE? <[{begins}]> {whole}"


def _opening(form: CallForm, marks: Marks, said: Collection[int], *, words: bool) -> str:
    """All before the name of the first call, with words before it where there may be some, and calls have a mark."""
    head = form.head.lstrip()
    if not form.marked or not words:
        return f"SPACE? {_literal(head, marks)}"
    if form.trigger in marks.ids:
        return f"said {_literal(head, marks)}"
    return f"{_among('WORDS', said, closed=False)} begun {_literal(head.removeprefix(form.trigger), marks)}"


def _among(text: str, ids: Collection[int], *, closed: bool = True) -> str:
    """Text in which these tokens may stand; not closed: up to the last of them."""
    if not ids:
        return text if closed else ""
    token = f"<[{','.join(map(str, sorted(ids)))}]>"
    return f"{text} ({token} {text})*" if closed else f"({text} {token})*"


def _call(number: int, tool: ToolSchema, form: CallForm, marks: Marks) -> tuple[str, str]:
    return (
        f"call_{number}: {_quoted(tool.name)} {_literal(form.middle, marks)} arguments_{number}",
        f"arguments_{number}: %json {_arguments(json.dumps(_closed(tool.parameters)))}",
    )


@lru_cache(maxsize=256)
def _arguments(schema: str) -> str:
    """The schema, or that of any object where llguidance cannot follow it at all."""
    from llguidance import LLMatcher

    wrong = LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(schema))
    return json.dumps(_lenient({"type": "object"})) if wrong else schema


def _repeated(form: CallForm, marks: Marks) -> str:
    return f" ({_literal(form.between, marks)} call){{0,{MOST_CALLS - 1}}}" if form.between is not None else ""


def _literal(text: str, marks: Marks) -> str:
    """A text as a sequence of the grammar: control tokens by id, ids of calls as a pattern, the rest quoted."""
    parts: list[str] = []
    for at, piece in enumerate(_ID_MEMBER.split(text)):
        if at % 2:
            before, _, after = piece.partition(ID)
            parts.append(f"({_quoted(before)} {_ID_PATTERN} {_quoted(after)})?")
            continue
        for place, plain in enumerate(piece.split(ID)):
            parts += [_ID_PATTERN] if place else []
            parts += _tokens(plain, marks.ids)
    return " ".join(parts)


def _tokens(text: str, ids: Mapping[str, int]) -> list[str]:
    known = "|".join(map(re.escape, sorted(ids, key=len, reverse=True)))
    pieces = re.split(f"({known})", text) if known else [text]
    return [f"<[{ids[piece]}]>" if piece in ids else _quoted(piece) for piece in pieces if piece]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _escaped(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$/])", r"\\\1", text).replace("\n", r"\n")


def _closed(schema: Mapping[str, object]) -> dict[str, object]:
    """The arguments' schema: no names but its own, unless it says so."""
    says = {"additionalProperties", "unevaluatedProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf"}
    return _lenient(schema if says & schema.keys() else {**schema, "additionalProperties": False})


def _lenient(schema: Mapping[str, object]) -> dict[str, object]:
    """The schema, of which llguidance may leave out what it does not know: the dispatcher checks all of it anyway."""
    from chatbot.models.local.constraint import SPACE  # it needs torch, which a prompt does not

    return {**schema, "x-guidance": {"lenient": True, "whitespace_pattern": SPACE}}
