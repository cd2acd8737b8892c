"""Ask for the reasoning first, and for the answer after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from chatbot.effects import Flow
from chatbot.messages import Step, message
from chatbot.prompting.extraction import Extraction
from chatbot.strategies.converse import Said, converse
from chatbot.strategies.task import Outcome, Shot, Task, added, ending, with_shots

MARKER = "Answer:"
"""Begins the line that holds the answer alone."""

AFTER_MARKER = Extraction("after", {"marker": MARKER})
"""Where a prompt does not say how its answer is read from a chain of thought."""

LAST_LINE = f"End with a line that holds the answer alone, after the word {MARKER!r}."

ANSWER_TRIGGERS: Mapping[str, str] = {
    "last_number": "Therefore, the answer (arabic numerals) is",
    "choice": "Therefore, among the choices, the answer (its letter) is",
    "yes_no": "Therefore, the answer (Yes or No) is",
}
"""What asks for the answer alone, by how it is read: the triggers of Kojima et al. 2022, table 9, worded for chat."""


@dataclass(frozen=True, slots=True)
class ZeroShotCot:
    """Reasoning without demonstrations (Kojima et al. 2022, arXiv 2205.11916).

    calls: 2 as in the paper, the second of which reads the answer off the reasoning; 1 asks for both at once, which is
        cheaper and with chat models usually as good.
    trigger: what makes the model reason; this one won among 16 in the paper's table 4.
    """

    name: ClassVar[str] = "zero_shot_cot"
    branches: ClassVar[bool] = False
    calls: Literal[1, 2] = 2
    trigger: str = "Let's think step by step."

    @property
    def demonstrates(self) -> int | None:
        """None are shown."""
        return 0

    def __call__(self, task: Task) -> Flow[Outcome]:
        """One request for the reasoning, and with `calls: 2` one for the answer."""
        if self.calls == 1:
            said = yield from converse(task, ending(task.request, f"\n\n{self.trigger} {LAST_LINE}"))
            return said.outcome(task.answer or AFTER_MARKER, "reasoning")
        said = yield from converse(task, ending(task.request, f"\n\n{self.trigger}"))
        if said.reply.finish != "complete":
            return said.outcome(task.answer or AFTER_MARKER, "reasoning")
        return (yield from _conclude(task, said))


@dataclass(frozen=True, slots=True)
class FewShotCot:
    """Demonstrations that reason before they answer (Wei et al. 2022, arXiv 2201.11903)."""

    name: ClassVar[str] = "few_shot_cot"
    branches: ClassVar[bool] = False

    @property
    def demonstrates(self) -> int | None:
        """As many as the prompt selects."""
        return None

    def __call__(self, task: Task) -> Flow[Outcome]:
        """One request. Raises PromptError where a demonstration has no rationale."""
        shots = task.need_shots(self.name, rationales=True)
        said = yield from converse(task, with_shots(task.request, shots, _reasoned))
        return said.outcome(task.answer or AFTER_MARKER, "reasoning")


def _reasoned(shot: Shot) -> str:
    return f"{shot.rationale}\n{MARKER} {shot.answer}"


def _conclude(task: Task, said: Said) -> Flow[Outcome]:
    """Asks for the answer alone, behind the reasoning."""
    wanted = task.answer or Extraction("text")
    wish = message(
        "user", f"{ANSWER_TRIGGERS.get(wanted.kind, 'Therefore, the answer, and nothing else, is')}", "author"
    )
    second = replace(added(said.request, said.reply.as_message(), wish), purpose="step", tools=())
    concluded = yield from converse(task, second)
    stated = concluded.reply.text.strip()
    answer = wanted.of(stated)
    text = f"{said.reply.text.rstrip()}\n\n{MARKER} {stated}"
    steps = (Step("reasoning", said.reply.text), Step("conclusion", stated, answer))
    trace = Step("chain of thought", text, answer, steps=steps)
    return Outcome(text, answer, trace, said.uses, concluded.reply.finish, shown=said.shown, limit=said.limit)
