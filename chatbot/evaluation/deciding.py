"""When a run may stop before everything is asked: what a suite says of it, checked before anything is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from chatbot.errors import ProjectError
from chatbot.prompting.section import Section

KEYS = ("until_decided", "until_width", "race")

SHARE = 2 / 3
"""Part of the items that a race is held on, where the suite does not say: the rest must prove the winner.

Of 16 variants and 500 items it finds one that is .35 points worse than the one that all calls would find, with a third
of them; half of the items cost .5 points, and three quarters leave little to prove it with.
"""


@dataclass(frozen=True, slots=True)
class Deciding:
    """When to stop, fixed before anything is asked."""

    until_decided: bool = False
    """Once every variant is better, worse or equivalent, by a test that may be looked at all the time."""
    until_width: float | None = None
    """Once every difference is known to ± this."""
    race: float | None = None
    """Part of the items on which a race finds the best variant; the rest prove it. None without a race."""

    @property
    def early(self) -> bool:
        """Whether a run may stop before everything is asked at all."""
        return self != EVERYTHING

    def check(self, variants: int) -> str | None:
        """What is wrong with it for so many variants; None if nothing is."""
        if self.until_decided and self.until_width is not None:
            return (
                "until_decided and until_width exclude each other: a run stops once it is decided, or once it is exact"
            )
        if self.until_decided and variants < 2:
            return "with a single variant there is nothing to decide: use until_width"
        if self.race is not None and variants < 3:
            return "a race needs a baseline and at least two other variants"
        return None


EVERYTHING = Deciding()
"""Nothing stops before all is asked."""


def read_deciding(section: Section, variants: int) -> Deciding:
    """What a suite says. Raises PromptError with the line."""
    race = section.table.get("race")
    if race is None or isinstance(race, bool):
        share = SHARE if race else None
    else:
        share = section.number("race", least=0.1, most=0.9)
    found = Deciding(bool(section.flag("until_decided")), section.number("until_width", least=0.001, most=0.5), share)
    wrong = found.check(variants)
    if wrong:
        raise section.error(wrong, next(key for key in KEYS if section.table.get(key)))
    return found


def as_plan(deciding: Deciding, baseline: str, margin: float | None) -> dict[str, object]:
    """For the plan of a run: all that a stop depends on."""
    return {**asdict(deciding), "baseline": baseline, "margin": margin}


def of_plan(plan: Mapping[str, object]) -> dict[str, Any]:
    """What a run of the past went by, as fields of its suite; empty for one that asked everything."""
    kept = plan.get("deciding")
    if not isinstance(kept, Mapping):
        return {}
    deciding = Deciding(**{name: kept[name] for name in KEYS})
    return {"deciding": deciding, "baseline": kept["baseline"], "margin": kept["margin"]}


def too_few(path: object, reason: str) -> ProjectError:
    """There are not items enough."""
    return ProjectError(f"{path}: {reason}", hint="add items, or ask everything")
