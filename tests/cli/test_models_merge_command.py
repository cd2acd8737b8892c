"""`chatbot models merge` writes a model that can be chatted with."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import Run

pytest.importorskip("peft")

from tiny_adapters import tiny_adapter
from tiny_models import tiny_model

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft 0.21 asks for it


def test_it_writes_a_model(here: Run, tmp_path: Path) -> None:
    base = tiny_model(tmp_path / "base")
    adapter = tiny_adapter(tmp_path / "adapter", base)

    done = here("models", "merge", f"local:{base}+{adapter}", str(tmp_path / "merged"))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"chatbot --model local:{tmp_path / 'merged'}" in done.stdout
    assert here("models", "inspect", str(tmp_path / "merged")).returncode == 0

    again = here("models", "merge", f"{base}+{adapter}", str(tmp_path / "merged"))
    assert again.returncode == 2 and "exists already" in again.stderr and again.stderr.count("\n") == 1
