"""`chatbot eval report`: a run of the past as one HTML file."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.eval_show_command import past_of, tell_changes
from chatbot.cli.screen import Screen


@click.command("report")
@click.argument("run", default="latest")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Where to write; RUN.html here.")
@click.option("--suite", type=click.Path(path_type=Path), help="Where the run's suite lies now.")
def command(run: str, output: Path | None, suite: Path | None) -> None:
    """Write what RUN came to as one HTML file: charts, every item, all replies.

    The file asks nothing of the network. RUN is an id or the beginning of one, a suite (its latest run), or `latest`.
    """
    from chatbot.evaluation.report import write_report

    screen, past = Screen(), past_of(run, suite)
    tell_changes(past, screen)
    path = output or Path(f"{past.record.id}.html")
    write_report(past.bench, past.record, path, changed=past.changed)
    screen.line(f"wrote {path}")
