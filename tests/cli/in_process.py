"""Commands in the process of a test, which is quicker than a process each."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatbot.cli import program


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]
"""`run("ask", "…", stdin="…", environment={…})`."""


def run_in(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    *arguments: str,
    stdin: str = "",
    environment: Mapping[str, str] = {},
) -> Done:
    """Runs `chatbot` in a folder, as a script that pipes its streams does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        for name, value in environment.items():
            patch.setenv(name, value)
        capsys.readouterr()
        try:
            code = program.run(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, *capsys.readouterr())
