"""What an eval is made of, as values: items, what came of asking one, and what that is worth.

Pure data. How items are read, asked, scored and stored is the business of the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from chatbot.messages import Citation, Finish, Likelihood, Passage, ToolUse, Usage

Status = Literal["scored", "no_answer", "refused", "error", "unscored"]
"""What became of a cell; only the first has a value, and none is ever taken for another.

scored: judged right or wrong, or by how much. no_answer: there is a reply, and no answer can be read in it. refused:
the model declined. error: no reply came. unscored: the scorer could not judge; why stands beside it.
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a dataset."""

    id: str
    fields: Mapping[str, object]
    """The row: inputs of the prompt, and what scorers compare with, by name."""
    cluster: str = ""
    """What it shares with others, such as a document; empty where it stands alone."""
    tags: tuple[str, ...] = ()
    line: int = 0
    """Of the dataset's file."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one judge said, once, of a response by itself, or of two side by side."""

    judge: str
    """Its model."""
    text: str
    """All that it said."""
    answer: str | None
    """As the judge's prompt reads it; None where nothing can be read."""
    swapped: bool = False
    """Of two, the baseline's came first."""
    repeat: int = 0
    """From 0: a judge that is asked again."""
    usage: Usage = Usage()
    error: str = ""
    """Why it said nothing; empty where it did."""
    key: str = ""
    """Under which the journal has it; one judgement may serve several responses that say the same."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came of asking one item once: all that scorers may look at."""

    text: str
    answer: str | None = None
    """As the prompt's own extraction read it; None where it found none."""
    value: object = None
    """The structured answer, of a strategy that gives one."""
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    """What was retrieved, best first."""
    tool_uses: tuple[ToolUse, ...] = ()
    samples: tuple[str | None, ...] = ()
    """The answers of a vote, in the order in which they were drawn."""
    finish: Finish = "complete"
    declined: bool = False
    usage: Usage = Usage()
    seconds: float = 0.0
    """Wall time of the whole cell."""
    error: str = ""
    """Why there is no reply; empty where there is one."""
    recalled: Usage = Usage()
    """Of `usage`, what earlier runs have paid for: their replies to the same requests were used again."""
    resumed: bool = False
    """Some of its replies came before the run was stopped: `seconds` lacks the time they took."""
    likelihoods: tuple[Likelihood, ...] = ()
    """Of the item's choices, where the suite has them weighed."""
    judgements: Mapping[str, tuple[Judgement, ...]] = field(default_factory=dict)
    """What judges said of it so far, by the scorer's name. They are kept apart from it, and added to be scored."""

    @property
    def timed(self) -> bool:
        """Whether `seconds` is how long an answer takes."""
        return not (self.error or self.resumed or self.recalled.calls)


@dataclass(frozen=True, slots=True)
class Score:
    """What a scorer says of a response."""

    status: Status
    value: float | None = None
    """From 0 to 1 for what is right or wrong; any number for costs and times; None unless scored."""
    reason: str = ""
    """Why: shown beside the item."""
    details: Mapping[str, object] = field(default_factory=dict)
    """Parts of it, by name: precision and recall, fields that were wrong, a judge's words."""

    @property
    def counted(self) -> float | None:
        """What it counts for in a mean: its value, and 0 for a reply without an answer.

        Who declines or gives no answer must not look better for it. None for what says nothing of the variant: no reply
        came, or it could not be judged.
        """
        return 0.0 if self.status in ("no_answer", "refused") else self.value

    def __post_init__(self) -> None:
        if (self.status == "scored") != (self.value is not None):
            raise ValueError(f"a score that is {self.status} cannot have the value {self.value}")


Scorer = Callable[[Item, Response], Score]
"""Judges one response; never raises for what a model wrote."""
