"""`chatbot index`: bring the index of the documents up to date."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.progress_bar import ProgressBar
from chatbot.cli.screen import Screen
from chatbot.errors import KnowledgeError, UsageError

if TYPE_CHECKING:
    from chatbot.retrieval import Changes, Knowledge

NAMED = 3
"""Files named for one reason why they were skipped; of more there is a count."""

REPORT = "index-report.html"


@click.command("index")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Forget the index and build it anew, with the embedder of the settings.")
@click.option(
    "--report",
    is_flag=False,
    flag_value=REPORT,
    metavar="[FILE]",
    type=click.Path(path_type=Path),
    help=f"Write a page about what is indexed, and what is not; {REPORT} where no file is named.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(path: Path | None, rebuild: bool, report: Path | None, as_json: bool) -> None:
    """Index the documents of PATH, or of the workspace. Only what has changed is read and embedded again."""
    from chatbot.retrieval import open_knowledge
    from chatbot.workspace import find_workspace

    if report and report.is_dir():
        raise UsageError(f"{report} is a folder", hint="name the file of the report: --report FILE")
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
    if report:
        knowledge.write_report(report, changes.skipped)
        screen.notice(f"wrote {report}")
    if not stats.documents:
        raise KnowledgeError(f"there is nothing to index in {path or workspace.knowledge}", hint="put documents there")


def refresh_with_progress(knowledge: Knowledge) -> Changes:
    """Refreshes; on a terminal a bar on standard error shows how far it is, once there is something to wait for."""
    try:
        with ProgressBar("indexing", unit="bytes") as bar:
            return knowledge.refresh(bar.show)
    except KeyboardInterrupt:
        Screen().notice("stopped: what was indexed is kept, and the next run goes on behind it")
        raise


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
