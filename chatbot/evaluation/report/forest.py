"""The forest plot: of every variant its difference to the baseline with the interval, on one axis, beside the words.

Each row is a sentence that can be read alone; the drawing stands beside it and needs no colour: what is decided is
filled, what is undecided is hollow.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.evaluation.report.figures import Measure, chance
from chatbot.evaluation.report.scale import Scale, linear
from chatbot.evaluation.statistics.interval import Interval
from chatbot.evaluation.summary import Against
from chatbot.markup import Markup, tag

_MIDDLE = 14
"""Half of a row's height, in pixels."""


def forest(against: Sequence[Against], measure: Measure, baseline: str, *, margin: float | None = None) -> Markup:
    """The plot of all variants, in their order; a band where differences are within the margin."""
    scale = _scale(against, margin, bounded=measure.share)
    better = "less" if measure.less_is_better else "more"
    caption = tag(
        "figcaption",
        f"Difference in {measure.name} to {baseline}, with 95 % intervals: {better} is better. ",
        "Filled: decided or equivalent. Hollow: undecided.",
        f" Shaded: within the margin of {measure.difference(margin).lstrip('+')} {measure.unit}." if margin else None,
    )
    rows = [_row(each, measure, scale, margin) for each in against]
    axis = tag("div", tag("span"), _axis(scale, measure), tag("span"), class_="row axis", aria_hidden="true")
    return tag("figure", caption, tag("ul", rows), axis, class_="forest")


def _scale(against: Sequence[Against], margin: float | None, *, bounded: bool) -> Scale:
    ends = [end for each in against for end in (_interval(each).low, _interval(each).high)]
    around = [margin, -margin] if margin else []
    bound = 1.0 if bounded else None
    return linear([0.0, *ends, *around], least=-bound if bound else None, most=bound)


def _interval(against: Against) -> Interval:
    return against.judged.comparison.difference.interval


def _row(against: Against, measure: Measure, scale: Scale, margin: float | None) -> Markup:
    judged, difference = against.judged, against.judged.comparison.difference
    figures = tag(
        "span",
        tag("b", f"{measure.difference(difference.value)} {measure.unit}".strip()),
        f" {measure.span_of_difference(difference)}, {chance(judged.p)}",
        class_="figures",
    )
    who = tag("span", tag("b", against.name, class_="name"), " ", tag("i", judged.verdict), class_="who")
    return tag("li", who, _drawn(against, scale, margin), figures, class_=f"row {judged.verdict}")


def _drawn(against: Against, scale: Scale, margin: float | None) -> Markup:
    interval, value = _interval(against), against.judged.comparison.difference.value
    low, high, at, zero = (percent_of(scale, each) for each in (interval.low, interval.high, value, 0.0))
    return tag(
        "svg",
        _band(scale, margin) if margin else None,
        tag("line", class_="zero", x1=zero, x2=zero, y1="0", y2="100%"),
        tag("line", class_="interval", x1=low, x2=high, y1=_MIDDLE, y2=_MIDDLE),
        [tag("line", class_="interval", x1=end, x2=end, y1=_MIDDLE - 4, y2=_MIDDLE + 4) for end in (low, high)],
        tag("circle", class_="mark", cx=at, cy=_MIDDLE, r=5),
        aria_hidden="true",
    )


def _band(scale: Scale, margin: float) -> Markup:
    low, high = scale.place(-margin), scale.place(margin)
    return tag("rect", class_="margin", x=f"{100 * low:.2f}%", width=f"{100 * (high - low):.2f}%", y="0", height="100%")


def _axis(scale: Scale, measure: Measure) -> Markup:
    labels = [
        tag("text", measure.difference(tick), x=percent_of(scale, tick), y=14, text_anchor="middle")
        for tick in scale.ticks
    ]
    marks = [
        tag("line", class_="tick", x1=percent_of(scale, tick), x2=percent_of(scale, tick), y1="0", y2="4")
        for tick in scale.ticks
    ]
    return tag("svg", tag("line", class_="tick", x1="0", x2="100%", y1="0", y2="0"), marks, labels)


def percent_of(scale: Scale, value: float) -> str:
    """Where a figure stands along a drawing."""
    return f"{100 * scale.place(value):.2f}%"
