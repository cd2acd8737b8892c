"""What a chat template can take, found out by rendering small conversations; and messages made to fit one that cannot.

Templates refuse a system message, or lose it in silence; many refuse two messages of one role in a row; some know no
tools. In: a way to render. Out: habits, and messages in which nothing is lost: a system text goes to the head of the
first question, and neighbours of one role become one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.errors import PromptError
from chatbot.messages import Message, Segment, ToolCall, message
from chatbot.prompting.chat_template import USUAL, Shape

Render = Callable[[Sequence[Message], Sequence[Mapping[str, object]], Shape], str]
"""Renders messages and tools to text, the generation prompt included. Raises PromptError where the template refuses."""

SHAPES = tuple(
    Shape(wordless, arguments, parts)
    for parts in (False, True)
    for arguments in ("table", "text")
    for wordless in ("absent", "none", "empty")
)
"""What messages may look like to a template, from the most usual to the least."""

_SYSTEM, _FIRST, _ANSWER, _SECOND = "habits-of-system", "habits-of-first", "habits-of-answer", "habits-of-second"
_TOOL, _ARGUMENT, _RESULT = "habits_of_tool", "habits-of-argument", "habits-of-result"
_OFFERED = {
    "type": "function",
    "function": {
        "name": _TOOL,
        "description": "Looks something up.",
        "parameters": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
    },
}
_GAP = Segment("\n\n", "author")


@dataclass(frozen=True, slots=True)
class Habits:
    """What a template takes."""

    shape: Shape = USUAL
    """The tables that it wants its messages in."""
    system: bool = True
    """A system message at the beginning."""
    late_system: bool = True
    """System messages further on."""
    neighbours: bool = True
    """Messages of one role in a row."""
    tools: bool = False
    """Tools, calls and their results."""


def habits(render: Render) -> Habits:
    """The habits of a template."""

    def takes(shape: Shape, *messages: Message, tools: Sequence[Mapping[str, object]] = ()) -> bool:
        """Whether all of the messages, and the tools, are to be seen in what the template makes of them."""
        try:
            text = render(messages, tools, shape)
        except PromptError:
            return False
        words = [said.text for said in messages if said.text]
        words += [_TOOL, _ARGUMENT] if any(said.tool_calls for said in messages) else []
        return all(word in text for word in words) and "None" not in text.partition(_FIRST)[2]

    system, first = message("system", _SYSTEM, "author"), message("user", _FIRST, "user")
    answer, second = message("assistant", _ANSWER, "model"), message("user", _SECOND, "user")
    call = Message("assistant", tool_calls=(ToolCall("call00001", _TOOL, f'{{"key": "{_ARGUMENT}"}}'),))
    result = Message("tool", (Segment(_RESULT, "tool"),), call_id="call00001")
    plain = next((shape for shape in SHAPES if takes(shape, first)), USUAL)
    called = next((shape for shape in SHAPES if takes(shape, first, call, result, tools=[_OFFERED])), None)
    shape = called or plain
    return Habits(
        shape,
        system=takes(shape, system, first),
        late_system=takes(shape, first, answer, system, second),
        neighbours=takes(shape, first, second),
        tools=called is not None,
    )


def fitted(messages: Sequence[Message], takes: Habits) -> list[Message]:
    """The messages as a template with these habits takes them. Nothing is left out."""
    fitting: list[Message] = []
    for each in messages:
        keeps = takes.system if not fitting else takes.late_system
        said = replace(each, role="user") if each.role == "system" and not keeps else each
        if fitting and _joins(fitting[-1], said, takes, moved=said is not each):
            before = fitting[-1]
            parts, images = (*before.parts, _GAP, *said.parts), (*before.images, *said.images)
            fitting[-1] = replace(before, parts=parts, images=images)
        else:
            fitting.append(said)
    return fitting


def _joins(before: Message, said: Message, takes: Habits, *, moved: bool) -> bool:
    """Whether two messages become one: where the template takes no neighbours, and where a system text has moved."""
    plain = not (before.tool_calls or said.tool_calls)
    alike = before.role == said.role and said.role in ("user", "assistant", "system")
    return plain and alike and (moved or not takes.neighbours)
