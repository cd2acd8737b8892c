"""`chatbot eval list`: the runs that the journal holds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.journal import Journal
    from chatbot.journal.records import RunRecord


@click.command("list")
@click.argument("suite", required=False, default="")
@click.option("--scores", is_flag=True, help="Also what each variant came to: how a suite went from run to run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(suite: str, scores: bool, as_json: bool) -> None:
    """List the runs, the latest first; only those of SUITE where it is given (its name or file)."""
    from chatbot.evaluation.history import runs_of, state_of
    from chatbot.journal import Journal
    from chatbot.workspace import find_workspace

    journal, screen = Journal(find_workspace().journal), Screen()
    runs = runs_of(journal, suite)
    if as_json:
        found = [_data(run, journal.count_cells(run.id)) for run in runs]
        told = [each | {"scores": _scores(run, journal)} for each, run in zip(found, runs, strict=True)]
        screen.json(told if scores else found)
    elif runs and scores:
        came = [(run, _scores(run, journal)) for run in runs]
        rows = [row for run, scored in came for row in _score_rows(run, scored)]
        screen.table(rows, ("RUN", "BEGUN", "VARIANT", "PROMPT", "ITEMS", "MEAN", "95 %"))
        for run, scored in came:
            if isinstance(scored, str):
                screen.hanging(f"{run.id}: ", scored)
    elif runs:
        rows = [_row(run, state_of(run, journal.count_cells(run.id))) for run in runs]
        screen.table(rows, ("RUN", "BEGUN", "SUITE", "VARIANTS", "ITEMS", "STATE"))
    else:
        screen.line("There are no runs yet: `chatbot eval run SUITE` makes one.")


def when(run: RunRecord) -> str:
    """Local date and time of a run's beginning."""
    return f"{datetime.fromtimestamp(run.started).astimezone():%Y-%m-%d %H:%M}"


def _row(run: RunRecord, state: str) -> tuple[str, ...]:
    plan = run.plan
    items = f"{plan['items']:,}" + (f" x {plan['repeats']}" if plan["repeats"] > 1 else "")
    return run.id, when(run), run.name, str(len(plan["variants"])), items, state


def _scores(run: RunRecord, journal: Journal) -> list[dict[str, object]] | str:
    """What each variant came to; or why that cannot be worked out any more."""
    from chatbot.errors import ChatbotError
    from chatbot.evaluation.history import open_run
    from chatbot.evaluation.metric import metrics_of
    from chatbot.evaluation.scored import summary_of

    try:
        bench = open_run(run, journal).bench
        summary = summary_of(bench, run.id, metrics_of(bench))
    except ChatbotError as error:
        return error.message
    return [
        {
            "variant": each.name,
            "prompt": planned["hash"],
            "n": each.estimate.n if each.estimate else 0,
            "mean": each.estimate.value if each.estimate else None,
            "low": each.estimate.interval.low if each.estimate else None,
            "high": each.estimate.interval.high if each.estimate else None,
        }
        for each, planned in zip(summary.variants, run.plan["variants"], strict=True)
    ]


def _score_rows(run: RunRecord, scores: list[dict[str, object]] | str) -> list[tuple[str, ...]]:
    """A row a variant; the prompt's hash says where it changed."""
    if isinstance(scores, str):
        return [(run.id, when(run), *["–"] * 5)]
    return [
        (
            run.id if place == 0 else "",
            when(run) if place == 0 else "",
            _short(str(each["variant"])),
            str(each["prompt"])[:6],
            f"{each['n']:,}",
            "–" if each["mean"] is None else f"{each['mean']:.3f}",
            "–" if each["mean"] is None else f"{each['low']:.2f}–{each['high']:.2f}",
        )
        for place, each in enumerate(scores)
    ]


def _short(name: str, most: int = 18) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _data(run: RunRecord, cells: int) -> dict[str, object]:
    plan = run.plan
    return {
        "run": run.id,
        "suite": run.name,
        "path": plan.get("path"),
        "started": run.started,
        "ended": run.ended,
        "variants": [each["name"] for each in plan["variants"]],
        "items": plan["items"],
        "repeats": plan["repeats"],
        "cells": cells,
    }
