"""A run's summary as lines of a table that fits 80 columns, and as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.evaluation.records import Status
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.summary import Against, Measured, MetricSummary, Summary, VariantSummary

NAME_SHOWN = 24
"""Characters of a variant's name in a column; the data has the whole."""


def rows(summary: Summary) -> list[tuple[str, ...]]:
    """A row a variant: name, items, mean with its interval, difference, verdict, tokens, dollars, median seconds."""
    against = {each.name: each for each in summary.against}
    words = summary.course.words if summary.course else {}
    return [
        _row(each, against.get(each.name), summary.baseline, words.get(each.name, "–")) for each in summary.variants
    ]


HEAD = ("VARIANT", "N", "MEAN", "95 %", "DIFFERENCE", "VERDICT", "S", "$")


def _row(variant: VariantSummary, against: Against | None, baseline: str, word: str) -> tuple[str, ...]:
    name = variant.name if len(variant.name) <= NAME_SHOWN else variant.name[: NAME_SHOWN - 1] + "…"
    estimate = variant.estimate
    mean, interval = (f"{estimate.value:.3f}", _span(estimate)) if estimate else ("–", "–")
    difference, verdict = ("", "baseline") if variant.name == baseline else ("–", word)
    if against is not None:
        difference, verdict = f"{against.judged.comparison.difference.value:+.3f}", against.judged.verdict
    cost = "–" if variant.usage.cost is None else f"{variant.usage.cost:.2f}"
    return (name, str(estimate.n if estimate else 0), mean, interval, difference, verdict, _median(variant), cost)


def _span(estimate: Estimate) -> str:
    return f"{estimate.interval.low:.2f}–{estimate.interval.high:.2f}"


def _median(variant: VariantSummary) -> str:
    ordered = sorted(variant.seconds)
    return f"{ordered[len(ordered) // 2]:.2f}" if ordered else "–"


def notes(summary: Summary) -> list[str]:
    """What the table does not say: the differences with their intervals and tests, and what has no score."""
    lines = [*(summary.course.lines if summary.course else ())]
    lines += [_compared(each, summary.baseline) for each in summary.against]
    lines += [_unwhole(each) for each in summary.variants if not each.headline and each.asked]
    lines += [line for each in summary.variants if (line := _unscored(each.measured))]
    if recalled := sum(variant.recalled.calls for variant in summary.variants):
        lines.append(f"{recalled} calls were not made: earlier runs had the replies (`--fresh` asks anew)")
    if summary.missing:
        lines.append(f"{summary.missing} cells were not asked: run it again to go on")
    return lines


def _unscored(measured: Measured) -> str:
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


def _unwhole(variant: VariantSummary) -> str:
    """Why there is no headline figure for a variant."""
    classes = ", ".join(f"{count} {ending}" for ending, count in variant.endings.items() if ending != "whole")
    share = 1.0 if variant.whole is None else variant.whole
    return f"{variant.name}: no result, since only {share:.1%} of {variant.asked} replies are whole ({classes})"


def _compared(against: Against, baseline: str) -> str:
    judged, comparison = against.judged, against.judged.comparison
    interval, table = comparison.difference.interval, comparison.table
    line = (
        f"{against.name} {judged.verdict}: {comparison.difference.value:+.3f} against {baseline} "
        f"[{interval.low:+.3f}, {interval.high:+.3f}], p = {judged.p:.3g} ({comparison.test.method}, Holm)"
    )
    if table is not None:
        line += f"; right alone on {table.only_first}, wrong alone on {table.only_second} of {table.n} items"
    if judged.more_items is not None:
        line += f"; about {judged.more_items:,} items more would tell"
    if against.left_out:
        line += f"; {against.left_out} items that only one has a score for are left out"
    return line


def as_data(summary: Summary) -> dict[str, Any]:
    """The summary for programs."""
    return {
        "baseline": summary.baseline,
        "missing": summary.missing,
        "variants": [_variant_data(each) for each in summary.variants],
        "comparisons": [_against_data(each) for each in summary.against],
        "metrics": [_metric_data(each) for each in summary.metrics],
        **(summary.course.data if summary.course else {}),
    }


def _metric_data(metric: MetricSummary) -> dict[str, Any]:
    return {
        "name": metric.name,
        "kind": metric.kind,
        "less_is_better": metric.less_is_better,
        "variants": [{"name": each.name, **_measured_data(each)} for each in metric.measured],
        "comparisons": [_against_data(each) for each in metric.against],
    }


def _measured_data(measured: Measured) -> dict[str, Any]:
    estimate = measured.estimate
    return {
        "cells": dict(measured.statuses),
        "left_out": measured.left_out,
        "n": estimate.n if estimate else 0,
        "mean": estimate.value if estimate else None,
        "interval": _interval_data(estimate) if estimate else None,
        "mean_if_answered": measured.if_answered,
        "mean_if_failed_is_wrong": measured.if_failed_is_wrong,
    }


def _variant_data(variant: VariantSummary) -> dict[str, Any]:
    usage = variant.usage
    return {
        "name": variant.name,
        **_measured_data(variant.measured),
        "headline": variant.headline,
        "endings": dict(variant.endings),
        "cost": usage.cost,
        "tokens": {"in": usage.input_tokens, "out": usage.output_tokens, "cached": usage.cached_tokens},
        "calls": usage.calls,
        "recalled": {"calls": variant.recalled.calls, "cost": variant.recalled.cost},
        "seconds": _quantiles(variant.seconds),
    }


def _quantiles(seconds: Sequence[float]) -> Mapping[str, float] | None:
    if not seconds:
        return None
    ordered = sorted(seconds)
    return {"median": ordered[len(ordered) // 2], "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]}


def _interval_data(estimate: Estimate) -> dict[str, Any]:
    interval = estimate.interval
    return {"low": interval.low, "high": interval.high, "level": interval.level, "method": interval.method}


def _against_data(against: Against) -> dict[str, Any]:
    judged, comparison = against.judged, against.judged.comparison
    table = comparison.table
    counts = {
        "both": table.both,
        "only_variant": table.only_first,
        "only_baseline": table.only_second,
        "neither": table.neither,
    } if table else None  # fmt: skip
    return {
        "variant": against.name,
        "difference": comparison.difference.value,
        "interval": _interval_data(comparison.difference),
        "test": comparison.test.method,
        "p": comparison.test.p,
        "p_corrected": judged.p,
        "verdict": judged.verdict,
        "headline": against.headline,
        "more_items": judged.more_items,
        "table": counts,
        "left_out": against.left_out,
    }
