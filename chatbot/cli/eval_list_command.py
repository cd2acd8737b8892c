"""`chatbot eval list`: the runs that the journal holds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.journal.records import RunRecord


@click.command("list")
@click.argument("suite", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(suite: str, as_json: bool) -> None:
    """List the runs, the latest first; only those of SUITE where it is given (its name or file)."""
    from chatbot.evaluation.history import runs_of, state_of
    from chatbot.journal import Journal
    from chatbot.workspace import find_workspace

    journal, screen = Journal(find_workspace().journal), Screen()
    runs = runs_of(journal, suite)
    if as_json:
        screen.json([_data(run, journal.count_cells(run.id)) for run in runs])
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
