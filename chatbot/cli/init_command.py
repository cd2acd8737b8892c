"""`chatbot init`: a new workspace."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.screen import Screen


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path))
def command(directory: Path) -> None:
    """Make DIRECTORY a workspace with the starter's prompts and documents."""
    from chatbot.workspace import create_workspace

    workspace = create_workspace(directory)
    screen = Screen()
    screen.line(f"{workspace.root} is a workspace now: put your documents into knowledge/, then")
    screen.line(f"  cd {directory} && chatbot")
