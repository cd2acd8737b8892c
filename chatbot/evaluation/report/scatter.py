"""The score against what it takes: error bars on both axes, and the front of variants that no other beats on both.

A point has a number, and the list beside the drawing says whose it is and what it comes to, so that neither colour nor
a pointer is needed. Hollow and grey is what another variant beats on both axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from chatbot.evaluation.report.figures import Measure, Write
from chatbot.evaluation.report.forest import percent_of
from chatbot.evaluation.report.scale import Scale, linear, logarithmic
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.markup import Markup, tag

HEIGHT = 240
"""Of the drawing, in pixels; its width is the page's."""

APART = 8
"""Of the most and the least that variants take: from here on the axis is logarithmic."""


@dataclass(frozen=True, slots=True)
class Point:
    """A variant."""

    name: str
    takes: Estimate
    """Across: the less, the better."""
    score: Estimate
    """Up."""


def front(points: Sequence[Point], *, less_is_better: bool = False) -> list[Point]:
    """The points that no other beats: none takes as little and scores better, nor scores as well and takes less."""
    sign = -1 if less_is_better else 1
    kept: list[Point] = []
    for point in sorted(points, key=lambda each: (each.takes.value, -sign * each.score.value)):
        if not kept or sign * point.score.value > sign * kept[-1].score.value:
            kept.append(point)
    return kept


def scatter(points: Sequence[Point], measure: Measure, what: str, write: Write) -> Markup:
    """The drawing and its list. what: is taken, for the caption. write: says an amount of it."""
    best = front(points, less_is_better=measure.less_is_better)
    across, up = _across(points), _up(points, measure)
    drawn = [_drawn(number, point, across, up, point in best) for number, point in enumerate(points, 1)]
    caption = tag(
        "figcaption",
        f"{measure.name} against {what}, with 95 % intervals of both. Filled: no other variant scores better for as ",
        "little. Hollow: another one does.",
    )
    svg = tag(
        "svg",
        _grid(across, up, measure, write),
        _steps(best, across, up),
        drawn,
        height=HEIGHT + 24,
        aria_hidden="true",
    )
    told = [_told(point, measure, write, point in best) for point in points]
    return tag("figure", caption, tag("div", svg, class_="plot"), tag("ol", told, class_="legend"), class_="scatter")


def _across(points: Sequence[Point]) -> Scale:
    values = [point.takes.value for point in points]
    if min(values) > 0 and max(values) > APART * min(values):
        return logarithmic(values)
    ends = [end for point in points for end in (point.takes.interval.low, point.takes.interval.high) if isfinite(end)]
    return linear([0.0, *values, *ends], least=0.0)


def _up(points: Sequence[Point], measure: Measure) -> Scale:
    ends = [end for point in points for end in (point.score.interval.low, point.score.interval.high)]
    return linear(
        [*ends, *(point.score.value for point in points)], **({"least": 0.0, "most": 1.0} if measure.share else {})
    )


def _grid(across: Scale, up: Scale, measure: Measure, write: Write) -> list[Markup]:
    rows = [
        tag("g", _line("grid", "0", "100%", y, y), tag("text", measure.value(tick), x=-8, y=y + 4, text_anchor="end"))
        for tick in up.ticks
        for y in (_height(up, tick),)
    ]
    columns = [
        tag("g", _line("grid", x, x, 0.0, HEIGHT), tag("text", write(tick), x=x, y=HEIGHT + 18, text_anchor="middle"))
        for tick in across.ticks
        for x in (percent_of(across, tick),)
    ]
    return [*rows, *columns]


def _steps(best: Sequence[Point], across: Scale, up: Scale) -> list[Markup]:
    """What the best score comes to as more may be taken."""
    lines = []
    for at, point in enumerate(best):
        x, y = percent_of(across, point.takes.value), _height(up, point.score.value)
        after = best[at + 1] if at + 1 < len(best) else None
        end = percent_of(across, after.takes.value) if after else "100%"
        lines.append(_line("front", x, end, y, y))
        if after:
            lines.append(_line("front", end, end, y, _height(up, after.score.value)))
    return lines


def _drawn(number: int, point: Point, across: Scale, up: Scale, best: bool) -> Markup:
    x, y = percent_of(across, point.takes.value), _height(up, point.score.value)
    takes, score = point.takes.interval, point.score.interval
    return tag(
        "g",
        _line("bar", percent_of(across, takes.low), percent_of(across, takes.high), y, y),
        _line("bar", x, x, _height(up, score.low), _height(up, score.high)),
        tag("circle", cx=x, cy=y, r=9),
        tag("text", number, x=x, y=y + 4, text_anchor="middle"),
        class_="point" if best else "point dominated",
    )


def _told(point: Point, measure: Measure, write: Write, best: bool) -> Markup:
    takes = point.takes.interval
    figures = (
        f"{measure.value(point.score.value)} {measure.span(point.score)} for {write(point.takes.value)} "
        f"[{write(takes.low)}, {write(takes.high)}]"
    )
    return tag(
        "li", tag("b", point.name, class_="name"), f": {figures}", None if best else tag("i", ", beaten on both")
    )


def _line(kind: str, x1: str, x2: str, y1: float, y2: float) -> Markup:
    return tag("line", class_=kind, x1=x1, x2=x2, y1=y1, y2=y2)


def _height(up: Scale, value: float) -> float:
    return round((1 - up.place(value)) * HEIGHT, 2)
