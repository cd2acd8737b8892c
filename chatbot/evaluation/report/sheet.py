"""The page's tables: variants, further measures, what an answer takes, and the headline measure by tag."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.evaluation.report.figures import Measure, Write, money, number, seconds
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.summary import MetricSummary, Summary, VariantSummary
from chatbot.markup import Markup, tag


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table that becomes a list of cards on a narrow screen; the first cell of a row names it."""
    lines = []
    for row in rows:
        first = tag("th", row[0], scope="row", role="rowheader")
        rest = [
            tag("td", value or "–", data_label=label, role="cell")
            for label, value in zip(head[1:], row[1:], strict=True)
        ]
        lines.append(tag("tr", first, rest, role="row"))
    labels = [tag("th", label, scope="col", role="columnheader") for label in head]
    return tag(
        "table",
        tag("thead", tag("tr", labels, role="row"), role="rowgroup"),
        tag("tbody", lines, role="rowgroup"),
        role="table",
    )


def variants(summary: Summary, measure: Measure) -> Markup:
    """A row a variant, by the headline measure."""
    against = {each.name: each for each in summary.against}
    words = summary.course.words if summary.course else {}
    head = ["Variant", "Items", measure.name, "95 % interval", "Difference", "Verdict", "Cost", "Tokens", "Median time"]
    rows = []
    for variant in summary.variants:
        found = against.get(variant.name)
        difference = "" if found is None else measure.difference(found.judged.comparison.difference.value)
        verdict = words.get(variant.name, "") if found is None else found.judged.verdict
        if not variant.headline and variant.asked:
            verdict = "incomplete"
        rows.append([*_scored(variant, measure), difference, _role(variant, summary, verdict), *_spent(variant)])
    return table(head, rows)


def _role(variant: VariantSummary, summary: Summary, verdict: str) -> str:
    return "baseline" if variant.name == summary.baseline and len(summary.variants) > 1 else verdict


def _scored(variant: VariantSummary, measure: Measure) -> list[str]:
    estimate = variant.estimate
    if estimate is None:
        return [variant.name, "0", "", ""]
    return [variant.name, f"{estimate.n:,}", measure.value(estimate.value), measure.span(estimate)]


def _spent(variant: VariantSummary) -> list[str]:
    usage, median = variant.usage, variant.spent.median
    tokens = usage.input_tokens + usage.output_tokens
    return [money(usage.cost), number(tokens) if tokens else "", seconds(median.value) if median else ""]


def measures(summary: Summary) -> Markup | None:
    """All measures but the headline's, and but what is spent; None where there are none."""
    rows = []
    for metric in summary.metrics[1:]:
        if not metric.less_is_better:
            rows += _by_variant(metric, Measure(metric.name))
    rows += [row for metric in summary.metrics for row in _macro(metric)]
    return table(["Measure", "Variant", "Items", "Mean", "Difference"], rows) if rows else None


def _by_variant(metric: MetricSummary, measure: Measure) -> list[list[str]]:
    against = {each.name: each.judged.comparison.difference for each in metric.against}
    return [
        [metric.name, each.name, *_mean(each.estimate, measure), _change(against.get(each.name), measure)]
        for each in metric.measured
    ]


def _macro(metric: MetricSummary) -> list[list[str]]:
    """The mean of F1 over classes, of a measure whose answers are classes."""
    measure = Measure(metric.name)
    return [
        [f"{metric.name}, macro-F1", each.name, *_mean(each.macro_f1, measure), _change(each.difference, measure)]
        for each in metric.labels
    ]


def _mean(estimate: Estimate | None, measure: Measure) -> tuple[str, str]:
    return (f"{estimate.n:,}", f"{measure.value(estimate.value)} {measure.span(estimate)}") if estimate else ("0", "")


def _change(difference: Estimate | None, measure: Measure) -> str:
    if difference is None:
        return ""
    return f"{measure.difference(difference.value)} {measure.span_of_difference(difference)}"


def taken(summary: Summary) -> Markup:
    """What an item takes with each variant."""
    more = {each.name: each.times_as_long for each in summary.more}
    head = ["Variant", "Cost of an item", "Tokens", "Median time", "95 % within", "Times as long as the baseline"]
    rows = []
    for variant in summary.variants:
        spent, times = variant.spent, more.get(variant.name)
        rows.append(
            [
                variant.name,
                _amount(spent.cost, money),
                _amount(spent.tokens, number),
                _amount(spent.median, seconds),
                _amount(spent.slow, seconds),
                _amount(times, number),
            ]
        )
    return table(head, rows)


def _amount(estimate: Estimate | None, write: Write) -> str:
    if estimate is None:
        return ""
    interval = estimate.interval
    return f"{write(estimate.value)} [{write(interval.low)}, {write(interval.high)}]"


def tags(summary: Summary, measure: Measure) -> Markup:
    """The headline measure of each variant by tag; a star where the difference's own interval is beside 0."""
    names = [variant.name for variant in summary.variants]
    rows = []
    for each in summary.tags:
        cells = [
            "" if own is None else f"{measure.value(own.value)} {measure.span(own)}{_star(other)}"
            for own, other in zip(each.estimates, each.differences, strict=True)
        ]
        rows.append([each.tag, f"{each.items:,}", *cells])
    return table(["Tag", "Items", *names], rows)


def _star(difference: Estimate | None) -> str:
    return "" if difference is None or 0 in difference.interval else " *"
