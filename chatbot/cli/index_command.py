"""`chatbot index`: bring the index of the documents up to date."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen
from chatbot.errors import KnowledgeError

if TYPE_CHECKING:
    from chatbot.retrieval import Changes, Knowledge


@click.command("index")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Forget the index and build it anew, with the embedder of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(path: Path | None, rebuild: bool, as_json: bool) -> None:
    """Index the documents of PATH, or of the workspace. Only what has changed is read and embedded again."""
    from chatbot.bot import open_knowledge
    from chatbot.workspace import find_workspace

    screen = Screen(plain=as_json)
    workspace = find_workspace()
    knowledge = open_knowledge(workspace, path or workspace.knowledge, rebuild=rebuild)
    changes = refresh_with_progress(knowledge, screen)
    stats = knowledge.stats()
    if as_json:
        click.echo(json.dumps({**asdict(changes), **asdict(stats)}, ensure_ascii=False, default=str))
    else:
        screen.line(
            f"{stats.documents} documents, {stats.chunks} passages: {len(changes.added)} added, "
            f"{len(changes.updated)} updated, {len(changes.removed)} removed, {changes.unchanged} unchanged"
        )
        for skipped, reason in changes.skipped:
            screen.line(f"skipped {skipped}: {reason}")
    if not stats.documents:
        raise KnowledgeError(f"there is nothing to index in {path or workspace.knowledge}", hint="put documents there")


def refresh_with_progress(knowledge: Knowledge, screen: Screen) -> Changes:
    """Refreshes; on a terminal a progress bar shows how far, once there is something to wait for."""
    if not sys.stderr.isatty() or screen.plain:
        return knowledge.refresh()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn(), TextColumn("passages"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("indexing", total=None)
        return knowledge.refresh(progress=lambda done, total: bar.update(task, completed=done, total=total))
