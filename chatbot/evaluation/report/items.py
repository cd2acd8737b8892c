"""The items of a run for the page's browser: a short row of each, and everything that came of it, packed in parts.

One pass over the journal keeps a figure or two for each item; then items are read again one by one, the most telling
first, until the page is full. So the page of a run of a million cells is as large as `MOST_LETTERS`, and says so.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from chatbot import codec
from chatbot.evaluation.records import Item, Response, Score, Status
from chatbot.evaluation.scored import Scored
from chatbot.journal.records import EffectRecord

MOST_LETTERS = 12_000_000
"""Of packed items that a page holds: what a browser opens without a pause, and mail lets through."""

LONG = 64
"""Characters from which a text that comes again is held once: passages and prompts come in every cell."""

HELD = "\x01"
"""Stands before the number of a text that is held elsewhere; a text that begins so itself is always held."""

PART = 50
"""Items that are unpacked at once, when the first of them is opened."""

SNIPPET = 140
"""Characters of an item in its row."""

Outcome = str
"""right, wrong, or partly; or the status of what has no score; `mixed` where repeats came to different ends."""

FIRST = ("question", "text", "input", "prompt", "problem", "sentence")
"""Fields that say best what an item is about, where it has them; else its longest text."""


@dataclass(slots=True)
class Course:
    """What is known of an item after the first pass: for each variant how its cells ended, and the sum of scores."""

    ends: list[Counter[Status]]
    sums: list[float]
    numbers: list[int] = field(default_factory=list)
    """Of its cells."""

    def outcome(self, variant: int) -> Outcome:
        """How a variant did on the item; empty where it was not asked."""
        ends = self.ends[variant]
        if len(ends) != 1:
            return "mixed" if ends else ""
        (status,) = ends
        if status != "scored":
            return status
        mean = self.mean(variant)
        return "right" if mean == 1 else "wrong" if mean == 0 else "partly"

    def mean(self, variant: int) -> float | None:
        """The mean of its scores; None where it has none."""
        count = self.ends[variant]["scored"]
        return self.sums[variant] / count if count else None

    @property
    def rank(self) -> int:
        """What a reader wants to see first: items on which variants differ, then what went wrong, then the rest."""
        outcomes = {self.outcome(variant) for variant in range(len(self.ends))} - {""}
        if len(outcomes) > 1 or "partly" in outcomes:
            return 0
        return 2 if outcomes == {"right"} else 1


@dataclass(frozen=True, slots=True)
class Browsed:
    """What the page's browser is given."""

    index: str
    """Packed: a row of each item that is shown."""
    parts: tuple[str, ...]
    """Packed: `PART` items each, with everything that came of them."""
    shown: int
    items: int
    """All that were asked."""


Read = Callable[[int], Scored]
"""A cell with its score, by its number."""

Effects = Callable[[str], Sequence[EffectRecord]]
"""The effects of a cell, by its trace."""


def pack(text: str) -> str:
    """ASCII text, compressed, in letters that cannot be markup."""
    return base64.b64encode(zlib.compress(text.encode("ascii"), 6)).decode("ascii")


def courses(scored: Iterable[Scored], variants: int) -> dict[int, Course]:
    """The first pass: the course of each item, by its place in the dataset, in the order in which they were asked."""
    found: dict[int, Course] = {}
    for came, score in scored:
        place = came.cell.item
        if place not in found:
            found[place] = Course([Counter() for _ in range(variants)], [0.0] * variants)
        course = found[place]
        course.numbers.append(came.cell.number)
        course.ends[came.cell.variant][score.status] += 1
        course.sums[came.cell.variant] += score.value or 0.0
    return found


def browsed(
    items: Sequence[Item], course: Mapping[int, Course], read: Read, effects: Effects, *, most: int = MOST_LETTERS
) -> Browsed:
    """The items with all that came of them, the most telling first; among those alike, in the order they were asked.

    read: a cell with its score, by its number. most: letters of all parts together; the first part is always whole.
    """
    ranked = sorted(course, key=lambda each: course[each].rank)
    parts: list[str] = []
    for first in range(0, len(ranked), PART):
        places = ranked[first : first + PART]
        told = [_item(items[place], map(read, course[place].numbers), effects) for place in places]
        part = pack(_json(_once(told)))
        if parts and sum(map(len, parts)) + len(part) > most:
            break
        parts.append(part)
    shown = ranked[: PART * len(parts)]
    return Browsed(
        pack(_json([_index(items[place], course[place]) for place in shown])), tuple(parts), len(shown), len(course)
    )


def _once(told: object) -> dict[str, object]:
    """The same with each long text held once."""
    held: dict[str, int] = {}

    def spared(value: object) -> object:
        match value:
            case str() if len(value) >= LONG or value.startswith(HELD):
                return f"{HELD}{held.setdefault(value, len(held))}"
            case Mapping():
                return {str(key): spared(inner) for key, inner in value.items()}
            case list() | tuple():
                return [spared(inner) for inner in value]
        return value

    return {"told": spared(told), "texts": list(held)}


def _index(item: Item, course: Course) -> list[object]:
    """An item's row: id, snippet, tags, and for each variant its outcome and mean."""
    variants = range(len(course.ends))
    outcomes = [[course.outcome(variant), _short(course.mean(variant))] for variant in variants]
    return [item.id, snippet(item.fields), item.tags, outcomes]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def snippet(fields: Mapping[str, object]) -> str:
    """What an item is about, on one line."""
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    named = next((texts[name] for name in FIRST if texts.get(name)), None)
    text = " ".join((named or max(texts.values(), key=len, default="")).split())
    return text if len(text) <= SNIPPET else text[: SNIPPET - 1] + "…"


def _item(item: Item, cells: Iterable[Scored], effects: Effects) -> dict[str, object]:
    return {
        "fields": {name: value if isinstance(value, str) else _json(value) for name, value in item.fields.items()},
        "line": item.line,
        "cluster": item.cluster,
        "cells": [
            {
                "variant": came.cell.variant,
                "repeat": came.cell.repeat,
                **_cell(came.response, score, effects(came.trace_id)),
            }
            for came, score in cells
        ],
    }


def _cell(response: Response, score: Score, effects: Sequence[EffectRecord]) -> dict[str, Any]:
    """Everything that came of a cell, but for what is empty."""
    said = {name: value for name, value in codec.plain(response).items() if value not in (None, "", [], False)}
    return {
        **said,
        "score": {"status": score.status, "value": score.value, "reason": score.reason, "details": score.details},
        "effects": [_effect(each) for each in effects],
    }


def _effect(effect: EffectRecord) -> dict[str, Any]:
    took = None if effect.ended is None else round(effect.ended - effect.started, 4)
    return {
        "kind": effect.kind,
        "request": effect.request,
        "result": effect.result,
        "failed": effect.failed,
        "seconds": took,
    }


def _json(value: object) -> str:
    """JSON text; what JSON has no form for, as text: a scorer's details may hold anything."""
    return json.dumps(_finite(value), ensure_ascii=True, separators=(",", ":"), default=str)


def _finite(value: object) -> object:
    """The value with figures that JSON has no form for as text."""
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
