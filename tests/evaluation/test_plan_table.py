"""A plan as people read it: 80 columns, and every guess marked as one."""

from __future__ import annotations

from math import inf

from chatbot.evaluation.plan import Need, Plan
from chatbot.evaluation.plan_table import HEAD, as_data, notes, rows
from chatbot.evaluation.reach import Reach
from chatbot.models.purse import Caps

REACH = Reach(0.123, 0.2, 0, 1)
KNOWN = Need("a variant with a name that is long", 1_000_000, 40_000_000, 123_456_789, 98_765_432, 1234.5, 1e7, 20)
GUESSED = Need("short", 20, 40, 800, 4_000, None, 80.0, 0)


def plan(*needs: Need, **more: object) -> Plan:
    fields = {"items": 200, "cells": 400, "answered": 0, "minutes": 1.0, "concurrency": 16, "reach": REACH}
    return Plan(needs, **{**fields, "caps": Caps(), **more})  # type: ignore[arg-type]


def width(cells: list[tuple[str, ...]]) -> int:
    return sum(max(map(len, column)) for column in zip(HEAD, *cells, strict=True)) + 2 * (len(HEAD) - 1)


def test_the_table_fits_80_columns_however_large_the_numbers_are() -> None:
    made = rows(plan(KNOWN, GUESSED))
    assert width(made) <= 80
    assert made[0] == ("a variant with a name tha…", "1,000 k", "40 M", "123 M", "99 M", "1234.50", "173.6 h")
    assert made[1] == ("short", "20", "40", "800", "~4,000", "?", "~5 s")
    assert made[2][0] == "in all"
    assert len(rows(plan(KNOWN))) == 1


def test_what_is_assumed_and_what_is_not_known_is_said() -> None:
    told = "\n".join(notes(plan(KNOWN, GUESSED)))
    assert "~ assumes replies of 200 tokens" in told and "limit: 20" in told
    assert "? The price of the model is not known (short): give it under `prices`." in told
    told = "\n".join(notes(plan(KNOWN, KNOWN)))
    assert "~" not in told and "?" not in told


def test_what_is_answered_and_how_far_the_budget_reaches_is_said() -> None:
    told = notes(plan(KNOWN, answered=134, caps=Caps(dollars=123.45)))
    assert told[0] == "134 of 400 cells are answered already; the table has the rest."
    assert "The budget ends the run at about 10% of that." in told
    assert "that is all of them" in notes(plan(KNOWN, answered=400))[0]


def test_what_the_run_can_show_is_said() -> None:
    assert notes(plan(KNOWN, KNOWN))[-1] == (
        "200 items show a difference of 0.123 in four of five runs where variants differ on 20% of the items, "
        "as is assumed without a pilot."
    )
    told = notes(plan(KNOWN, KNOWN, reach=Reach(inf, 0.1, 20, 3, 900)))
    assert told[-3] == (
        "200 items cannot show any difference where variants differ on 10% of the items, as in 20 items of earlier "
        "runs."
    )
    assert told[-2:] == [
        "That is after the correction for 3 comparisons.",
        "A difference as large as the margin takes 900 items.",
    ]
    assert notes(plan(KNOWN))[-1] == "There is nothing to compare: the suite has one variant."


def test_as_data_it_is_json() -> None:
    found = as_data(plan(KNOWN, GUESSED, reach=Reach(inf, 0.1, 20, 3)))
    assert (found["reach"]["difference"], found["dollars"], found["share"]) == (None, None, 1.0)
    assert found["needs"][1]["calls"] == 40
