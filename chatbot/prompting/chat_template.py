"""Models' chat templates: the `chat_template` of a tokenizer's configuration, rendered to text that keeps its origins.

Takes messages and gives spans: what the template wrote is marked so, what the messages hold keeps its origin. So a
tokenizer can look for special tokens in the template's spans alone, and none that stands in a prompt, a question, a
document or a tool's result is ever special. Templates are programs of strangers: they run in `jinja`, which has no way
out and counts every step and character. Reads no clock, no file and no setting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from jinja2 import nodes

from chatbot.errors import PromptError
from chatbot.messages import Message, ToolCall
from chatbot.prompting.budget import MAX_CHARACTERS, MAX_STEPS, Budget, OverBudget
from chatbot.prompting.jinja.functions import functions
from chatbot.prompting.jinja.reading import read_tree
from chatbot.prompting.jinja.rendering import Rendering, Scope
from chatbot.prompting.jinja.statements import run_block
from chatbot.prompting.jinja.values import TemplateFault, as_traced, literal
from chatbot.prompting.provenance import Span, from_parts, joined, traced

STEPS_FOR_A_VALUE = 100
"""Steps of a rendering for each value in what is rendered, besides those everyone has: templates take about twenty."""

WORK_FOR_A_CHARACTER = 16
"""How often a rendering may handle each character it is given, besides what everyone has: templates do about five
times."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The tables in which a template wants its messages. Templates differ here, and none says which it wants."""

    wordless: Literal["absent", "none", "empty"] = "absent"
    """The content of a message that only calls tools; left out, as transformers does."""
    arguments: Literal["table", "text"] = "table"
    """The arguments of a call: an object, or its JSON text."""
    parts: bool = False
    """Content is a list of parts, `[{"type": "text", "text": …}]`, as models that see images have it; a message with
    images has it always."""


USUAL = Shape()
"""What most templates want."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """A template that was read and found good."""

    name: str
    """What errors call it."""
    tree: nodes.Template = field(repr=False, compare=False)

    @classmethod
    def read(cls, source: str, *, name: str = "chat template") -> ChatTemplate:
        """The template of this text. Raises PromptError, with the line, for what cannot be rendered."""
        return cls(name, read_tree(source, name))

    def render(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, object]] = (),
        add_generation_prompt: bool = True,
        now: datetime | None = None,
        shape: Shape = USUAL,
        **variables: object,
    ) -> tuple[Span, ...]:
        """The conversation as the model reads it; neighbours of one writer are one span.

        `tools` are their descriptions as an endpoint takes them, and count as the tools' words. `variables` are what
        the tokenizer's configuration and the caller add: `bos_token="<s>"`, `enable_thinking=False`; texts among them
        count as the template's, and a `Segment` keeps its origin. `now` is what `strftime_now` shows; without it the
        template does not know of a date. Raises PromptError in one line for a template that refuses the conversation,
        does what its values cannot, or grows too long.
        """
        taken = Budget()
        run = Rendering(taken)
        try:
            scope = Scope(
                {
                    **{name: as_traced(value, "template", taken) for name, value in variables.items()},
                    "messages": _tables(messages, shape, taken),
                    "tools": as_traced(tools, "tool", taken) if tools else None,
                    "add_generation_prompt": add_generation_prompt,
                }
            )
            run.budget = _in_proportion(taken)
            scope.outer = Scope(dict(functions(run.budget, now)))
            if run_block(run, self.tree.body, scope):
                raise TemplateFault("break and continue belong into a loop")
            text = joined(run.written)
        except (TemplateFault, OverBudget) as error:
            raise self._error(run.line, error.message) from None
        except RecursionError:
            raise self._error(run.line, "values are nested too deeply") from None
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:  # what Python says of values like these
            raise self._error(run.line, str(error)) from error
        if len(text) > MAX_CHARACTERS:
            raise self._error(run.line, f"it is longer than {MAX_CHARACTERS:,} characters")
        return text.spans

    def _error(self, line: int, message: str) -> PromptError:
        return PromptError(f"{self.name}:{line}: the conversation cannot be rendered: {' '.join(message.split())}")


def _in_proportion(taken: Budget) -> Budget:
    """What a rendering may take, by what it was given."""
    steps = MAX_STEPS + STEPS_FOR_A_VALUE * (MAX_STEPS - taken.steps)
    return Budget(steps, MAX_CHARACTERS + WORK_FOR_A_CHARACTER * (MAX_CHARACTERS - taken.characters))


def _tables(messages: Sequence[Message], shape: Shape, budget: Budget) -> list[object]:
    """The messages as templates know them: tables with the keys of the OpenAI protocol."""
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    return [as_traced(_table(message, names, shape), "template", budget) for message in messages]


def _table(message: Message, names: Mapping[str, str], shape: Shape) -> Mapping[str, object]:
    """Keys that a message has no value for are left out: templates ask whether they are there."""
    table: dict[str, object] = {"role": message.role}
    text = from_parts(message.parts)
    if message.text or not message.tool_calls or shape.wordless == "empty":
        table["content"] = [*_marks(message), {"type": "text", "text": text}] if shape.parts or message.images else text
    elif shape.wordless == "none":
        table["content"] = None
    if message.tool_calls:
        table["tool_calls"] = [_call(call, shape) for call in message.tool_calls]
    if message.call_id is not None:
        table["tool_call_id"] = traced(message.call_id, "model")
        if message.call_id in names:
            table["name"] = traced(names[message.call_id], "model")
    return table


def _marks(message: Message) -> list[object]:
    """A part for each picture: where it stands, not what it is."""
    return [{"type": "image"} for _ in message.images]


def _call(call: ToolCall, shape: Shape) -> Mapping[str, object]:
    """A call, with its arguments as a table where they are one and the template wants it."""
    try:
        arguments = json.loads(call.arguments) if shape.arguments == "table" else None
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        arguments = call.arguments
    function = {literal("name"): call.name, literal("arguments"): arguments}
    return {
        "id": traced(call.id, "model"),
        "type": "function",
        "function": as_traced(function, "model", Budget()),
    }
