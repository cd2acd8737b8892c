"""A run's summary for people: tables that fit 80 columns and need no colour, and what they do not say in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from chatbot.evaluation.endings import LEAST_WHOLE
from chatbot.evaluation.labelled import LabelSummary
from chatbot.evaluation.records import Status
from chatbot.evaluation.repeated import Repeated
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.summary import Against, Measured, Summary, VariantSummary
from chatbot.evaluation.voting import Votes

WIDTH = 80
GAP = 2
"""Between two columns."""
LEAST_NAME = 12
"""Characters of a name that are shown at least; the data has the whole."""

NARROW = 14
"""Characters of a name above a column."""

TAGS_SHOWN = 12
SIDE_BY_SIDE = 4
"""Variants that a table by tag has room for."""

Row = tuple[str, ...]

WORDS = ("VERDICT", "METRIC")
"""Columns of words, which stand at their left."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table."""

    head: Row
    rows: Sequence[Row]


def headline(summary: Summary) -> Sheet:
    """A row a variant: name, items, mean with its interval, difference, verdict, median seconds, dollars."""
    against = {each.name: each for each in summary.against}
    words = summary.course.words if summary.course else {}
    found = [
        _row(each, against.get(each.name), summary.baseline, words.get(each.name, "–")) for each in summary.variants
    ]
    return _fitting(Sheet(("VARIANT", "N", "MEAN", "95 %", "DIFFERENCE", "VERDICT", "S", "$"), found))


def sheets(summary: Summary) -> list[Sheet]:
    """The other tables: further metrics, what answers take, the headline metric by tag; those that say something."""
    found = (_others(summary), _spending(summary), _tags(summary))
    return [_fitting(_without_empty(sheet)) for sheet in found if sheet.rows]


def _row(variant: VariantSummary, against: Against | None, baseline: str, word: str) -> Row:
    estimate = variant.estimate if variant.headline else None
    mean, interval = (f"{estimate.value:.3f}", _span(estimate)) if estimate else ("–", "–")
    difference, verdict = ("", "baseline") if variant.name == baseline else ("–", word)
    if against is not None:
        difference, verdict = f"{against.judged.comparison.difference.value:+.3f}", against.judged.verdict
        difference, verdict = (difference, verdict) if against.headline else ("–", "incomplete")
    elif not variant.headline and variant.asked:
        verdict = "incomplete"
    cost = "–" if variant.usage.cost is None else f"{variant.usage.cost:.2f}"
    n = variant.estimate.n if variant.estimate else 0
    return (variant.name, str(n), mean, interval, difference, verdict, _seconds(variant.spent.median), cost)


def _others(summary: Summary) -> Sheet:
    """All metrics but the headline's, and but those that the table of what answers take has."""
    found = []
    for metric in summary.metrics[1:]:
        against = {each.name: each for each in metric.against}
        for measured in () if metric.less_is_better else metric.measured:
            own, other = measured.estimate, against.get(measured.name)
            difference = _with_span(other.judged.comparison.difference) if other else ""
            mean = (f"{own.value:.3f}", _span(own)) if own else ("–", "–")
            found.append((measured.name, _cut(metric.name, LEAST_NAME), str(own.n if own else 0), *mean, difference))
    return Sheet(("VARIANT", "METRIC", "N", "MEAN", "95 %", "DIFFERENCE"), found)


def _spending(summary: Summary) -> Sheet:
    more = {each.name: each for each in summary.more}
    found = []
    for variant in summary.variants:
        own, other = variant.spent, more.get(variant.name)
        tokens = "–" if own.tokens is None else f"{own.tokens.value:,.0f}"
        dollars = "–" if own.cost is None else f"{1000 * own.cost.value:.2f}"
        extra = "" if other is None or other.tokens is None else f"{other.tokens.value:+,.0f}"
        times = "" if other is None or other.times_as_long is None else _times(other.times_as_long)
        found.append((variant.name, tokens, extra, dollars, _seconds(own.median), _seconds(own.slow), times))
    head = ("VARIANT", "TOKENS", "MORE", "$ PER 1,000", "MEDIAN S", "95 % IN", "TIMES AS LONG")
    return Sheet(head, found if any(variant.asked for variant in summary.variants) else ())


def _tags(summary: Summary) -> Sheet:
    """The means by tag, where there is room for a column a variant; `*` where the difference's interval is beside 0."""
    if not summary.tags or len(summary.variants) > SIDE_BY_SIDE:
        return Sheet((), ())
    found = [
        (tag.tag, str(tag.items), *map(_tag_cell, tag.estimates, tag.differences)) for tag in summary.tags[:TAGS_SHOWN]
    ]
    names = _apart([variant.name for variant in summary.variants])
    return Sheet(("TAG", "N", *(_cut(name, NARROW) for name in names)), found)


def _tag_cell(estimate: Estimate | None, difference: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:.3f}{'' if difference is None or 0 in difference.interval else ' *'}"


# --- sentences --------------------------------------------------------------------------------------------------------


def notes(summary: Summary) -> list[str]:
    """What the tables do not say: the differences with their intervals and tests, and what has no score."""
    lines = [*(summary.course.lines if summary.course else ())]
    lines += [_compared(each, summary.baseline) for each in summary.against]
    lines += [unwhole(each) for each in summary.variants if not each.headline and each.asked]
    lines += [line for each in summary.variants if (line := unscored(each.measured))]
    lines += [line for metric in summary.metrics for each in metric.labels if (line := _labels(each))]
    lines += [line for each in summary.repeats if (line := _repeats(each))]
    lines += [_votes(each) for each in summary.votes]
    if len(summary.metrics) > 1 and summary.against:
        first = summary.metrics[0].name
        lines.append(f"{len(summary.metrics)} metrics were looked at; the verdict is by the first, {first}")
    if recalled := sum(variant.recalled.calls for variant in summary.variants):
        lines.append(f"{recalled} calls were not made: earlier runs had the replies (`--fresh` asks anew)")
    if summary.missing:
        lines.append(f"{summary.missing} cells were not asked: run it again to go on")
    return lines


def footnotes(summary: Summary) -> list[str]:
    """What stands under the other tables."""
    lines = []
    if len(summary.tags) > TAGS_SHOWN and len(summary.variants) <= SIDE_BY_SIDE:
        lines.append(f"{len(summary.tags) - TAGS_SHOWN} more tags are in --json")
    if any(_beside_0(each) for tag in summary.tags for each in tag.differences):
        lines.append("* differs from the baseline by its own interval: one tag in twenty does so by chance")
    return lines


def _beside_0(difference: Estimate | None) -> bool:
    return difference is not None and 0 not in difference.interval


def unscored(measured: Measured) -> str:
    """How many cells have no score of their own, and what the mean would be without them; empty where all have one."""
    silent = _counts(measured, ("no_answer", "refused"))
    failed = _counts(measured, ("error", "unscored"))
    parts = []
    if silent:
        rest = "" if measured.if_answered is None else f": without them {measured.if_answered:.3f}"
        parts.append(f"{silent}, counted as wrong{rest}")
    if failed:
        worst = f": as wrong ones {measured.if_failed_is_wrong:.3f}" if measured.estimate is not None else ""
        parts.append(f"{failed}, not counted{worst}")
    return f"{measured.name}: {'; '.join(parts)}" if parts else ""


def _counts(measured: Measured, statuses: Sequence[Status]) -> str:
    found = {status: measured.statuses.get(status, 0) for status in statuses}
    return ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in found.items() if count)


def unwhole(variant: VariantSummary) -> str:
    """Why there is no headline figure for a variant, and what the figure would be."""
    classes = ", ".join(f"{count} {ending}" for ending, count in variant.endings.items() if ending != "whole")
    share = 1.0 if variant.whole is None else variant.whole
    line = (
        f"{variant.name}: no result, since {share:.1%} of its {variant.asked} replies are whole and "
        f"{LEAST_WHOLE:.0%} must be ({classes})"
    )
    return f"{line}; what there is comes to {variant.estimate.value:.3f}" if variant.estimate else line


def _compared(against: Against, baseline: str) -> str:
    judged, comparison = against.judged, against.judged.comparison
    interval, table = comparison.difference.interval, comparison.table
    line = (
        f"{against.name} {judged.verdict if against.headline else 'incomplete'}: "
        f"{comparison.difference.value:+.3f} against {baseline} "
        f"[{interval.low:+.3f}, {interval.high:+.3f}], p = {judged.p:.3g} ({comparison.test.method}, Holm)"
    )
    if table is not None:
        line += f"; right alone on {table.only_first}, wrong alone on {table.only_second} of {table.n} items"
    if judged.more_items is not None and against.headline:
        line += f"; about {judged.more_items:,} items more would tell"
    if against.left_out:
        line += f"; {against.left_out} items that only one has a score for are left out"
    return line


def _labels(labels: LabelSummary) -> str:
    if labels.macro_f1 is None:
        return ""
    line = f"{labels.name}: macro-F1 {_bracketed(labels.macro_f1)}"
    if labels.difference is not None:
        line += f", {_bracketed(labels.difference, signed=True)} against the baseline"
    mistaken = {pair: count for pair, count in labels.confusion.items() if pair[0] != pair[1]}
    if mistaken:
        (expected, answered), count = max(mistaken.items(), key=lambda each: each[1])
        line += (
            f"; most often {expected} was {'not answered' if answered is None else f'taken for {answered}'} ({count})"
        )
    return line


def _repeats(repeats: Repeated) -> str:
    parts = []
    if repeats.variance is not None:
        parts.append(f"variance {repeats.variance.between:.3f} between items, {repeats.variance.within:.3f} within")
    if repeats.tries:
        last = repeats.tries[-1]
        parts.append(
            f"of {last.k} tries one at least is right for {_bracketed(last.one_right)} of the items, "
            f"all for {_bracketed(last.all_right)}"
        )
        if last.vote is not None:
            parts.append(f"a vote of them for {_bracketed(last.vote)}")
    return f"{repeats.name}: {'; '.join(parts)}" if parts else ""


def _votes(votes: Votes) -> str:
    if not votes.curve:
        return f"{votes.name}: votes were stopped once they were decided, after {votes.average:.1f} samples on average"
    shown = [vote for vote in votes.curve if vote.k in (1, 5, 10, 20, votes.samples)]
    told = ", ".join(f"{vote.k}: {vote.right.value:.3f} ({vote.tokens:,.0f} tokens)" for vote in shown)
    return f"{votes.name}: right by samples voting: {told}"


# --- figures ----------------------------------------------------------------------------------------------------------


def _without_empty(sheet: Sheet) -> Sheet:
    """The table without columns in which nothing is known."""
    kept = [place for place in range(len(sheet.head)) if any(row[place] not in ("", "–") for row in sheet.rows)]
    head, *found = (tuple(row[place] for place in kept) for row in (sheet.head, *sheet.rows))
    return Sheet(head, found)


def _fitting(sheet: Sheet) -> Sheet:
    """The table with figures to the right, and the names in the first column cut to what is left of the line."""
    table = (sheet.head, *sheet.rows)
    widths = [max(len(row[place]) for row in table) for place in range(1, len(sheet.head))]
    room = max(LEAST_NAME, WIDTH - sum(widths) - GAP * len(widths))
    found = [
        (
            _cut(row[0], room),
            *(
                cell if head in WORDS else cell.rjust(width)
                for cell, head, width in zip(row[1:], sheet.head[1:], widths, strict=True)
            ),
        )
        for row in table
    ]
    return Sheet(found[0], found[1:])


def _cut(name: str, most: int) -> str:
    """A name that is too long without its middle: variants are told apart by how they begin or how they end."""
    if len(name) <= most:
        return name
    tail = (most - 1) * 2 // 3
    return f"{name[: most - 1 - tail]}…{name[-tail:]}"


def _apart(names: Sequence[str]) -> list[str]:
    """The names, from where they begin to differ on."""
    letters = enumerate(zip(*names, strict=False))
    shared = names[0][: next((at for at, each in letters if len(set(each)) > 1), min(map(len, names)))]
    start = max((shared.rfind(mark) + len(mark) for mark in ("_", " ", "-", "/") if mark in shared), default=0)
    return [f"…{name[start:]}" for name in names] if start > 1 and len(names) > 1 else list(names)


def _span(estimate: Estimate) -> str:
    return f"{_bound(estimate.interval.low)}–{_bound(estimate.interval.high)}"


def _with_span(estimate: Estimate) -> str:
    interval = estimate.interval
    return f"{estimate.value:+.3f} [{interval.low:+.2f}, {interval.high:+.2f}]"


def _bracketed(estimate: Estimate, *, signed: bool = False) -> str:
    interval, sign = estimate.interval, "+" if signed else ""
    return f"{estimate.value:{sign}.3f} [{interval.low:{sign}.2f}, {interval.high:{sign}.2f}]"


def _times(ratio: Estimate) -> str:
    return f"{ratio.value:.2f} [{_bound(ratio.interval.low)}, {_bound(ratio.interval.high)}]"


def _bound(value: float) -> str:
    return f"{value:.2f}" if isfinite(value) else "…"


def _seconds(estimate: Estimate | None) -> str:
    return "–" if estimate is None else f"{estimate.value:.2f}"
