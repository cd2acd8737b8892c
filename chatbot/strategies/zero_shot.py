"""Ask directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chatbot.effects import Flow
from chatbot.prompting.extraction import Extraction
from chatbot.strategies.converse import converse
from chatbot.strategies.task import Outcome, Task

WHOLE = Extraction("text")
"""Where a prompt does not say how its answer is read: all of it."""


@dataclass(frozen=True, slots=True)
class ZeroShot:
    """The prompt alone, without demonstrations (Brown et al. 2020, arXiv 2005.14165, section 2)."""

    name: ClassVar[str] = "zero_shot"
    branches: ClassVar[bool] = False

    @property
    def demonstrates(self) -> int | None:
        """None are shown."""
        return 0

    def __call__(self, task: Task) -> Flow[Outcome]:
        """One request, and those that tools lead to."""
        said = yield from converse(task)
        return said.outcome(task.answer or WHOLE)
