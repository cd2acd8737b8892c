"""A plan as lines of a table that fits 80 columns, and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import inf
from typing import Any

from chatbot.evaluation.plan import REPLY_TOKENS, SECONDS, Need, Plan

NAME_SHOWN = 26
"""Characters of a variant's name in a column; the data has the whole."""

HEAD = ("VARIANT", "CELLS", "CALLS", "TOKENS IN", "OUT", "$", "TIME")


def rows(planned: Plan) -> list[tuple[str, ...]]:
    """A row a variant and a judge, and one for all of them."""
    needs = (*planned.needs, *planned.judges)
    made = [_row(need, planned.concurrency) for need in needs]
    if len(made) == 1:
        return made
    whole = Need(
        "in all",
        sum(need.cells for need in needs),
        sum(need.calls for need in needs),
        sum(need.input_tokens for need in needs),
        sum(need.output_tokens for need in needs),
        planned.dollars,
        sum(need.seconds for need in needs),
        min(need.seen for need in needs),
    )
    return [*made, _row(whole, planned.concurrency)]


def _row(need: Need, concurrency: int) -> tuple[str, ...]:
    name = need.name if len(need.name) <= NAME_SHOWN else need.name[: NAME_SHOWN - 1] + "…"
    guess = "" if need.seen or not need.output_tokens else "~"
    numbers = (_count(need.cells), _count(need.calls), _count(need.input_tokens), guess + _count(need.output_tokens))
    money = "?" if need.dollars is None else f"{guess}{need.dollars:.2f}"
    return (name, *numbers, money, ("" if need.seen or not need.seconds else "~") + _time(need.seconds / concurrency))


def _count(number: float) -> str:
    """A number in at most six characters."""
    if number < 100_000:
        return f"{number:,.0f}"
    return f"{number / 1e3:,.0f} k" if number < 10_000_000 else f"{number / 1e6:,.0f} M"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def notes(planned: Plan) -> list[str]:
    """What the table does not say: what is assumed, what the caps allow, and what the run can show."""
    told = []
    if planned.answered:
        rest = "that is all of them" if planned.answered == planned.cells else "the table has the rest"
        told.append(f"{planned.answered:,} of {planned.cells:,} cells are answered already; {rest}.")
    if any(not need.seen and need.output_tokens for need in (*planned.needs, *planned.judges)):
        told.append(
            f"~ assumes replies of {REPLY_TOKENS} tokens and calls of {SECONDS:g} s, since no run has asked so before: "
            "run it with `limit: 20` in the dataset first, and this plan knows."
        )
    if planned.dollars is None:
        unknown = ", ".join(need.name for need in (*planned.needs, *planned.judges) if need.dollars is None)
        told.append(f"? The price of the model is not known ({unknown}): give it under `prices`.")
    told.append(f"Times are those of {planned.concurrency} cells at once.")
    if planned.share < 1:
        told.append(f"The budget ends the run at about {planned.share:.0%} of that.")
    return [*told, *_reach(planned)]


def _reach(planned: Plan) -> list[str]:
    found = planned.reach
    items = f"{planned.items:,} items"
    if len(planned.needs) == 1:
        return ["There is nothing to compare: the suite has one variant."]
    if found.discordance is not None:
        seen = f"variants differ on {found.discordance:.0%} of the items"
    else:
        seen = "scores differ as much"
    since = f"as in {found.pilot:,} items of earlier runs" if found.pilot else "as is assumed without a pilot"
    if found.difference == inf:
        told = [f"{items} cannot show any difference where {seen}, {since}."]
    else:
        told = [f"{items} show a difference of {found.difference:.3f} in four of five runs where {seen}, {since}."]
    if found.comparisons > 1:
        told.append(f"That is after the correction for {found.comparisons} comparisons.")
    if found.items_for_margin is not None:
        told.append(f"A difference as large as the margin takes {found.items_for_margin:,} items.")
    return told


def as_data(planned: Plan) -> Mapping[str, Any]:
    """The plan for programs."""
    difference = planned.reach.difference
    data = asdict(planned)
    data["reach"]["difference"] = None if difference == inf else difference
    return {**data, "dollars": planned.dollars, "tokens": planned.tokens, "share": planned.share}
