"""`chatbot eval plan`: what a run will take, and what it can show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatbot.cli.eval_budget import budget_options, within
from chatbot.cli.eval_deciding import deciding_as, deciding_options
from chatbot.cli.options import DECODE
from chatbot.cli.screen import Screen


@click.command("plan")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-m", "--model", metavar="SPEC", help="Model of variants that name none.")
@DECODE
@budget_options
@deciding_options
def command(
    suite: Path,
    as_json: bool,
    model: str | None,
    decode: str,
    budget: float | None,
    budget_tokens: int | None,
    budget_minutes: float | None,
    **deciding: Any,
) -> None:
    """Say what a run of SUITE will take, and what it can show. Asks no model.

    A run over part of the items (`limit` in the dataset) is a pilot: what it has seen is not guessed.
    """
    from dataclasses import asdict

    from chatbot.bot import Chatbot
    from chatbot.evaluation.course import foretold
    from chatbot.evaluation.judging.need import needs_of_judges
    from chatbot.evaluation.leaks import leaks
    from chatbot.evaluation.metric import metrics_of
    from chatbot.evaluation.opening import open_bench
    from chatbot.evaluation.plan import plan
    from chatbot.evaluation.plan_table import HEAD, as_data, notes, rows

    screen = Screen(plain=as_json)
    with Chatbot(model, decode=decode, knowledge=None) as bot:
        bench = within(deciding_as(open_bench(suite, bot), **deciding), budget, budget_tokens, budget_minutes)
        metric = metrics_of(bench)[0]
        planned = plan(bench, list(metric.scorers), needs_of_judges(bench))
        early, found = foretold(bench, metric), leaks(bench)
    if as_json:
        screen.json({**as_data(planned), "leaks": [asdict(each) for each in found]})
        return
    screen.table(rows(planned), HEAD)
    for line in (*notes(planned), *([early] if early else []), *map(str, found)):
        screen.hanging("", line)
