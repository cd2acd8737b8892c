"""How much work and text one rendering may take, whatever the template and the inputs are."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatbot.errors import ChatbotError

MAX_STEPS = 200_000
"""Expressions and loop rounds of one rendering: some thousand demonstrations' worth."""

MAX_CHARACTERS = 8_000_000
"""Characters written or worked on: about twice a context of a million tokens."""


class OverBudget(ChatbotError):
    """A rendering became too long; whoever renders says which prompt it was."""


@dataclass(slots=True)
class Budget:
    """What is left for one rendering."""

    steps: int = MAX_STEPS
    characters: int = MAX_CHARACTERS
    bounds: tuple[int, int] = field(init=False)
    """What there was of both at the start."""

    def __post_init__(self) -> None:
        self.bounds = (self.steps, self.characters)

    def step(self, count: int = 1) -> None:
        """Counts work. Raises OverBudget where there is too much of it."""
        self.steps -= count
        if self.steps < 0:
            raise OverBudget(f"it takes more than {self.bounds[0]:,} steps")

    def write(self, count: int) -> None:
        """Counts characters. Raises OverBudget where there are too many."""
        self.characters -= count
        if self.characters < 0:
            raise OverBudget(f"it is longer than {self.bounds[1]:,} characters")
