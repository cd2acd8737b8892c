"""`chatbot eval import`: evals of OpenAI's hosted service and of openai/evals as suites."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.screen import Screen


@click.command("import")
@click.argument("files", type=click.Path(path_type=Path), metavar="FILE...", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER", help="A new folder for the suite.")
@click.option("--eval", "wanted", metavar="NAME", help="One of several evals of a registry's file.")
def command(files: tuple[Path, ...], output: Path | None, wanted: str | None) -> None:
    """Make a suite of an eval of OpenAI's.

    FILE is a registry entry (YAML) or samples (JSONL) of openai/evals; or what OpenAI's API gives of an eval and of one
    of its runs (JSON), with its data (JSONL): several files then. What does not carry over is told, line by line, on
    the standard error stream.
    """
    from chatbot.evaluation.importing.files import read_evals
    from chatbot.evaluation.importing.imported import write

    screen = Screen()
    imported = read_evals(files, wanted)
    folder = output or Path(files[0].stem)
    for loss in write(imported, folder):
        screen.notice(f"lost: {loss}")
    screen.line(f"{len(imported.rows):,} items: chatbot eval plan {folder / 'suite.yaml'}")
