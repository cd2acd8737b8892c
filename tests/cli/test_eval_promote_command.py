"""`chatbot eval promote`, and what `prompts lint` says when the prompt changes later."""

from __future__ import annotations

from pathlib import Path

from in_process import Run
from sums import SumServer, write_suite


def test_a_prompt_is_promoted_and_lint_tells_when_it_changes(here: Run, folder: Path) -> None:
    with SumServer(direct=range(1, 21)) as server:
        write_suite(folder, server)
        here("eval", "run", "sums.yaml")
    done = here("eval", "promote", "latest", "steps")
    assert done.returncode == 0, done.stderr
    assert "steps.evidence.yaml: +0.500 [" in done.stdout
    assert "P701" not in here("prompts", "lint", "steps.prompty").stdout
    prompt = folder / "steps.prompty"
    prompt.write_text(prompt.read_text(encoding="utf-8").replace("Think", "Think hard"), encoding="utf-8")
    assert "steps.prompty:1: P701 the prompt changed since run" in here("prompts", "lint", "steps.prompty").stdout
    again = here("eval", "promote", "latest", "steps")
    assert again.returncode == 2 and "run the suite again" in again.stderr
    assert "did you mean 'steps'" in here("eval", "promote", "latest", "stepps").stderr
