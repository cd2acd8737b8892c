"""What a run may spend, as options of the commands that ask models, and how it is told what was spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from chatbot.evaluation.run import Bench
    from chatbot.models.purse import Purse

Command = TypeVar("Command", bound=Callable[..., object])


def budget_options(command: Command) -> Command:
    """Adds the options; the command is given `budget`, `budget_tokens` and `budget_minutes`."""
    for option in (
        click.option("--budget-minutes", metavar="N", type=click.FloatRange(0), help="Minutes after which it stops."),
        click.option("--budget-tokens", metavar="N", type=click.IntRange(1), help="Most tokens that it may take."),
        click.option("--budget", metavar="DOLLARS", type=click.FloatRange(0), help="Most that the run may cost."),
    ):
        command = option(command)
    return command


def within(bench: Bench, dollars: float | None, tokens: int | None, minutes: float | None) -> Bench:
    """The bench with these caps in place of the suite's; None leaves what the suite says."""
    given = {"dollars": dollars, "tokens": tokens, "minutes": minutes}
    caps = replace(bench.suite.caps, **{name: cap for name, cap in given.items() if cap is not None})  # type: ignore[arg-type]
    return replace(bench, suite=replace(bench.suite, caps=caps))


def spending_data(purse: Purse) -> dict[str, Any]:
    """For programs: caps, what was spent of them, and which was reached; empty where nothing is capped."""
    if not purse.bounded and purse.caps.minutes is None:
        return {}
    spent = asdict(purse.spent) if purse.bounded else {}
    return {"budget": {**asdict(purse.caps), "spent": spent, "reached": purse.reached or None}}


def spending_line(purse: Purse) -> str:
    """For people: which cap ended the run, and what may have been paid for nothing; empty where neither is the case."""
    if not purse.bounded:
        return f"Stopped: {purse.reached}. {_REST}" if purse.reached else ""
    spent = purse.spent
    at_most = f" ({spent.cut} calls that were cut count as much as they can have taken)" if spent.cut else ""
    told = f"${spent.dollars:.4f} and {spent.tokens:,} tokens are spent{at_most}."
    if purse.reached:
        return f"Stopped: {purse.reached}. {told} {_REST}"
    return told if spent.cut else ""


_REST = "All above holds for what came by then; allow more to go on."
