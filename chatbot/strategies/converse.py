"""A model's answer to one request, through as many calls of tools as it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatbot.effects import Flow, Generate
from chatbot.messages import Reply, Step, ToolUse
from chatbot.prompting.extraction import Extraction
from chatbot.strategies.task import Outcome, Task, added
from chatbot.tools.result_pages import offering


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a request."""

    reply: Reply
    """The last one, which calls no tool unless the rounds ran out."""
    request: Generate
    """What the last reply answers: the request with all calls and results."""
    uses: tuple[ToolUse, ...] = ()
    rounds: int = 1
    """How often it was asked."""

    @property
    def shown(self) -> str:
        """What of it has been streamed to whoever watches."""
        return self.reply.text if self.request.purpose == "answer" else ""

    @property
    def limit(self) -> str:
        """Why the tools were stopped, where they were."""
        if not self.reply.tool_calls:
            return ""
        return f"the model went on calling tools after {self.rounds} rounds, and the last calls were not run"

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
    """Asks until the model stops calling tools, `task.rounds` times at most; the last time without tools."""
    request = request or task.request
    uses: tuple[ToolUse, ...] = ()
    for asked in range(1, task.rounds + 1):
        left = task.rounds - asked
        reply: Reply = yield request if left else replace(request, tools=())
        if not reply.tool_calls or not left:
            break
        acted = yield from task.act(reply, request)
        uses += tuple(use for use, _ in acted)
        request = offering(added(request, reply.as_message(), *(said for _, said in acted)))
    return Said(reply, request, uses, asked)


def tool_step(use: ToolUse) -> Step:
    """A call and its result, as a trace shows them."""
    return Step("tool", use.result.text, note=f"{use.call.name} {use.call.arguments}")


def _note(reply: Reply) -> str:
    return "" if reply.finish == "complete" else f"the reply ended early: {reply.finish}"
