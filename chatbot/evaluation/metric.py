"""The metrics of a suite: its scorers, each under a name of its own, in the form that every variant's answers need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.evaluation.records import Scorer
from chatbot.evaluation.run import Bench
from chatbot.evaluation.scoring import scorer_name, scorer_of

SPENDING = ("cost", "latency", "tokens")
"""Kinds of what a reply takes: the less the better."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A scorer, as reports know it."""

    name: str
    """Unique in the suite."""
    kind: str
    scorers: tuple[Scorer, ...] = ()
    """For each variant, in the form of its answers."""

    @property
    def less_is_better(self) -> bool:
        """Whether it is something that is spent."""
        return self.kind in SPENDING


def metrics_of(bench: Bench) -> tuple[Metric, ...]:
    """All metrics of a suite; the first is the one that variants are compared by.

    Raises PromptError with file and line for an entry that is wrong.
    """
    fields = frozenset[str]().union(*(item.fields for item in bench.dataset.items))
    entries = bench.suite.scorers
    names = unique([scorer_name(entry) for entry in entries])
    return tuple(
        Metric(
            name,
            entry.text("kind") or "",
            tuple(scorer_of(entry, fields=fields, reads=each.prompt.settings.answer) for each in bench.contenders),
        )
        for name, entry in zip(names, entries, strict=True)
    )


def unique(names: Sequence[str]) -> list[str]:
    """The names, those that came before with their number behind them: `contains`, `contains 2`."""
    return [
        name if name not in names[:place] else f"{name} {names[: place + 1].count(name)}"
        for place, name in enumerate(names)
    ]
