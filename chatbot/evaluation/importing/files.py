"""Which of their formats a file has, and the eval in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatbot.errors import NotFoundError, ProjectError, nearest
from chatbot.evaluation.importing.hosted import of_hosted
from chatbot.evaluation.importing.imported import Imported
from chatbot.evaluation.importing.registry import json_lines, of_registry, of_samples


def read_evals(paths: Sequence[Path], wanted: str | None = None) -> Imported:
    """The eval that files hold together.

    A registry entry (YAML) or samples (JSONL with `input`) of openai/evals; or, of the hosted service, the JSON of an
    eval, of a run, and data (JSONL with `item`), in any order. wanted: one of several evals of a registry's file.

    Raises NotFoundError, UsageError and ProjectError, with the file.
    """
    for path in paths:
        if not path.is_file():
            raise NotFoundError(f"there is no file {path}", hint=nearest(path.name, _beside(path)))
    first = paths[0]
    if first.suffix in (".yaml", ".yml"):
        return of_registry(first, first.read_text(encoding="utf-8"), wanted)
    rows = [row for path in paths if path.suffix == ".jsonl" for row in json_lines(path)]
    if rows and "input" in rows[0] and "item" not in rows[0]:
        return of_samples(first, rows)
    objects = [_object(path) for path in paths if path.suffix != ".jsonl"]
    return of_hosted(first, objects, rows)


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectError(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict) or not {"testing_criteria", "data_source"} & found.keys():
        raise ProjectError(f"{path} is neither an eval nor a run of one", hint="it has testing_criteria or data_source")
    return found


def _beside(path: Path) -> list[str]:
    return [each.name for each in path.parent.glob("*") if each.is_file()]
