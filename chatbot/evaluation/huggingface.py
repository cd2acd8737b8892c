"""Items of a Hugging Face dataset: of the Hub, or of a folder in that form. Needs the extra `huggingface`.

They become the JSON lines that a file of them would have, so that the hash, the ids and every check are the same.
Labels that the dataset numbers go by their names. What is fetched stays in the package's own cache; no code is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.errors import NotFoundError, ProjectError, UsageError

if TYPE_CHECKING:
    from datasets import Dataset

SPLIT = "test"
"""Where the suite names none: what a comparison is made for."""


def json_lines(name: str, subset: str, split: str, place: str) -> bytes:
    """The rows as JSON lines.

    name: of a dataset of the Hub, or a folder's path. subset: one of its configurations; empty for the only one.
    place: file and line of the suite, which errors begin with.

    Raises UsageError without the package, NotFoundError for a name, a subset or a split that does not exist, and
    ProjectError for a row that holds no data, such as a picture.
    """
    said = f"{place}: " if place else ""
    try:
        import datasets
    except ImportError as error:
        hint = "pip install 'chatbot[huggingface]'"
        raise UsageError(f"{said}a Hugging Face dataset needs the package datasets", hint=hint) from error
    datasets.disable_progress_bars()
    try:
        found = datasets.load_dataset(name, subset or None, split=split or SPLIT)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        reason = str(error).strip().splitlines()
        raise NotFoundError(
            f"{said}the dataset {name} cannot be loaded: {reason[0][:200] if reason else type(error).__name__}",
            hint="check its name, `subset` and `split`, and the network",
        ) from error
    return "".join(_lines(found, f"{said}{name}")).encode()


def _lines(found: Dataset, said: str) -> Iterator[str]:
    labels = {name: feature.int2str for name, feature in found.features.items() if hasattr(feature, "int2str")}
    for number, row in enumerate(found, 1):
        named = {key: _label(value, labels.get(key)) for key, value in _fields(row).items()}
        try:
            yield json.dumps(named, ensure_ascii=False, allow_nan=False) + "\n"
        except (TypeError, ValueError) as error:
            hint = "leave such columns out: save the rest as JSONL"
            raise ProjectError(f"{said}: row {number} is not plain data: {error}", hint=hint) from error


def _fields(row: object) -> Mapping[str, object]:
    assert isinstance(row, Mapping)
    return row


def _label(value: object, named: Any) -> object:
    """The name of a label; -1 stands for none."""
    return named(value) if named is not None and isinstance(value, int) and value >= 0 else value


def placed(name: str, folder: Path) -> str:
    """A folder beside the suite by its path; any other name as the Hub has it."""
    beside = folder / name
    return str(beside) if beside.is_dir() else name
