"""`chatbot restore`: what a backup holds is brought back into the workspace."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.screen import Screen


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Also what is here already; it is kept under another name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path, replace: bool, as_json: bool) -> None:
    """Bring back what the backup FILE holds. All of it is checked before anything here is touched."""
    from chatbot.upkeep.restore import restore
    from chatbot.workspace import find_workspace

    restored, screen = restore(find_workspace(), file, replace=replace), Screen()
    if as_json:
        rows = [{"path": str(each.path), "aside": str(each.aside) if each.aside else None} for each in restored]
        screen.json(rows)
        return
    for each in restored:
        screen.line(f"restored {each.path}" + (f"; what was there is {each.aside}" if each.aside else ""))
    if not restored:
        screen.line("nothing to restore: all of it is here already")
