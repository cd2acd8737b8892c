"""`chatbot eval rejudge`: asks judges again about a run's replies, to see how much of a verdict is their own noise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.eval_budget import budget_options, spending_data, spending_line, within
from chatbot.cli.eval_judging import JudgingProgress, judges_lines
from chatbot.cli.eval_show_command import tell_changes
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.bot import Chatbot
    from chatbot.evaluation.run import Bench

TIMES = 3
"""How often a judge says something of each reply: two show that it wavers, three how much."""


@click.command("rejudge")
@click.argument("run", default="latest")
@click.option("--times", metavar="N", type=click.IntRange(2), default=TIMES, show_default=True, help="In all.")
@click.option("--suite", type=click.Path(path_type=Path), help="Where the run's suite lies now.")
@click.option("-m", "--model", metavar="SPEC", help="Judge where the suite names none.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@budget_options
def command(
    run: str,
    times: int,
    suite: Path | None,
    model: str | None,
    as_json: bool,
    budget: float | None,
    budget_tokens: int | None,
    budget_minutes: float | None,
) -> None:
    """Ask the judges of RUN again, until each has judged every reply N times.

    No reply is asked for: what differs is the judges' own noise. What they said before counts, and what is said now
    changes no score; `repeats` in the suite has the scores rest on several judgements.

    RUN is an id or the beginning of one, a suite (its latest run), or `latest`.
    """
    from chatbot import portal
    from chatbot.bot import Chatbot
    from chatbot.evaluation.history import find_run, open_run
    from chatbot.evaluation.judging.report import as_data, reports_of
    from chatbot.evaluation.judging.stage import JUDGED, judge
    from chatbot.evaluation.run import purse_of

    screen = Screen(plain=as_json)
    with Chatbot(model, knowledge=None) as bot:
        past = open_run(find_run(bot.journal, run), bot.journal, suite)
        tell_changes(past, screen)
        bench = within(_with_judges(past.bench, bot), budget, budget_tokens, budget_minutes)
        purse = purse_of(bench, past.record.id, [judge.model for panel in bench.panels for judge in panel.judges])
        again = replace(bench, panels=[panel.asked(times) for panel in bench.panels])
        bot.journal.note(past.record.id, JUDGED, max(times, past.record.plan.get(JUDGED, 1)))
        with JudgingProgress(quiet=as_json) as watch:
            portal.call(judge(again, past.record.id, watch=watch, purse=purse))
        reports = reports_of(bench, past.record.id)
    if as_json:
        screen.json({"run": past.record.id, "times": times, **spending_data(purse), "judges": as_data(reports)})
        return
    for line in judges_lines(reports):
        screen.line(line)
    if said := spending_line(purse):
        screen.line(said)


def _with_judges(bench: Bench, bot: Chatbot) -> Bench:
    """The bench with its judges connected. Raises UsageError where nobody judges."""
    from chatbot.errors import UsageError
    from chatbot.evaluation.judging.panel import panels_of
    from chatbot.evaluation.opening import connecting

    panels = panels_of(bench.suite, bench.dataset, connecting(bench.suite, bot))
    if not panels:
        raise UsageError(
            f"suite {bench.suite.name} has no judges", hint="a scorer of the kind rubric or pairwise has some"
        )
    return replace(bench, panels=panels)
