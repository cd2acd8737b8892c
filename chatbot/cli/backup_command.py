"""`chatbot backup`: the workspace's conversations, facts, indexes, prompts and settings in one file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from chatbot.cli.screen import Screen


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path, as_json: bool) -> None:
    """Write conversations, facts, indexes, prompts and settings to FILE, also while other programs use them.

    The documents are not in it: they are files of your own.
    """
    from chatbot.upkeep.backup import back_up
    from chatbot.workspace import find_workspace

    kept, screen = back_up(find_workspace(), file), Screen()
    if as_json:
        screen.json([asdict(each) for each in kept])
        return
    screen.table([(f"{each.length:,}", each.kind, each.name) for each in kept], ("BYTES", "WHAT", "NAME"))
    screen.line(f"kept in {file}; `chatbot restore` brings it back")
