"""Options that let a run stop early, for commands that run a suite; what they say goes before the suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from chatbot.evaluation.run import Bench

_OPTIONS = (
    click.option("--until-decided", is_flag=True, help="Stop once every variant is better, worse or equivalent."),
    click.option("--until-width", metavar="W", type=click.FloatRange(0.001, 0.5), help="Stop once all is known to ±W."),
    click.option("--race", is_flag=True, help="Race many variants, and prove the winner on fresh items."),
)


def deciding_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The command with these options."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def deciding_as(bench: Bench, *, until_decided: bool, until_width: float | None, race: bool) -> Bench:
    """The bench with what the options say. Raises UsageError for what does not go together."""
    from chatbot.evaluation.deciding import SHARE

    said = bench.suite.deciding
    deciding = replace(
        said,
        until_decided=until_decided or (said.until_decided and until_width is None),
        until_width=until_width if until_width is not None or until_decided else said.until_width,
        race=(said.race or SHARE) if race else said.race,
    )
    wrong = deciding.check(len(bench.contenders))
    if wrong:
        raise click.UsageError(wrong)
    return replace(bench, suite=replace(bench.suite, deciding=deciding))
