"""Which functions a variant calls: those of the item are offered, the calls are kept, and none is run.

An item offers functions by a field `function` or `functions` that lists their declarations, in any dialect. A prompt
that takes such a field shows them itself, and the calls are read from the text of the reply. Any other is offered them
as tools: in the protocol, or, to a model that takes none, described in the prompt as a chat would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from chatbot.effects import Flow, Generate
from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.contender import Contender
from chatbot.evaluation.records import Item
from chatbot.messages import Reply, Step, ToolCall, ToolResult, ToolUse
from chatbot.strategies.attempt import Means, attempt
from chatbot.strategies.call_limits import CallLimits
from chatbot.strategies.spending import metered
from chatbot.strategies.task import Acted, Outcome
from chatbot.tools import Tool, parse_calls

FIELDS = ("function", "functions")
"""Fields in which datasets keep the functions that an item offers."""


def offered(item: Item) -> tuple[Tool, ...]:
    """The functions that an item offers; none where no field declares any.

    Raises UsageError for a declaration that cannot be understood.
    """
    for name in FIELDS:
        listed = item.fields.get(name)
        if isinstance(listed, list) and listed and all(isinstance(each, Mapping) for each in listed):
            return tuple(Tool.from_schema(each) for each in listed)
    return ()


def check_offered(items: Sequence[Item], path: Path) -> None:
    """Looks at the functions of all items before anything is asked. Raises ProjectError, with file and line."""
    for item in items:
        try:
            offered(item)
        except UsageError as error:
            hint = error.hint or f"a field {' or '.join(FIELDS)} lists declarations of functions"
            raise ProjectError(f"{path}:{item.line}: {error.message}", hint=hint) from None


def choose(contender: Contender, item: Item, tools: Sequence[Tool], means: Means) -> Flow[Outcome]:
    """What a variant answers, with the calls that it makes first; an answer without any may be the right one."""
    prompt, inputs = contender.prompt, contender.inputs(item)
    if any(name in prompt.inputs for name in FIELDS):
        outcome = yield from attempt(prompt, inputs, contender.strategy, means)
        calls = parse_calls(outcome.text, tools) if outcome.finish == "complete" else []
        return replace(outcome, uses=tuple(map(_kept, calls)))
    means = replace(means, tools=tuple(tool.schema for tool in tools), act=_keep)
    outcome, usage = yield from metered(_until_called(attempt(prompt, inputs, contender.strategy, means)))
    return replace(outcome, usage=usage)


class _Called(Exception):  # it ends a flow, and nothing is wrong
    """The model has called something, which is all that is asked of it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("the model has called its functions")
        self.reply = reply


def _keep(reply: Reply, request: Generate, limits: CallLimits) -> Flow[list[Acted]]:
    """In place of running the calls."""
    raise _Called(reply)


def _until_called(flow: Flow[Outcome]) -> Flow[Outcome]:
    try:
        return (yield from flow)
    except _Called as called:
        reply = called.reply
        uses = tuple(map(_kept, reply.tool_calls))
        return Outcome(reply.text, None, Step("draw", reply.text), uses, reply.finish, reply.declined)


def _kept(call: ToolCall) -> ToolUse:
    return ToolUse(call, ToolResult(call.id, call.name, "", attempts=0, note="an eval looks at the call alone"))
