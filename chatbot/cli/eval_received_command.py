"""`chatbot eval received`: what services sent in a run, byte for byte."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.received import received_options, show_received


@click.command("received")
@click.argument("run", default="latest")
@received_options
def command(run: str, number: int | None, output: Path | None, as_json: bool) -> None:
    """List what services sent in RUN, or write response NUMBER byte for byte."""
    from chatbot.evaluation.history import find_run
    from chatbot.journal import Journal
    from chatbot.workspace import find_workspace

    journal = Journal(find_workspace().journal)
    show_received(journal, find_run(journal, run).id, number, output, as_json=as_json)
