"""A run's summary as plain data, for programs: all that is known, where the table shows what fits."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from chatbot.evaluation.by_tag import TagSummary
from chatbot.evaluation.labelled import LabelSummary
from chatbot.evaluation.repeated import Repeated
from chatbot.evaluation.spent import More
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.verdict import Comparison
from chatbot.evaluation.summary import Against, Measured, MetricSummary, Summary, VariantSummary
from chatbot.evaluation.voting import Votes


def as_data(summary: Summary) -> dict[str, Any]:
    """The summary for programs."""
    return {
        "baseline": summary.baseline,
        "missing": summary.missing,
        "variants": [_variant_data(each) for each in summary.variants],
        "comparisons": [_against_data(each) for each in summary.against],
        "metrics": [_metric_data(each) for each in summary.metrics],
        "more": [_more_data(each) for each in summary.more],
        "tags": [_tag_data(each, summary) for each in summary.tags],
        "repeats": [_repeats_data(each) for each in summary.repeats],
        "votes": [_votes_data(each) for each in summary.votes],
        **(summary.course.data if summary.course else {}),
    }


def _metric_data(metric: MetricSummary) -> dict[str, Any]:
    return {
        "name": metric.name,
        "kind": metric.kind,
        "less_is_better": metric.less_is_better,
        "variants": [{"name": each.name, **_measured_data(each)} for each in metric.measured],
        "comparisons": [_against_data(each) for each in metric.against],
        **({"labels": [_labels_data(each) for each in metric.labels]} if metric.labels else {}),
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
        **({} if variant.headline else {"mean": None, "interval": None}),
        "headline": variant.headline,
        "whole": variant.whole,
        "endings": dict(variant.endings),
        "cost": usage.cost,
        "tokens": {"in": usage.input_tokens, "out": usage.output_tokens, "cached": usage.cached_tokens},
        "calls": usage.calls,
        "recalled": {"calls": variant.recalled.calls, "cost": variant.recalled.cost},
        "seconds": _quantiles(variant),
        "per_item": {
            "cost": _estimate_data(variant.spent.cost),
            "tokens": _estimate_data(variant.spent.tokens),
            "median_seconds": _estimate_data(variant.spent.median),
            "p95_seconds": _estimate_data(variant.spent.slow),
        },
    }


def _quantiles(variant: VariantSummary) -> Mapping[str, float] | None:
    median, slow = variant.spent.median, variant.spent.slow
    return {"median": median.value, "p95": slow.value} if median and slow else None


def _more_data(more: More) -> dict[str, Any]:
    return {
        "variant": more.name,
        "cost": _estimate_data(more.cost),
        "tokens": _estimate_data(more.tokens),
        "times_as_long": _estimate_data(more.times_as_long),
    }


def _tag_data(tag: TagSummary, summary: Summary) -> dict[str, Any]:
    named = zip(summary.variants, tag.estimates, tag.differences, strict=True)
    return {
        "tag": tag.tag,
        "items": tag.items,
        "variants": [
            {"name": variant.name, "mean": _estimate_data(own), "difference": _estimate_data(difference)}
            for variant, own, difference in named
        ],
    }


def _repeats_data(repeats: Repeated) -> dict[str, Any]:
    variance = repeats.variance
    return {
        "variant": repeats.name,
        "variance": {"between": variance.between, "within": variance.within} if variance else None,
        "tries": [
            {
                "k": tries.k,
                "pass_at_k": _estimate_data(tries.one_right),
                "pass_all_k": _estimate_data(tries.all_right),
                "majority_at_k": _estimate_data(tries.vote),
                "tokens": tries.tokens,
            }
            for tries in repeats.tries
        ],
    }


def _votes_data(votes: Votes) -> dict[str, Any]:
    curve = [{"k": vote.k, "right": _estimate_data(vote.right), "tokens": vote.tokens} for vote in votes.curve]
    return {"variant": votes.name, "samples": votes.samples, "average": votes.average, "curve": curve}


def _labels_data(labels: LabelSummary) -> dict[str, Any]:
    return {
        "variant": labels.name,
        "macro_f1": _estimate_data(labels.macro_f1),
        "difference": _estimate_data(labels.difference),
        "confusion": [
            {"expected": expected, "answered": answered, "count": count}
            for (expected, answered), count in labels.confusion.items()
        ],
    }


def _estimate_data(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "n": estimate.n, "interval": _interval_data(estimate)}


def _interval_data(estimate: Estimate) -> dict[str, Any]:
    """A bound that there is not, since items are too few, is null: JSON has no infinity."""
    interval = estimate.interval
    low, high = (bound if isfinite(bound) else None for bound in (interval.low, interval.high))
    return {"low": low, "high": high, "level": interval.level, "method": interval.method}


def _against_data(against: Against) -> dict[str, Any]:
    judged = against.judged
    return {
        "variant": against.name,
        **comparison_data(judged.comparison),
        "p_corrected": judged.p,
        "verdict": judged.verdict if against.headline else "incomplete",
        "headline": against.headline,
        "more_items": judged.more_items,
        "left_out": against.left_out,
    }


def comparison_data(
    comparison: Comparison, only_first: str = "only_variant", only_second: str = "only_baseline"
) -> dict[str, Any]:
    """A comparison for programs; the names are those of the counts of items that one of both alone has right."""
    table = comparison.table
    counts = {
        "both": table.both,
        only_first: table.only_first,
        only_second: table.only_second,
        "neither": table.neither,
    } if table else None  # fmt: skip
    return {
        "difference": comparison.difference.value,
        "interval": _interval_data(comparison.difference),
        "test": comparison.test.method,
        "p": comparison.test.p,
        "table": counts,
    }
