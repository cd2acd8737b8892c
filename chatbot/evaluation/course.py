"""How a run went that stops by itself: what it was decided by, what is left, and words for it that are true of it.

A test that was looked at all the time is told as such, never as McNemar's. The winner of a race counts with the items
that the race did not see, and how much better it looked in the race stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chatbot.errors import ProjectError
from chatbot.evaluation.board import Board
from chatbot.evaluation.deciding import Deciding, too_few
from chatbot.evaluation.estimating import estimate_of
from chatbot.evaluation.judging.panel import KINDS as JUDGED
from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Scorer
from chatbot.evaluation.run import Asked, Bench, asked
from chatbot.evaluation.schedule import Race, Units, Until
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.pairs import Test
from chatbot.evaluation.statistics.racing import rounds_of
from chatbot.evaluation.statistics.sequential import METHOD, Evidence
from chatbot.evaluation.statistics.verdict import Comparison, compare, judge
from chatbot.evaluation.stopping import Never, Rule, UntilDecided, UntilNarrow
from chatbot.evaluation.summary import Against, Course, Summary

CALLS = 1 / 3
"""Of those that asking everything takes, a race and the proof of its winner take at most, where variants are many."""


def schedule_of(bench: Bench, run_id: str, metric: Metric) -> Until | Race | None:
    """What a run still has to ask to decide by a metric, as its suite says; None where it asks everything.

    Cells that came to an error are asked again. Raises ProjectError where there are not items enough for a race, or the
    metric cannot be decided by.
    """
    deciding = bench.suite.deciding
    if not deciding.early:
        return None
    wrong = ""
    if metric.kind in JUDGED:
        wrong = "judges are asked once all replies have come"
    elif metric.less_is_better and (deciding.until_decided or deciding.race is not None):
        wrong = "its scores are not between 0 and 1"
    if wrong:
        hint = "put a scorer first that a program computes, and that says what is right"
        raise ProjectError(f"{bench.suite.path}: a run cannot stop early by {metric.name}: {wrong}", hint=hint)
    return told(bench, metric.scorers, (came for came in asked(bench, run_id) if not came.response.error))


def foretold(bench: Bench, metric: Metric) -> str:
    """For the plan of a run, what it means that the run may stop early; empty where it asks everything.

    Raises ProjectError as `schedule_of` does.
    """
    deciding = bench.suite.deciding
    told_of = told(bench, metric.scorers, ()) if deciding.early else None
    if isinstance(told_of, Race):
        cells = len(bench.grid)
        return f"The race asks {told_of.most:,} of these {cells:,} cells at most, {told_of.most / cells:.0%}."
    if deciding.until_decided:
        return "That is the most: the run stops once every variant is better, worse or equivalent."
    if deciding.until_width is not None:
        return f"That is the most: the run stops once every difference is known to ±{deciding.until_width:g}."
    return ""


def by_course(summary: Summary, course: Course) -> Summary:
    """The summary with what a run that may stop by itself allows to say, by its headline metric."""
    headline = {each.name: each.headline for each in summary.variants}
    against = tuple(
        replace(each, headline=headline[each.name] and headline[summary.baseline]) for each in course.against
    )
    first = summary.metrics[0]
    measured = tuple(replace(each, estimate=course.estimates.get(each.name, each.estimate)) for each in first.measured)
    variants = tuple(replace(each, measured=own) for each, own in zip(summary.variants, measured, strict=True))
    metrics = (replace(first, measured=measured, against=against), *summary.metrics[1:])
    return replace(summary, variants=variants, metrics=metrics, missing=course.left, course=course)


def course_of(bench: Bench, run_id: str, metric: Metric) -> Course | None:
    """How a run went, from the journal; None where it asks everything."""
    if not bench.suite.deciding.early:
        return None
    return describe(told(bench, metric.scorers, asked(bench, run_id)), bench)


def describe(schedule: Until | Race, bench: Bench) -> Course:
    """How it went, as far as a schedule has heard."""
    return _of_race(schedule, bench) if isinstance(schedule, Race) else _of_until(schedule, bench)


def told(bench: Bench, scorers: Sequence[Scorer], rows: Iterable[Asked]) -> Until | Race:
    """The schedule of a suite that may stop early, with what has come."""
    grid, suite = bench.grid, bench.suite
    clusters = [item.cluster for item in bench.dataset.items] if suite.dataset.cluster else None
    board, units = Board(grid), Units(grid.order(), clusters)
    found = _made(bench, board, units, scorers)
    for came in rows:
        found.hear(came)
    return found


def _made(bench: Bench, board: Board, units: Units, scorers: Sequence[Scorer]) -> Until | Race:
    suite = bench.suite
    baseline = [each.name for each in bench.contenders].index(suite.baseline)
    others = [variant for variant in range(len(bench.contenders)) if variant != baseline]

    def rule(variants: Sequence[int]) -> Rule:
        return _rule(variants, baseline, bench, units)

    share = suite.deciding.race
    if share is None:
        return Until(board, units, rule(others), scorers)
    split = round(len(units) * share)
    if split < rounds_of(len(others)) or split == len(units):
        raise too_few(suite.path, f"{len(units)} items are too few for a race of {len(others)} variants and its proof")
    calls = CALLS * len(bench.contenders) * len(units) - 2 * (len(units) - split)
    return Race(board, units, scorers, variants=others, split=split, calls=calls, prove=lambda winner: rule((winner,)))


def _rule(variants: Sequence[int], baseline: int, bench: Bench, units: Units) -> Rule:
    deciding, clustered = bench.suite.deciding, bool(bench.suite.dataset.cluster)
    if deciding.until_decided:
        return UntilDecided(variants, baseline, largest=units.largest, margin=bench.suite.margin)
    if deciding.until_width is not None:
        return UntilNarrow(variants, baseline, deciding.until_width, clustered=clustered)
    return Never(tuple(sorted({*variants, baseline})))


# --- what came of it --------------------------------------------------------------------------------------------------


def _of_until(until: Until, bench: Bench) -> Course:
    rule = until.leg.rule
    assert isinstance(rule, UntilDecided | UntilNarrow)
    against = _against(rule, until.board, bench)
    names = [each.name for each in bench.contenders]
    lines = [_how_far(until, bench), *_stops(rule, names, bench.suite.deciding)]
    if len(bench.suite.scorers) > 1 and isinstance(rule, UntilDecided):
        lines.append("by other metrics than the first the run was not decided: their p-values are too small for that")
    baseline = names.index(bench.suite.baseline)
    alone = rule.pairs.get(baseline)  # a single variant: what was on its way when it was known is left out
    own = _estimate(baseline, alone.seen, until.board, bench) if alone else None
    data = {"stopped": [
        {"variant": names[variant], "items": len(pair.seen), "settled": pair.settled}
        for variant, pair in rule.pairs.items()
    ]}  # fmt: skip
    estimates = {names[baseline]: own} if own else {}
    return Course(tuple(against), _left(until), tuple(lines), data, estimates=estimates)


def _how_far(schedule: Until | Race, bench: Bench) -> str:
    cells = len(bench.grid)
    came = schedule.board.count
    if came == cells:
        return f"all {cells:,} cells were asked"
    return f"{came:,} of {cells:,} cells were asked, {came / cells:.0%}"


def _stops(rule: UntilDecided | UntilNarrow, names: Sequence[str], deciding: Deciding) -> list[str]:
    decided = isinstance(rule, UntilDecided)
    done = "decided" if decided else f"known to ±{deciding.until_width:g}"
    lines = [
        f"{names[variant]} {'is' if pair.settled else 'is not yet'} {done} after {len(pair.seen):,} items"
        for variant, pair in rule.pairs.items()
    ]
    if decided:
        lines.append(
            "p-values and intervals of differences are always valid: they hold although every item was looked at"
        )
    return lines


def _of_race(race: Race, bench: Bench) -> Course:
    names = [each.name for each in bench.contenders]
    lines = [_how_far(race, bench), *_rounds(race, names)]
    rounds = [
        {"items": each.items, "means": dict(zip([names[one] for one in each.variants], each.means, strict=True))}
        for each in race.rounds
    ]
    data: dict[str, Any] = {"rounds": rounds}
    if race.winner is None:
        return Course((), _left(race), tuple(lines), {"race": data})
    rule, baseline = race.leg.rule, names.index(bench.suite.baseline)
    against = _against(rule, race.board, bench) if not isinstance(rule, Never) else _proof(race, bench, baseline)
    best = names[race.winner]
    seen = race.rounds[-1].means[race.rounds[-1].variants.index(race.winner)]
    data |= {"winner": best, "mean_in_race": seen}
    estimate = _estimate(race.winner, race.fresh, race.board, bench)
    if estimate is not None:
        honest, n = estimate.value, estimate.n
        data |= {"mean_on_fresh_items": honest, "fresh_items": n, "drop": seen - honest}
        lines.append(
            f"{best} looked like {seen:.3f} in the race, and is {honest:.3f} on {n:,} items that no race saw "
            f"({honest - seen:+.3f}): only these count for it"
        )
    words = {name: "lost race" for name in names if name not in (best, bench.suite.baseline)}
    estimates = {best: estimate} if estimate else {}
    return Course(tuple(against), _left(race), tuple(lines), {"race": data}, words, estimates)


def _rounds(race: Race, names: Sequence[str]) -> list[str]:
    lines = []
    for number, each in enumerate(race.rounds, 1):
        ahead = max(range(len(each.means)), key=each.means.__getitem__)
        lines.append(
            f"round {number}: {len(each.variants)} variants after {each.items:,} items, "
            f"{names[each.variants[ahead]]} ahead with {each.means[ahead]:.3f}"
        )
    return lines


def _estimate(variant: int, items: Sequence[int], board: Board, bench: Bench) -> Estimate | None:
    means = np.full(len(bench.dataset.items), np.nan)
    for item in items:
        value = board.value(variant, item)
        means[item] = np.nan if value is None else value
    clusters = [item.cluster for item in bench.dataset.items] if bench.suite.dataset.cluster else None
    return estimate_of(means, clusters)


def _proof(race: Race, bench: Bench, baseline: int) -> list[Against]:
    """The winner against the baseline on all items that the race did not see."""
    assert race.winner is not None
    found = _compared(race.winner, baseline, race.fresh, race.board, bench)
    return _judged([(race.winner, *found)] if found else [], bench)


def _against(rule: Rule, board: Board, bench: Bench) -> list[Against]:
    assert isinstance(rule, UntilDecided | UntilNarrow)
    baseline = [each.name for each in bench.contenders].index(bench.suite.baseline)
    found: list[tuple[int, Comparison, int]] = []
    for variant, pair in rule.pairs.items():
        made = _compared(variant, baseline, pair.seen, board, bench) if variant != baseline else None
        if made is not None and isinstance(rule, UntilDecided):
            made = (_always_valid(made[0], rule.evidence[variant]), made[1])
        if made is not None:
            found.append((variant, *made))
    judged = _judged(found, bench)
    if isinstance(rule, UntilDecided):
        return [
            _with_more(each, rule.evidence[variant], bench) for each, (variant, _, _) in zip(judged, found, strict=True)
        ]
    return judged


def _compared(
    variant: int, baseline: int, items: Sequence[int], board: Board, bench: Bench
) -> tuple[Comparison, int] | None:
    """On those of the items that both have a score for, and how many only one has; None where there are none."""
    values = [(item, board.value(variant, item), board.value(baseline, item)) for item in items]
    both = [(item, one, two) for item, one, two in values if one is not None and two is not None]
    if not both:
        return None
    clusters = [bench.dataset.items[item].cluster for item, _, _ in both] if bench.suite.dataset.cluster else None
    found = compare([one for _, one, _ in both], [two for _, _, two in both], clusters=clusters)
    return found, sum((one is None) != (two is None) for _, one, two in values)


def _judged(found: Sequence[tuple[int, Comparison, int]], bench: Bench) -> list[Against]:
    verdicts = judge([comparison for _, comparison, _ in found], margin=bench.suite.margin)
    return [
        Against(bench.contenders[variant].name, verdict, out)
        for (variant, _, out), verdict in zip(found, verdicts, strict=True)
    ]


def _always_valid(comparison: Comparison, evidence: Evidence) -> Comparison:
    """The same difference with the test and the intervals that hold whenever one stops."""
    value, n = comparison.difference.value, comparison.difference.n
    return replace(
        comparison,
        difference=Estimate(value, evidence.interval(), n),
        test=Test(evidence.p, METHOD),
        narrow=Estimate(value, evidence.narrow(), n),
    )


def _with_more(against: Against, evidence: Evidence, bench: Bench) -> Against:
    if against.judged.verdict != "undecided":
        return against
    wanted = max(abs(against.judged.comparison.difference.value), bench.suite.margin or 0.0)
    return replace(against, judged=replace(against.judged, more_items=evidence.more_items(wanted)))


def _left(schedule: Until | Race) -> int:
    """Cells that are known to be still needed."""
    count = 0
    while schedule.next() is not None:
        count += 1
    return count
