"""`chatbot eval`: asks a suite's items in all its ways, and says which is better, by how much, and how sure."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatbot.cli import (
    eval_bless_command,
    eval_compare_command,
    eval_gate_command,
    eval_import_command,
    eval_label_command,
    eval_list_command,
    eval_plan_command,
    eval_promote_command,
    eval_received_command,
    eval_rejudge_command,
    eval_report_command,
    eval_schema_command,
    eval_show_command,
)
from chatbot.cli.eval_budget import budget_options, spending_data, spending_line, within
from chatbot.cli.eval_deciding import deciding_as, deciding_options
from chatbot.cli.eval_judging import JudgingProgress, judges_data, judges_lines
from chatbot.cli.eval_progress import Progress
from chatbot.cli.eval_summary import show_summary
from chatbot.cli.options import DECODE
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from chatbot.bot import Chatbot
    from chatbot.evaluation.run import Asked, Bench, Schedule, Watch
    from chatbot.journal.records import RunRecord
    from chatbot.models.purse import Purse


@click.group("eval")
def command() -> None:
    """Compare prompts, strategies and models on a dataset."""


command.add_command(eval_bless_command.command)
command.add_command(eval_compare_command.command)
command.add_command(eval_gate_command.command)
command.add_command(eval_import_command.command)
command.add_command(eval_label_command.command)
command.add_command(eval_list_command.command)
command.add_command(eval_plan_command.command)
command.add_command(eval_promote_command.command)
command.add_command(eval_received_command.command)
command.add_command(eval_rejudge_command.command)
command.add_command(eval_report_command.command)
command.add_command(eval_schema_command.command)
command.add_command(eval_show_command.command)


@command.command("run")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-m", "--model", metavar="SPEC", help="Model of variants that name none.")
@DECODE
@click.option("--fresh", is_flag=True, help="Ask again what has been answered.")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write the report, too.")
@budget_options
@deciding_options
def run(
    suite: Path,
    as_json: bool,
    model: str | None,
    decode: str,
    fresh: bool,
    html: Path | None,
    budget: float | None,
    budget_tokens: int | None,
    budget_minutes: float | None,
    **deciding: Any,
) -> None:
    """Ask every item of SUITE in every way, and compare.

    A run that was stopped goes on, and what has been answered is not asked again. What a run may spend counts from its
    first call on, and goes before the suite's own `budget`.
    """
    from chatbot.evaluation.course import schedule_of
    from chatbot.evaluation.judging.report import reports_of
    from chatbot.evaluation.leaks import leaks
    from chatbot.evaluation.metric import metrics_of
    from chatbot.evaluation.opening import open_bench
    from chatbot.evaluation.run import begun, purse_of
    from chatbot.evaluation.scored import summary_of
    from chatbot.evaluation.summary_data import as_data

    screen = Screen(plain=as_json)
    with _bot(model, decode) as bot:
        bench = within(deciding_as(open_bench(suite, bot), **deciding), budget, budget_tokens, budget_minutes)
        metrics = metrics_of(bench)
        for leak in leaks(bench):
            screen.notice(str(leak))
        record = begun(bench, fresh=fresh)
        purse = purse_of(bench, record.id)
        schedule = schedule_of(bench, record.id, metrics[0])
        progress = nullcontext(_silent) if as_json else Progress(bench, record.id, metrics[0], schedule)
        stopped = _until_stopped(_run(bench, progress, schedule, purse), screen)
        stopped = stopped or _judge(bench, record, screen, purse)
        summary, judges = summary_of(bench, record.id, metrics), reports_of(bench, record.id)
        if html is not None:
            _write(bench, record, html)
    if as_json:
        screen.json(
            {
                "run": record.id,
                "name": record.name,
                "stopped": bool(stopped),
                **spending_data(purse),
                **judges_data(judges),
                **as_data(summary),
            }
        )
    else:
        show_summary(summary, screen)
        for line in judges_lines(judges):
            screen.hanging("", line)
        if said := spending_line(purse):
            screen.hanging("", said)
    if stopped:
        raise SystemExit(stopped)


def _write(bench: Bench, record: RunRecord, path: Path) -> None:
    from chatbot.evaluation.report import write_report

    write_report(bench, record, path)


def _bot(model: str | None, decode: str) -> Chatbot:
    from chatbot.bot import Chatbot

    return Chatbot(model, decode=decode, knowledge=None)


async def _run(
    bench: Bench, progress: AbstractAsyncContextManager[Watch], schedule: Schedule | None, purse: Purse
) -> None:
    """Runs; what comes is kept, however it ends."""
    from chatbot.evaluation.run import run as run_suite

    async with progress as watch:
        await run_suite(bench, watch=watch, schedule=schedule, purse=purse)


def _judge(bench: Bench, record: RunRecord, screen: Screen, purse: Purse) -> int:
    """Asks the suite's judges about what came. The exit status if it was stopped, else 0."""
    from chatbot.evaluation.judging.stage import judge

    with JudgingProgress(quiet=screen.plain or not bench.panels) as watch:
        return _until_stopped(judge(bench, record.id, watch=watch, purse=purse), screen)


def _until_stopped(work: Coroutine[object, object, object], screen: Screen) -> int:
    """Does the work. The exit status where Ctrl-C stopped it, or a service that stays away; else 0."""
    from chatbot import portal
    from chatbot.errors import ModelLost

    try:
        portal.call(work)
    except KeyboardInterrupt:
        return 130
    except ModelLost as error:
        screen.error(error)
        return error.exit_code
    return 0


def _silent(_: Asked) -> None:
    """Progress is not for programs."""
