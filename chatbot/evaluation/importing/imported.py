"""An eval of somebody else's, between their files and a suite of ours: a prompt, items, scorers, and what is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import UsageError
from chatbot.evaluation.schema import EDITOR_LINE
from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.prompty import write as write_prompt
from chatbot.prompting.convert.yaml_text import write_yaml

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Imported:
    """A suite in the making."""

    name: str
    draft: Draft
    """Of the prompt."""
    rows: Sequence[Row]
    scorers: Sequence[Row]
    description: str = ""
    models: Sequence[str] = ()
    losses: Sequence[str] = field(default_factory=tuple)
    """A sentence for each thing that their eval had and the suite has not."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What the suite needs beside prompt and items, by name."""


def write(imported: Imported, folder: Path) -> list[str]:
    """Writes `suite.yaml`, `prompt.prompty`, `items.jsonl` and what else it needs into a new folder; what is lost.

    Raises UsageError where the folder is not empty, or cannot be written.
    """
    prompt = write_prompt(imported.draft)
    suite: dict[str, object] = {
        "name": imported.name,
        "description": imported.description,
        "dataset": {"path": "items.jsonl"},
        "prompts": ["prompt.prompty"],
        "models": list(imported.models),
        "scorers": [dict(each) for each in imported.scorers],
    }
    given = {key: value for key, value in suite.items() if value}
    files = {
        **imported.files,
        "prompt.prompty": prompt.text,
        "items.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in imported.rows),
        "suite.yaml": EDITOR_LINE.format("suite.schema.json") + "\n" + write_yaml(given),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty", hint="name a folder that does not exist yet, with -o")
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    return [*imported.losses, *prompt.losses]
