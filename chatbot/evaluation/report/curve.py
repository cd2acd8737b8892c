"""The score against the number of samples: what a vote of k would be right in, and several tries of k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from chatbot.evaluation.report.figures import number, percent
from chatbot.evaluation.report.forest import percent_of
from chatbot.evaluation.report.scale import Scale, linear
from chatbot.evaluation.report.sheet import table
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.markup import Markup, tag

HEIGHT = 200
"""Of the drawing, in pixels."""

Curve = Sequence[tuple[int, Estimate]]
"""A figure for each number of samples."""

DASHES = ("none", "6 4", "2 3", "8 3 2 3")
"""Of the lines, in their order: they are told apart without colour."""


def curves(name: str, found: Mapping[str, Curve], tokens: Mapping[int, float]) -> Markup:
    """The curves of a variant with their table. tokens: of an item, by the number of samples."""
    sizes = sorted({k for curve in found.values() for k, _ in curve})
    across = linear([1.0, *map(float, sizes)], least=1.0)
    ends = [end for curve in found.values() for _, each in curve for end in (each.interval.low, each.interval.high)]
    up = linear(ends, least=0.0, most=1.0)
    lines = [_drawn(curve, across, up, dash) for curve, dash in zip(found.values(), DASHES, strict=False)]
    keys = [_key(label, dash) for label, dash in zip(found, DASHES, strict=False)]
    caption = tag("figcaption", tag("b", name, class_="name"), ": share of items right against samples. ", keys)
    svg = tag("svg", _grid(across, up), lines, height=HEIGHT + 24, aria_hidden="true")
    head = ["Samples", *found, "Tokens"]
    rows = [
        [str(k), *(_cell(dict(curve).get(k)) for curve in found.values()), number(tokens[k]) if k in tokens else ""]
        for k in sizes
    ]
    return tag("figure", caption, tag("div", svg, class_="plot"), table(head, rows), class_="curve")


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    return f"{percent(estimate.value)} [{percent(estimate.interval.low)}, {percent(estimate.interval.high)}]"


def _key(label: str, dash: str) -> Markup:
    line = tag("line", x1=0, x2=28, y1=6, y2=6, stroke_dasharray=dash)
    return tag("span", tag("svg", line, class_="key", aria_hidden="true"), f" {label} ")


def _drawn(curve: Curve, across: Scale, up: Scale, dash: str) -> Markup:
    at = [(percent_of(across, k), _height(up, each.value), each) for k, each in curve]
    joints = [
        tag("line", x1=one[0], y1=one[1], x2=two[0], y2=two[1], stroke_dasharray=dash) for one, two in pairwise(at)
    ]
    bars = [
        tag("line", class_="bar", x1=x, x2=x, y1=_height(up, each.interval.low), y2=_height(up, each.interval.high))
        for x, _, each in at
    ]
    return tag("g", bars, joints, [tag("circle", cx=x, cy=y, r=3) for x, y, _ in at], class_="series")


def _grid(across: Scale, up: Scale) -> list[Markup]:
    rows = [
        tag(
            "g",
            tag("line", class_="grid", x1="0", x2="100%", y1=_height(up, tick), y2=_height(up, tick)),
            tag("text", percent(tick), x=-8, y=_height(up, tick) + 4, text_anchor="end"),
        )
        for tick in up.ticks
    ]
    ticks = [tick for tick in across.ticks if tick == int(tick)]
    return [
        *rows,
        *(tag("text", int(tick), x=percent_of(across, tick), y=HEIGHT + 18, text_anchor="middle") for tick in ticks),
    ]


def _height(up: Scale, value: float) -> float:
    return round((1 - up.place(value)) * HEIGHT, 2)
