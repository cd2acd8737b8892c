"""A workspace with a few documents, for a program that runs as a person or a script starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from in_process import Done, Run, run_in

from chatbot.workspace import create_workspace

RETURNS = """# Returns

Goods can be returned within 30 days of delivery. The customer pays the postage of a return.

## Refunds

A refund is paid within five working days, to the card that was used for the purchase.
"""

SHIPPING = """# Shipping

Parcels leave the warehouse on the day of the order if it comes in before 14:00.

Shipping to Norway takes four working days and costs 12 euros.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that quotes from two short documents."""
    root = create_workspace(tmp_path / "shop").root
    for page in (root / "knowledge").iterdir():
        page.unlink()
    (root / "knowledge" / "returns.md").write_text(RETURNS, encoding="utf-8")
    (root / "knowledge" / "shipping.md").write_text(SHIPPING, encoding="utf-8")
    (root / "chatbot.toml").write_text('model = "extractive"\n', encoding="utf-8")
    return root


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs `chatbot` in the workspace as a script would: `run("ask", "…", stdin="…", environment={…})`."""

    def start(*arguments: str, stdin: str = "", environment: Mapping[str, str] = {}, cwd: Path | None = None) -> Done:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "chatbot"), *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            cwd=cwd or folder,
            env={**os.environ, **environment},
            timeout=300,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return start


@pytest.fixture
def here(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the workspace as `run` does, in this process."""
    return partial(run_in, folder, capsys)
