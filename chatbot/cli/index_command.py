"""`chatbot index`: bring the index of the documents up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.progress_bar import ProgressBar
from chatbot.cli.screen import Screen
from chatbot.errors import KnowledgeError, UsageError

if TYPE_CHECKING:
    from chatbot.retrieval import Changes, Knowledge
    from chatbot.retrieval.vector_search import Structure

NAMED = 3
"""Files named for one reason why they were skipped; of more there is a count."""

REPORT = "index-report.html"


@click.command("index")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Forget the index and build it anew, with the embedder of the settings.")
@click.option("--check", is_flag=True, help="Say whether the index is what was put into it; 1 where it is not.")
@click.option("--repair", is_flag=True, help="Mend what --check finds, and clear deleted text out of the files.")
@click.option(
    "--calibrate", is_flag=True, help="Set below which relevance nothing is found, and say how often it errs."
)
@click.option("--watch", is_flag=True, help="Go on, and follow the documents as they change, until Ctrl-C.")
@click.option(
    "--report",
    is_flag=False,
    flag_value=REPORT,
    metavar="[FILE]",
    type=click.Path(path_type=Path),
    help=f"Write a page about what is indexed, and what is not; {REPORT} where no file is named.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(
    path: Path | None,
    rebuild: bool,
    check: bool,
    repair: bool,
    calibrate: bool,
    watch: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Index the documents of PATH, or of the workspace. Only what has changed is read and embedded again."""
    from chatbot.cli import index_calibrating, index_checking, index_watching
    from chatbot.retrieval import open_knowledge
    from chatbot.retrieval.embed import embedder as find_embedder
    from chatbot.workspace import find_workspace

    if rebuild + check + repair + calibrate + watch > 1:
        raise UsageError("--rebuild, --check, --repair, --calibrate and --watch are for one at a time")
    if report and check:
        raise UsageError("--check changes nothing, and --report writes a page of an index brought up to date")
    if report and watch:
        raise UsageError(
            "--report draws a map, which is too much to do again at every change", hint="leave out --watch"
        )
    if report and report.is_dir():
        raise UsageError(f"{report} is a folder", hint="name the file of the report: --report FILE")
    screen = Screen(plain=as_json)
    workspace = find_workspace()
    documents = path or workspace.knowledge
    index, embedder = workspace.index_of(documents), find_embedder(workspace.settings.embedder)
    if check:
        index_checking.check(screen, index, embedder, as_json=as_json)
        return
    if repair:
        index_checking.repair(screen, index, embedder, as_json=as_json)
    knowledge = open_knowledge(workspace, documents, rebuild=rebuild)
    if watch:
        index_watching.follow(documents, lambda: refresh_and_tell(screen, knowledge, as_json=as_json), screen)
        return
    changes = refresh_and_tell(screen, knowledge, as_json=as_json)
    if calibrate:
        index_calibrating.calibrate(screen, knowledge, workspace, as_json=as_json)
    if report:
        knowledge.write_report(report, (*changes.skipped, *changes.partly))
        screen.notice(f"wrote {report}")
    if documents.is_file() and changes.skipped:
        raise KnowledgeError(f"{documents} cannot be indexed: {changes.skipped[0][1]}")
    if not knowledge.stats().documents:
        raise KnowledgeError(f"there is nothing to index in {documents}", hint="put documents there")
    if repair:
        index_checking.check(screen, index, embedder, as_json=as_json)


def refresh_and_tell(screen: Screen, knowledge: Knowledge, *, as_json: bool) -> Changes:
    """Refreshes, and says what that did."""
    changes = refresh_with_progress(knowledge)
    stats = knowledge.stats()
    if as_json:
        screen.json({**asdict(changes), **asdict(stats)})
        return changes
    screen.line(
        f"{stats.documents} documents, {stats.chunks} passages: {len(changes.added)} added, "
        f"{len(changes.updated)} updated, {len(changes.removed)} removed, {changes.unchanged} unchanged"
    )
    partly = _by_reason("read only in part: ", changes.partly)
    for line in (*how_searched(stats.vectors), *_by_reason("skipped ", changes.skipped), *partly):
        screen.line(line)
    return changes


def how_searched(vectors: Structure) -> list[str]:
    """A line on how near the search of a large collection comes to comparing all; none where it compares all."""
    if vectors.kind == "flat":
        return []
    when = f"measured at {vectors.measured:,} passages"
    return [f"searched in lists, which find {vectors.recall:.1%} of the ten nearest passages ({when})"]


def refresh_with_progress(knowledge: Knowledge) -> Changes:
    """Refreshes; on a terminal a bar on standard error shows how far it is, once there is something to wait for."""
    try:
        with ProgressBar("indexing", unit="bytes") as bar:
            return knowledge.refresh(bar.show)
    except KeyboardInterrupt:
        Screen().notice("stopped: what was indexed is kept, and the next run goes on behind it")
        raise


def _by_reason(what: str, told: Sequence[tuple[str, str]]) -> list[str]:
    """A line for each reason, with the files that it is true of. what: is said first."""
    files: dict[str, list[str]] = {}
    for file, reason in told:
        files.setdefault(reason, []).append(file)
    lines = []
    for reason, names in files.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        lines.append(f"{what}{', '.join(names[:NAMED])}{more}: {reason}")
    return lines
