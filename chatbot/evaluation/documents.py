"""The documents that variants of a suite answer from: a folder or a file, or a JSONL file of records."""

from __future__ import annotations

import json
from pathlib import Path

from chatbot.errors import NotFoundError, ProjectError
from chatbot.retrieval import Knowledge, open_knowledge
from chatbot.workspace import Workspace


def documents_at(place: Path | None, workspace: Workspace) -> Knowledge:
    """The documents, indexed where they are not yet; None for the workspace's.

    Records have an id, a text and perhaps a title. Raises NotFoundError where there is nothing, ProjectError with the
    line for what is no record, and KnowledgeError.
    """
    path = place or workspace.knowledge
    if not path.exists():
        raise NotFoundError(f"there are no documents at {path}", hint="mend `knowledge` in the suite's retrieval")
    if path.suffix != ".jsonl":
        knowledge = open_knowledge(workspace, path)
        knowledge.refresh()
        return knowledge
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            records.append({key: str(record[key]) for key in ("id", "text", "title") if record.get(key) is not None})
        except (ValueError, AttributeError, TypeError) as error:
            raise ProjectError(f"{path}:{number}: this is no record: {error}") from error
    return Knowledge.from_records(records, workspace.index_of(path), embedder=workspace.settings.embedder)
