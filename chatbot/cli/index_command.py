"""`chatbot index`: bring the index of the documents up to date."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen
from chatbot.errors import KnowledgeError

if TYPE_CHECKING:
    from rich.progress import Progress

    from chatbot.retrieval import Changes, Knowledge

NAMED = 3
"""Files named for one reason why they were skipped; of more there is a count."""


@click.command("index")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Forget the index and build it anew, with the embedder of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(path: Path | None, rebuild: bool, as_json: bool) -> None:
    """Index the documents of PATH, or of the workspace. Only what has changed is read and embedded again."""
    from chatbot.retrieval import open_knowledge
    from chatbot.workspace import find_workspace

    screen = Screen(plain=as_json)
    workspace = find_workspace()
    knowledge = open_knowledge(workspace, path or workspace.knowledge, rebuild=rebuild)
    changes = refresh_with_progress(knowledge)
    stats = knowledge.stats()
    if as_json:
        screen.json({**asdict(changes), **asdict(stats)})
    else:
        screen.line(
            f"{stats.documents} documents, {stats.chunks} passages: {len(changes.added)} added, "
            f"{len(changes.updated)} updated, {len(changes.removed)} removed, {changes.unchanged} unchanged"
        )
        for line in _skipped(changes):
            screen.line(line)
    if not stats.documents:
        raise KnowledgeError(f"there is nothing to index in {path or workspace.knowledge}", hint="put documents there")


def refresh_with_progress(knowledge: Knowledge) -> Changes:
    """Refreshes; on a terminal a bar on standard error shows how far it is, once there is something to wait for."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return knowledge.refresh()
    bar = _Bar()
    try:
        return knowledge.refresh(bar.show)
    finally:
        bar.end()


class _Bar:
    """A progress bar that is made when there is progress: where nothing changed, nothing is imported or drawn."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def show(self, done: int, total: int) -> None:
        if self._progress is None:
            self._progress = self._start()
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)

    def end(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _start(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        progress = Progress(*columns, console=Console(stderr=True), transient=True)
        progress.add_task("indexing")
        progress.start()
        return progress


def _skipped(changes: Changes) -> list[str]:
    """A line for each reason, with the files that were skipped for it."""
    files: dict[str, list[str]] = {}
    for file, reason in changes.skipped:
        files.setdefault(reason, []).append(file)
    lines = []
    for reason, names in files.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        lines.append(f"skipped {', '.join(names[:NAMED])}{more}: {reason}")
    return lines
