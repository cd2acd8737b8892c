"""Break a question down into simpler ones, and answer them in turn, the question itself last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from chatbot.effects import Flow, Generate
from chatbot.errors import BudgetSpent, UsageError
from chatbot.messages import Message, Reply, Segment, Step, ToolUse, message
from chatbot.strategies.chain_of_thought import AFTER_MARKER, LAST_LINE
from chatbot.strategies.converse import Said, converse, tool_step
from chatbot.strategies.subquestions import letters, read_questions
from chatbot.strategies.task import Outcome, Task, added, ending

DECOMPOSE = (
    "\n\nDo not answer yet. Which simpler questions lead to the answer? List at most {most} of them, a line each, "
    "numbered, each building on those before it. Leave out the question itself, and write nothing else."
)
FIRST = "\n\nDo not answer that yet. Answer only this simpler question first: "
NEXT = "Now only this one: "
LAST = "Now answer the question that all this began with, from what you have found out."


@dataclass(frozen=True, slots=True)
class LeastToMost:
    """Simpler questions first (Zhou et al. 2022, arXiv 2205.10625).

    subquestions: most of them. Each costs a request, and the answers before it are read again with it; five hold the
        problems of school mathematics, and a list without a bound lets one bad reply cost a hundred requests.

    The paper shows worked decompositions for each kind of task; here the model is asked for one in words, so that any
    prompt will do. A reply that lists no questions, or was cut, leads to a direct answer.
    """

    name: ClassVar[str] = "least_to_most"
    branches: ClassVar[bool] = False
    subquestions: int = 5

    def __post_init__(self) -> None:
        if self.subquestions < 1:
            raise UsageError(
                f"least_to_most cannot ask {self.subquestions} subquestions", hint="subquestions: at least 1"
            )

    @property
    def demonstrates(self) -> int | None:
        """None are shown: those of a pool answer at once."""
        return 0

    def __call__(self, task: Task) -> Flow[Outcome]:
        """A request for the subquestions, one for each, one for the answer, and those that tools lead to."""
        wish = ending(task.request, DECOMPOSE.format(most=self.subquestions))
        listed: Reply = yield replace(wish, purpose="step", tools=())
        questions = self._questions(listed, task.request.messages[-1])
        note = "" if questions else "it lists no simpler questions, so the question is answered at once"
        steps = [Step("decomposition", listed.text, note=note)]
        uses: list[ToolUse] = []
        try:
            return (yield from _in_turn(task, questions, steps, uses))
        except BudgetSpent as error:
            why, text = error.message, steps[-1].text if len(steps) > 1 else ""
            return Outcome(text, None, Step(self.name, text, note=why, steps=tuple(steps)), tuple(uses), limit=why)

    def _questions(self, listed: Reply, question: Message) -> tuple[str, ...]:
        """The subquestions; of a list that was cut none, since its last may be half a question."""
        if listed.finish != "complete":
            return ()
        found = read_questions(listed.text, self.subquestions + 1)
        whole = letters(question.text)
        return tuple(each for each in found if not whole.endswith(letters(each)))[: self.subquestions]


def _in_turn(task: Task, questions: Sequence[str], steps: list[Step], uses: list[ToolUse]) -> Flow[Outcome]:
    """Answers the subquestions and then the question; what was done until then stands in `steps` and `uses`."""
    request, limits = task.request, []
    for number, question in enumerate(questions):
        asked = _asking(request, FIRST if number == 0 else NEXT, question, first=number == 0)
        said = yield from converse(task, replace(asked, purpose="step"))
        steps.append(Step("subquestion", said.reply.text, note=question, steps=tuple(map(tool_step, said.uses))))
        uses += said.uses
        limits.append(said.limit)
        request = _answered(said)
    request = replace(request, purpose=task.request.purpose)
    said = yield from converse(task, _concluding(request, task, after=bool(questions)))
    last = said.outcome(task.answer or AFTER_MARKER, "answer")
    trace = Step(LeastToMost.name, last.text, last.answer, steps=(*steps, last.trace))
    limit = next(filter(None, [*limits, last.limit]), "")
    return replace(last, trace=trace, uses=(*uses, *said.uses), limit=limit)


def _asking(request: Generate, words: str, question: str, *, first: bool) -> Generate:
    """The request with a subquestion, which is the model's text between words of the author."""
    parts = (Segment(words, "author"), Segment(question, "model"))
    if not first:
        return added(request, Message("user", parts))
    *before, last = request.messages
    return replace(request, messages=(*before, replace(last, parts=(*last.parts, *parts))))


def _answered(said: Said) -> Generate:
    """The request with its answer; calls that were not run are left out, since nothing answers them."""
    return added(said.request, message("assistant", said.reply.text.strip() or "I do not know.", "model"))


def _concluding(request: Generate, task: Task, *, after: bool) -> Generate:
    """The request for the answer, in the form in which it is read."""
    form = "" if task.answer else LAST_LINE
    if after:
        return added(request, message("user", f"{LAST} {form}".strip(), "author"))
    return ending(request, f"\n\n{form}") if form else request
