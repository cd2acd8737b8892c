"""Anchors: where a person finds a piece of a document again in the original file, such as a page or a sheet's row.

A converter gives each document its anchors in order of offset; one holds until the next begins.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place of the original file, from an offset of its text on."""

    start: int
    """Offset of the first character, in code points."""
    kind: str
    """What the place is called: `page`, `slide`, `row`, `function`; "" for text that lies at none."""
    name: str
    """Which one: `12`, `Shop.order`."""
    group: str = ""
    """What it belongs to, named before it: `sheet Prices`."""


def anchors_within(anchors: Sequence[Anchor], start: int, end: int) -> tuple[Anchor, ...]:
    """Those of ascending `anchors` that hold somewhere from `start` up to `end`."""
    first = max(0, bisect_right(anchors, start, key=_start_of) - 1)
    after = bisect_left(anchors, end, key=_start_of)
    return tuple(anchors[first:after])


def anchor_text(anchors: Sequence[Anchor], start: int, end: int) -> str:
    """The place of a piece, for people: `page 12`, `pages 12-13`, `sheet Prices, rows 4-9`, `function order`.

    A piece that reaches over several places is named by the first and the last of them; "" where it has none.
    """
    held = [anchor for anchor in anchors_within(anchors, start, end) if anchor.kind]
    if not held:
        return ""
    first, last = held[0], held[-1]
    if (first.kind, first.group) == (last.kind, last.group):
        if first.name == last.name:
            return _named(first)
        if first.name.isdecimal() and last.name.isdecimal():
            return _named(replace(first, kind=f"{first.kind}s", name=f"{first.name}-{last.name}"))
    return f"{_named(first)} to {_named(last)}"


def _named(anchor: Anchor) -> str:
    group = f"{anchor.group}, " if anchor.group else ""
    return f"{group}{anchor.kind} {anchor.name}".rstrip()


def _start_of(anchor: Anchor) -> int:
    return anchor.start
