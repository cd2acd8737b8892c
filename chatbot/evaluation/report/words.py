"""The verdict of a run in sentences, first the one that a reader came for."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.evaluation.report.figures import Measure, chance, counted
from chatbot.evaluation.summary import Against, Summary, VariantSummary
from chatbot.evaluation.table import unscored, unwhole


def headline(summary: Summary, measure: Measure) -> str:
    """What the run has shown, in one sentence."""
    if not any(each.estimate for each in summary.variants):
        return "Nothing has a score yet"
    if not all(each.headline for each in summary.variants if each.asked):
        return "No result: too many replies are not whole"
    if not summary.against:
        return " ".join(alone(each, measure) for each in summary.variants if each.estimate)
    found = _of(summary.against, "better")
    if found:
        best = max(found, key=_difference)
        others = f", and so {_are(found, best)}" if len(found) > 1 else ""
        return f"{best.name} is better than {summary.baseline}, by {_by(best, measure).lstrip('+')}{others}"
    worse, alike, open_ = (_of(summary.against, verdict) for verdict in ("worse", "equivalent", "undecided"))
    told = [
        f"{_names(each)} {'is' if len(each) == 1 else 'are'} {words}"
        for each, words in ((worse, "worse"), (alike, "equivalent within the margin"), (open_, "undecided"))
        if each
    ]
    return f"No variant is shown to be better than {summary.baseline}: {'; '.join(told)}"


def alone(variant: VariantSummary, measure: Measure) -> str:
    """What a variant came to by itself."""
    assert variant.estimate is not None
    estimate = variant.estimate
    return (
        f"{variant.name}: {measure.name} {measure.value(estimate.value)} {measure.span(estimate)}"
        f" on {counted(estimate.n, 'item')}"
    )


def sentence(against: Against, measure: Measure, baseline: str) -> str:
    """A variant's comparison with the baseline: the figures, the test, and what would tell more."""
    judged, comparison = against.judged, against.judged.comparison
    told = [
        f"{against.name} is {_called(judged.verdict)} {baseline}: {_by(against, measure)} "
        f"{measure.span_of_difference(comparison.difference)}, {chance(judged.p)} ({comparison.test.method},"
        f" corrected for all variants)."
    ]
    if comparison.table is not None:
        table = comparison.table
        told.append(f"Right alone on {table.only_first}, wrong alone on {table.only_second} of {table.n:,} items.")
    if judged.more_items is not None:
        told.append(f"About {counted(judged.more_items, 'item')} more would tell.")
    if against.left_out:
        told.append(f"{counted(against.left_out, 'item')} that only one has a score for are left out.")
    return " ".join(told)


def cautions(summary: Summary) -> list[str]:
    """What a reader must know before believing the rest."""
    told = list(summary.course.lines) if summary.course else []
    if summary.missing:
        told.append(f"This run is not whole: {counted(summary.missing, 'cell')} were not asked. Run it again to go on.")
    told += [unwhole(each) for each in summary.variants if not each.headline and each.asked]
    return told + [line for each in summary.variants if (line := unscored(each.measured))]


def _of(against: Sequence[Against], verdict: str) -> list[Against]:
    return [each for each in against if each.judged.verdict == verdict]


def _difference(against: Against) -> float:
    return against.judged.comparison.difference.value


def _by(against: Against, measure: Measure) -> str:
    return f"{measure.difference(_difference(against))} {measure.unit}".strip()


def _are(found: Sequence[Against], best: Against) -> str:
    others = [each for each in found if each is not best]
    return f"{'is' if len(others) == 1 else 'are'} {_names(others)}"


def _names(found: Sequence[Against]) -> str:
    names = [each.name for each in found]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _called(verdict: str) -> str:
    return {"equivalent": "equivalent within the margin to", "undecided": "undecided against"}.get(
        verdict, f"{verdict} than"
    )
