"""`chatbot index --check` and `--repair`: whether an index is what was put into it, and mending it where it is not."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.cli.progress_bar import ProgressBar
from chatbot.cli.screen import Screen
from chatbot.errors import KnowledgeError

if TYPE_CHECKING:
    from chatbot.retrieval.check import Checked
    from chatbot.retrieval.embed import Embedder
    from chatbot.retrieval.repair import Repaired

NAMED = 10
"""Faults that are told one by one; of more there is a count."""


def check(screen: Screen, index: Path, embedder: Embedder, *, as_json: bool) -> None:
    """Checks the index and says how it is. Raises KnowledgeError where there is a fault."""
    checked = checked_with_progress(index, embedder)
    if as_json:
        screen.json(asdict(checked))
    else:
        for line in _lines(checked):
            screen.line(line)
    if checked.faults:
        count = len(checked.faults)
        what = f"{index} has {count} fault{'s' if count > 1 else ''}"
        raise KnowledgeError(what, hint="run: chatbot index --repair")


def checked_with_progress(index: Path, embedder: Embedder) -> Checked:
    """Checks, with a bar on a terminal."""
    from chatbot.retrieval.check import check_index

    with ProgressBar("checking") as bar:
        return check_index(index, embedder, bar.show)


def repair(screen: Screen, index: Path, embedder: Embedder, *, as_json: bool) -> None:
    """Mends the index as far as that can be done without the documents, and says what was wrong."""
    from chatbot.retrieval.repair import repair_index

    repaired = repair_index(index, embedder)
    if as_json:
        screen.json({**asdict(repaired), "copy": str(repaired.copy) if repaired.copy else None})
    elif not repaired.found.faults:
        screen.line("no fault was found; what was deleted is gone from the files")
    else:
        _tell(screen, repaired)


def _tell(screen: Screen, repaired: Repaired) -> None:
    for line in _lines(repaired.found):
        screen.line(line)
    if repaired.copy:
        screen.line(f"the damaged database was kept as {repaired.copy}")
    for name in repaired.lost:
        screen.line(f"lost: the record {name}, whose text is damaged; add it again")
    if repaired.unreadable:
        screen.line(f"lost: {repaired.unreadable} documents of which not even the name can be read; index again")


def _lines(checked: Checked) -> list[str]:
    """How an index is, for people."""
    if not checked.faults:
        older = f"; {checked.unsealed} of an older version, of which less can be told" if checked.unsealed else ""
        whole = f"{checked.documents} documents, {checked.chunks} passages, {checked.files} derived files"
        return [f"sound: {whole}{older}"]
    told = [f"{fault.part}: {fault.what}" for fault in checked.faults[:NAMED]]
    more = len(checked.faults) - NAMED
    return [*told, f"and {more} more"] if more > 0 else told
