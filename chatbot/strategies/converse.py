"""A model's answer to one request, through as many calls of tools as it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatbot.effects import Flow, Generate
from chatbot.errors import BudgetSpent
from chatbot.messages import Reply, Step, ToolUse
from chatbot.prompting.extraction import Extraction
from chatbot.strategies.spoken_calls import ask, in_words_only
from chatbot.strategies.task import Outcome, Task, added
from chatbot.tools.result_pages import offering


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a request."""

    reply: Reply
    """The last one, which calls no tool unless a bound was reached."""
    request: Generate
    """What the last reply answers: the request with all calls and results."""
    uses: tuple[ToolUse, ...] = ()
    limit: str = ""
    """Which bound ended the use of tools, where one did, or why calls that the model began are left out."""
    shown: str = ""
    """What of the reply has been streamed to whoever watches."""

    def outcome(self, answer: Extraction, kind: str = "draw") -> Outcome:
        """The reply as a whole answer."""
        found = answer.of(self.reply.text)
        tools = tuple(tool_step(use) for use in self.uses)
        step = Step(kind, self.reply.text, found, note=_note(self.reply), steps=tools)
        return Outcome(
            self.reply.text,
            found,
            step,
            self.uses,
            self.reply.finish,
            self.reply.declined,
            shown=self.shown,
            limit=self.limit,
        )


def converse(task: Task, request: Generate | None = None) -> Flow[Said]:
    """Asks until the model stops calling tools, or a bound is reached: of rounds, of calls, of the budget.

    The last round, and the one after too many calls, is offered no tools. Raises BudgetSpent where nothing was asked.
    """
    request = request or task.request
    said = Said(Reply(""), request)
    for asked in range(1, task.rounds + 1):
        limit = _limit(task, asked) if said.uses else ""
        final = bool(limit) or asked == task.rounds
        try:
            answered = yield from ask(task, said.request, offer=not final)
        except BudgetSpent as error:
            if asked == 1:
                raise
            return replace(said, reply=replace(said.reply, tool_calls=()), limit=error.message)
        reply = answered.reply
        if answered.spoken:
            task = in_words_only(task)
        said = replace(said, reply=reply, limit=limit or answered.limit, shown=answered.shown)
        if final and reply.tool_calls:
            return replace(said, limit=f"the model went on calling tools after {asked} rounds; the last were not run")
        if not reply.tool_calls:
            break
        acted = yield from task.act(reply, said.request, task.limits)
        request = offering(added(said.request, reply.as_message(), *(message for _, message in acted)))
        said = replace(said, request=request, uses=(*said.uses, *(use for use, _ in acted)))
    return said


def _limit(task: Task, asked: int) -> str:
    """Why this request is offered no tools, if it is not."""
    if task.limits.over or asked < task.rounds:
        return task.limits.over
    return f"the {task.rounds} rounds of the turn were over, and the model had to answer"


def tool_step(use: ToolUse) -> Step:
    """A call and its result, as a trace shows them."""
    return Step("tool", use.result.text, note=f"{use.call.name} {use.call.arguments}")


def _note(reply: Reply) -> str:
    return "" if reply.finish == "complete" else f"the reply ended early: {reply.finish}"
