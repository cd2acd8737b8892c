"""Sample several lines of reasoning, and take the answer most of them come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from chatbot.effects import Flow
from chatbot.errors import BudgetSpent, ChatbotError, UsageError
from chatbot.messages import Step
from chatbot.sampling import Sampling
from chatbot.strategies.chain_of_thought import FewShotCot, ZeroShotCot
from chatbot.strategies.side_by_side import side_by_side
from chatbot.strategies.task import Outcome, Strategy, Task
from chatbot.strategies.votes import Vote, count


@dataclass(frozen=True, slots=True)
class SelfConsistency:
    """Majority vote over samples (Wang et al. 2022, arXiv 2203.11171).

    over: what is sampled; None is few_shot_cot where there are demonstrations, else zero_shot_cot in one call.
    samples: how many, or at most how many where adaptive. The paper's curves flatten between 10 and 40.
    temperature: what makes samples differ; 0.7 is the paper's for GPT-3. The prompt's own would often be 0.
    adaptive: stop when the leader is decided (Aggarwal et al. 2023, arXiv 2305.11860).
    confidence: how sure of the leader `adaptive` wants to be; 0.95 is that paper's.
    """

    name: ClassVar[str] = "self_consistency"
    branches: ClassVar[bool] = True
    over: Strategy | None = None
    samples: int = 10
    temperature: float = 0.7
    adaptive: bool = False
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.samples < 1 or self.temperature < 0 or not 0.5 <= self.confidence < 1:
            raise UsageError(
                f"self_consistency cannot take {self.samples} samples at temperature {self.temperature:g} to be "
                f"{self.confidence:g} sure",
                hint="samples: at least 1; temperature: 0 or more; confidence: from 0.5 to below 1",
            )

    @property
    def demonstrates(self) -> int | None:
        """What the sampled strategy does."""
        return self.over.demonstrates if self.over else None

    def __call__(self, task: Task) -> Flow[Outcome]:
        """All samples together, or in rounds of as many as may decide. Raises what every sample failed with."""
        sampled = self.over or (FewShotCot() if task.shots else ZeroShotCot(calls=1))
        outcomes: list[Outcome] = []
        failures: list[ChatbotError] = []
        vote = Vote({})
        while wanted := self._wanted(vote, len(outcomes) + len(failures)):
            numbers = range(len(outcomes) + len(failures), len(outcomes) + len(failures) + wanted)
            found = yield from side_by_side([sampled(self._sample(task, number)) for number in numbers])
            outcomes += [each for each in found if isinstance(each, Outcome)]
            failures += [each for each in found if isinstance(each, ChatbotError)]
            vote = count(outcome.answer for outcome in outcomes)
            if any(isinstance(each, BudgetSpent) for each in failures):
                break
        if not outcomes:
            raise failures[0]
        return _voted(vote, outcomes, failures)

    def _wanted(self, vote: Vote, drawn: int) -> int:
        left = self.samples - drawn
        return vote.missing(self.confidence, left) if self.adaptive else left

    def _sample(self, task: Task, number: int) -> Task:
        """The task with a draw of its own."""
        drawn = task.as_step(task.request.sample * self.samples + number)
        hotter = drawn.request.sampling.overridden(Sampling(temperature=self.temperature))
        return drawn.asking(replace(drawn.request, sampling=hotter))


def _voted(vote: Vote, outcomes: Sequence[Outcome], failures: Sequence[ChatbotError]) -> Outcome:
    """The first sample that came to the leader speaks for it."""
    speaker = next((each for each in outcomes if each.answer == vote.leader), outcomes[0])
    limit = next((each.message for each in failures if isinstance(each, BudgetSpent)), speaker.limit)
    standing = ", ".join(f"{answer}: {votes}" for answer, votes in vote.counts.items())
    rest = [f"{vote.without} without an answer"] * bool(vote.without) + [f"{len(failures)} failed"] * bool(failures)
    steps = tuple(replace(each.trace, kind="sample") for each in outcomes)
    trace = Step("vote", speaker.text, vote.leader, vote.confidence, "; ".join([standing, *rest]), steps)
    return replace(speaker, trace=trace, answer=vote.leader, confidence=vote.confidence, limit=limit)
