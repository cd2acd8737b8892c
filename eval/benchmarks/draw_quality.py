"""Draws the quality of rankings as one SVG: a row of dots for each collection, as `retrieval_quality.py` measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatbot.markup import Markup, tag

WIDTH, LEFT, RIGHT, TOP, ROW = 880, 210, 40, 64, 58
LOW, HIGH = 0.3, 1.0

STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328 } .small { font-size: 12px; fill: #59636e }
.line { stroke: #d1d9e0 } .ours { fill: #0969da } .other { fill: none; stroke: #57606a; stroke-width: 1.6 }
.value { font-weight: 600; fill: #0969da }
@media (prefers-color-scheme: dark) { text { fill: #f0f6fc } .small { fill: #9198a1 } .line { stroke: #3d444d }
 .ours { fill: #4493f8 } .other { stroke: #9198a1 } .value { fill: #4493f8 } }
"""


def draw_quality(file: Path, collections: Mapping[str, Mapping[str, float]]) -> None:
    """Writes the picture. collections: figures by ranking, the first one ours, by the title of a collection."""
    names = list(dict.fromkeys(name for figures in collections.values() for name in figures))
    height = TOP + ROW * len(collections) + 30
    parts = [_legend(names)]
    for number, (title, figures) in enumerate(collections.items()):
        parts.append(_row(title, figures, names, TOP + ROW * number + ROW / 2))
    bottom = height - 24
    for tenth in range(3, 11):
        x = _across(tenth / 10)
        parts.insert(0, tag("line", class_="line", x1=x, x2=x, y1=TOP, y2=bottom - 6))
        parts.append(tag("text", f"{tenth / 10:.1f}", class_="small", x=x, y=bottom + 10, text_anchor="middle"))
    picture = tag(
        "svg",
        tag("title", "Quality of search in three public collections"),
        tag("style", STYLE),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
    )
    file.write_text(picture + "\n", encoding="utf-8")


def _legend(names: list[str]) -> Markup:
    x, entries = 16.0, []
    for place, name in enumerate(names):
        entries += [_mark(place, x, 22), tag("text", name, class_="small", x=x + 12, y=26)]
        x += 44 + 6.6 * len(name)
    return tag("g", entries)


def _row(title: str, figures: Mapping[str, float], names: list[str], y: float) -> Markup:
    marks = [_mark(names.index(name), _across(value), y, f"{name}: {value:.3f}") for name, value in figures.items()]
    ours = next(iter(figures.values()))
    return tag(
        "g",
        tag("text", title, x=16, y=y + 5),
        tag("line", class_="line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y),
        reversed(marks),  # ours lies on top
        tag("text", f"{ours:.3f}", class_="value", x=_across(ours), y=y - 13, text_anchor="middle"),
    )


def _mark(place: int, x: float, y: float, title: str = "") -> Markup:
    """A dot for ours; for the others a ring, a square, a diamond, a triangle and a cross: told without colour."""
    told = tag("title", title) if title else None
    x, y = round(x, 1), round(y, 1)
    if place == 0:
        return tag("circle", told, class_="ours", cx=x, cy=y, r=7)
    shapes = {
        1: f"M{x - 5} {y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0",
        2: f"M{x - 5} {y - 5}h10v10h-10z",
        3: f"M{x} {y - 6}l6 6l-6 6l-6 -6z",
        4: f"M{x} {y - 6}l6 11h-12z",
    }
    return tag("path", told, class_="other", d=shapes.get(place, f"M{x - 5} {y - 5}l10 10m0 -10l-10 10"))


def _across(value: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (value - LOW) / (HIGH - LOW), 1)
