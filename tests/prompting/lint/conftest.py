"""Prompt files as rules see them, written to a real folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.prompting.lint import Finding, lint_file

from .made import File, Lint


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """What lint finds in a file."""

    def found(file: File) -> list[Finding]:
        path = tmp_path / "made.prompty"
        path.write_text(file.text, encoding="utf-8")
        if file.pool:
            rows = "".join(json.dumps(row) + "\n" for row in file.pool)
            (tmp_path / "pool.jsonl").write_text(rows, encoding="utf-8")
        return lint_file(path)

    return found
