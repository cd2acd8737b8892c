"""The cells of a run with the score of each: worked out from the journal anew, so that to score again costs no call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from chatbot.evaluation.course import by_course, course_of
from chatbot.evaluation.judging.stage import judged, with_judgements
from chatbot.evaluation.metric import Metric, metrics_of
from chatbot.evaluation.records import Score, Scorer
from chatbot.evaluation.run import Asked, Bench, asked_of
from chatbot.evaluation.summary import Summary, summarise
from chatbot.evaluation.tally import Layout, Marked

Scored = tuple[Asked, Score]
"""A cell, with its score by the headline metric."""


def scorers_of(bench: Bench) -> list[Scorer]:
    """For each variant the scorer that variants are compared by: the suite's first, in the form of its answers.

    Raises PromptError with file and line for an entry that is wrong. All entries are checked, also those not used here.
    """
    return list(metrics_of(bench)[0].scorers)


def scored(bench: Bench, run_id: str, scorers: Sequence[Scorer]) -> Iterator[Scored]:
    """Each cell that came to something, with its score."""
    for came in judged(bench, run_id):
        yield came, scorers[came.cell.variant](came.item, came.response)


def reading(bench: Bench, run_id: str, scorers: Sequence[Scorer]) -> Callable[[int], Scored]:
    """Reads one of them, by its number. Raises LookupError for a cell that came to nothing."""
    order = bench.grid.order()

    def read(number: int) -> Scored:
        kept = bench.journal.cell(run_id, number)
        if kept is None:
            raise LookupError(f"cell {number} came to nothing")
        came = with_judgements(bench, run_id, asked_of(bench, kept, order))
        return came, scorers[came.cell.variant](came.item, came.response)

    return read


def marked(bench: Bench, run_id: str, metrics: Sequence[Metric]) -> Iterator[Marked]:
    """Each cell that came to something, with its score by every metric."""
    for came in judged(bench, run_id):
        yield came, tuple(metric.scorers[came.cell.variant](came.item, came.response) for metric in metrics)


def summary_of(bench: Bench, run_id: str, metrics: Sequence[Metric]) -> Summary:
    """What a run has come to."""
    return summary_from(marked(bench, run_id, metrics), bench, run_id, metrics)


def summary_from(cells: Iterable[Marked], bench: Bench, run_id: str, metrics: Sequence[Metric]) -> Summary:
    """The same from cells with their scores, as `marked` gives them."""
    found = summarise(cells, layout_of(bench, metrics))
    course = course_of(bench, run_id, metrics[0])
    return found if course is None else by_course(found, course)


def layout_of(bench: Bench, metrics: Sequence[Metric]) -> Layout:
    """How the run of a suite is laid out."""
    items = bench.dataset.items
    return Layout(
        [each.name for each in bench.contenders],
        metrics,
        bench.suite.baseline,
        len(items),
        bench.suite.repeats,
        [item.cluster for item in items] if bench.suite.dataset.cluster else None,
        [item.tags for item in items] if any(item.tags for item in items) else (),
        bench.suite.margin,
    )
