"""Think, act, observe: the model calls tools step by step until it knows the answer, and votes where it never does.

Models with tool calls make them in the protocol, others in text (`react_text`); the loop is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from chatbot.effects import Flow, Generate, ToolSchema
from chatbot.errors import BudgetSpent, ContextOverflow, ToolsRefused, UsageError, nearest
from chatbot.messages import Message, Reply, Segment, Step, ToolCall, ToolUse, message
from chatbot.strategies import react_text
from chatbot.strategies.call_limits import is_repeated
from chatbot.strategies.converse import tool_step
from chatbot.strategies.self_consistency import SelfConsistency
from chatbot.strategies.spoken_calls import in_words_only, with_leaked
from chatbot.strategies.task import Acted, Outcome, Strategy, Task, added, ending
from chatbot.strategies.tool_input import arguments
from chatbot.strategies.zero_shot import WHOLE
from chatbot.tools.result_pages import READ_RESULT, offering, tell_of_pages

NATIVE = (
    "\n\nBefore each call of a tool say in a sentence what you know and what you still need. Do not repeat a call. "
    "When you know the answer, reply with it and call nothing."
)
NO_ACTION = "that is neither an action nor an answer; write an Action and an Action Input, or a Final Answer"
EMPTY = "your reply is empty; call a tool, or reply with the answer"

FINISH = ("finish", "finalanswer")
"""What models write as an action when they mean the answer; the first is the paper's."""


@dataclass(frozen=True, slots=True)
class React:
    """Reasoning and acting in turn (Yao et al. 2022, arXiv 2210.03629).

    steps: most requests; 7 are the paper's for HotpotQA, more did not help there. The action of the last is not run,
        since nothing could be made of its result.
    fallback: what answers, without tools, where the steps lead to no answer. With self-consistency that is the pair
        which did best on HotpotQA in the paper (table 1), where ReAct alone did worse than reasoning. 21 samples are
        the paper's; adaptive, since most votes are decided after four. None: no answer.
    form: `native` calls tools in the protocol, `text` in words; None for what the model is known to be able to. Not
        every endpoint says that its model knows no calls.
    """

    name: ClassVar[str] = "react"
    branches: ClassVar[bool] = False
    steps: int = 7
    fallback: Strategy | None = field(default_factory=lambda: SelfConsistency(samples=21, adaptive=True))
    form: Literal["native", "text"] | None = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise UsageError(f"react cannot take {self.steps} steps", hint="steps: at least 1")

    @property
    def demonstrates(self) -> int | None:
        """What the fallback does; the steps themselves show none."""
        return self.fallback.demonstrates if self.fallback else 0

    def __call__(self, task: Task) -> Flow[Outcome]:
        """A request for each step, its calls between them, and the fallback. Raises UsageError without tools."""
        if not task.request.tools:
            hint = "offer some; a vote in a chat and /compare offer none"
            raise UsageError("react acts through tools, and none are offered here", hint=hint)
        native = self.form == "native" or (self.form is None and task.abilities.tools)
        try:
            return (yield from self._take_steps(task, native=native))
        except ToolsRefused:
            if self.form or not native:
                raise
        return (yield from self._take_steps(in_words_only(task), native=False))

    def _take_steps(self, task: Task, *, native: bool) -> Flow[Outcome]:
        path = _Path(task, _native(task.request) if native else _in_words(task.request), native)
        try:
            failed = yield from self._walk(path)
        except BudgetSpent as error:
            if not path.steps:
                raise
            return path.unfinished(error.message)
        except ContextOverflow:
            if not path.steps:
                raise
            failed = "the steps no longer fit the model's context"
        return (yield from self._fall_back(path, failed)) if isinstance(failed, str) else failed

    def _walk(self, path: _Path) -> Flow[Outcome | str]:
        """The outcome, or why there is none."""
        for number in range(1, self.steps + 1):
            reply: Reply = yield path.request
            move = path.read(with_leaked(reply, path.request), number)
            if move.final is not None:
                return path.outcome(move.final, move.thought, reply)
            if reply.finish != "complete":
                path.steps.append(Step("thought", move.thought, note=f"the reply ended early: {reply.finish}"))
                return f"the reply of step {number} ended early ({reply.finish})"
            if number == self.steps:
                path.steps.append(Step("thought", move.thought, note="the steps are over, so its action was not run"))
            else:
                yield from path.act(move)
        return f"react came to no answer in {self.steps} steps"

    def _fall_back(self, path: _Path, why: str) -> Flow[Outcome]:
        """What the fallback answers; what was found with tools stays in the trace."""
        if self.fallback is None:
            return path.unfinished(why)
        task = path.task
        try:
            found = yield from self.fallback(task.asking(replace(task.request, tools=())))
        except BudgetSpent as error:
            return path.unfinished(f"{why}, and {error.message}")
        told = f"{why}, so {self.fallback.name} answered"
        trace = Step("react", found.text, found.answer, note=told, steps=(*path.steps, found.trace))
        limit = "; ".join(filter(None, (told, found.limit)))
        return replace(found, trace=trace, uses=(*path.uses, *found.uses), limit=limit)


@dataclass(frozen=True, slots=True)
class _Move:
    """What a reply comes to: calls, or an answer, or neither."""

    said: Message
    """The reply, as it goes back to the model."""
    thought: str
    calls: tuple[ToolCall, ...] = ()
    final: str | None = None
    wrong: str = ""
    """What the model is told where it made no call that could be run."""


@dataclass(slots=True)
class _Path:
    """Thoughts, actions and observations so far."""

    task: Task
    request: Generate
    """What is asked next."""
    native: bool
    steps: list[Step] = field(default_factory=list)
    uses: list[ToolUse] = field(default_factory=list)

    def read(self, reply: Reply, number: int) -> _Move:
        """What a reply comes to."""
        if not self.native:
            pages = (READ_RESULT,) if tell_of_pages(self.request.messages) else ()
            return _read_text(reply.text, (*self.task.request.tools, *pages), f"step-{number}")
        answered = reply.text.strip() and not reply.tool_calls
        wrong = "" if answered or reply.tool_calls else EMPTY
        return _Move(reply.as_message(), reply.text, reply.tool_calls, reply.text if answered else None, wrong)

    def act(self, move: _Move) -> Flow[None]:
        """Makes the calls, and tells the model what came of each."""
        acted: list[Acted] = []
        if move.calls:
            acted = yield from self.task.act(Reply(move.thought, move.calls), self.request, self.task.limits)
        told = [said for _, said in acted]
        if not self.native:
            told = [Message("user", (Segment("Observation: ", "author"), *each.parts)) for each in told]
        if move.wrong:
            told.append(message("user", f"{'' if self.native else 'Observation: '}{move.wrong}", "author"))
        said = move.said if move.said.parts or move.said.tool_calls else message("assistant", "…", "author")
        self.request = offering(added(self.request, said, *told))
        if self.task.limits.over:
            self.request = replace(self.request, tools=())
        self.uses += [use for use, _ in acted]
        again = [f"made before: {use.call.name} {use.call.arguments}" for use, _ in acted if is_repeated(use.result)]
        tools = tuple(tool_step(use) for use, _ in acted)
        self.steps.append(Step("thought", move.thought, note=move.wrong or "; ".join(again), steps=tools))

    def outcome(self, final: str, thought: str, reply: Reply) -> Outcome:
        """The answer that the model gave."""
        wanted = self.task.answer or WHOLE
        answer = wanted.of(final)
        if answer is None and not self.native:
            answer = wanted.of(f"Final Answer: {final}")  # for a prompt whose answer follows such a marker
        last = Step("answer", final, answer, note="" if thought == final else thought)
        trace = Step("react", final, answer, steps=(*self.steps, last))
        over = self.task.limits.over
        return Outcome(final, answer, trace, tuple(self.uses), reply.finish, reply.declined, limit=over)

    def unfinished(self, why: str) -> Outcome:
        """The last thought, which is no answer."""
        text = self.steps[-1].text
        return Outcome(text, None, Step("react", text, note=why, steps=tuple(self.steps)), tuple(self.uses), limit=why)


def _native(request: Generate) -> Generate:
    return replace(ending(request, NATIVE), purpose="step")


def _in_words(request: Generate) -> Generate:
    from chatbot.call_text import in_words

    return in_words(react_text.asking(request))


def _read_text(text: str, tools: Sequence[ToolSchema], call_id: str) -> _Move:
    """What a reply in text comes to."""
    written = react_text.read(text)
    said = Message("assistant", (Segment(written.kept, "model"),) if written.kept else ())
    if written.final is not None:
        return _Move(said, written.thought, final=written.final)
    if not written.action:
        return _Move(said, written.thought, wrong=NO_ACTION)
    tool = next((each for each in tools if _letters(each.name) == _letters(written.action)), None)
    if tool is None and _letters(written.action) in FINISH and written.argument:
        return _Move(said, written.thought, final=written.argument)
    if tool is None:
        known = nearest(written.action, [each.name for each in tools])
        return _Move(said, written.thought, wrong=f"there is no tool {written.action!r} ({known})")
    call = ToolCall(call_id, tool.name, arguments(written.argument, tool.parameters))
    return _Move(said, written.thought, (call,))


def _letters(name: str) -> str:
    """A name by its letters and digits: models write `Search Knowledge` for `search_knowledge`."""
    return "".join(filter(str.isalnum, name)).casefold()
