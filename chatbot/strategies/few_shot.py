"""Ask with worked demonstrations before the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chatbot.effects import Flow
from chatbot.strategies.converse import converse
from chatbot.strategies.task import Outcome, Shot, Task, with_shots
from chatbot.strategies.zero_shot import WHOLE


@dataclass(frozen=True, slots=True)
class FewShot:
    """The demonstrations that the prompt selects, then the question (Brown et al. 2020, arXiv 2005.14165)."""

    name: ClassVar[str] = "few_shot"
    branches: ClassVar[bool] = False

    @property
    def demonstrates(self) -> int | None:
        """As many as the prompt selects."""
        return None

    def __call__(self, task: Task) -> Flow[Outcome]:
        """One request. Raises PromptError where there are no demonstrations."""
        return (yield from _ask(task, task.need_shots(self.name)))


@dataclass(frozen=True, slots=True)
class OneShot:
    """One demonstration, then the question (Brown et al. 2020, arXiv 2005.14165)."""

    name: ClassVar[str] = "one_shot"
    branches: ClassVar[bool] = False

    @property
    def demonstrates(self) -> int | None:
        """One."""
        return 1

    def __call__(self, task: Task) -> Flow[Outcome]:
        """One request. Raises PromptError where there are no demonstrations."""
        return (yield from _ask(task, task.need_shots(self.name)[:1]))


def _ask(task: Task, shots: tuple[Shot, ...]) -> Flow[Outcome]:
    said = yield from converse(task, with_shots(task.request, shots, lambda shot: shot.answer))
    return said.outcome(task.answer or WHOLE)
