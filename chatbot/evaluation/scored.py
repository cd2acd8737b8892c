"""The cells of a run with the score of each: worked out from the journal anew, so that to score again costs no call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatbot.evaluation.records import Item, Scorer
from chatbot.evaluation.run import Bench, asked
from chatbot.evaluation.scoring import scorer_of
from chatbot.evaluation.summary import Scored, Summary, summarise


def scorers_of(bench: Bench) -> list[Scorer]:
    """For each variant the scorer that variants are compared by: the suite's first, in the form of its answers.

    Raises PromptError with file and line for an entry that is wrong. All entries are checked, also those not used here.
    """
    fields = _fields(bench.dataset.items)
    for entry in bench.suite.scorers[1:]:
        scorer_of(entry, fields=fields)
    first = bench.suite.scorers[0]
    return [scorer_of(first, fields=fields, reads=each.prompt.settings.answer) for each in bench.contenders]


def scored(bench: Bench, run_id: str, scorers: Sequence[Scorer]) -> Iterator[Scored]:
    """Each cell that came to something, with its score."""
    for came in asked(bench, run_id):
        yield came, scorers[came.cell.variant](came.item, came.response)


def summary_of(bench: Bench, run_id: str, scorers: Sequence[Scorer]) -> Summary:
    """What a run has come to."""
    clusters = [item.cluster for item in bench.dataset.items]
    return summarise(
        scored(bench, run_id, scorers),
        [each.name for each in bench.contenders],
        baseline=bench.suite.baseline,
        cells=len(bench.grid),
        clusters=clusters if bench.suite.dataset.cluster else None,
        margin=bench.suite.margin,
    )


def pilot_of(bench: Bench, scorers: Sequence[Scorer]) -> dict[int, dict[int, float]]:
    """Scores of the latest run of the same plan, by variant and item; empty where there was none."""
    latest = bench.journal.latest_run(bench.key)
    found: dict[int, dict[int, float]] = {}
    for came, score in scored(bench, latest.id, scorers) if latest else ():
        if score.value is not None:
            found.setdefault(came.cell.variant, {})[came.cell.item] = score.value
    return found


def _fields(items: Sequence[Item]) -> frozenset[str]:
    """Names that an item has: what only some have, an item without leaves its own cell unscored."""
    return frozenset[str]().union(*(item.fields for item in items))
