"""P7: a prompt that changed since it was measured is found, and one that did not is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from chatbot.prompting import Prompt
from chatbot.prompting.evidence import Evidence, write_evidence

from .made import File, Lint

EVIDENCE = Evidence(
    "0" * 16, "261121-093000-x7q2", "sums", "2026-11-21", "m", "", "direct",
    0.45, (0.24, 0.617), 0.95, 6.6e-05, "McNemar, mid-p", 40, "answer", "e876a8e0c0758bd3", 2,
)  # fmt: skip
FILE = File("system:\nAdd the numbers.\nuser:\n{{ question }}", ["question"])


def test_a_prompt_that_changed_since_it_was_measured_is_found(lint: Lint, tmp_path: Path) -> None:
    write_evidence(EVIDENCE, tmp_path / "made.evidence.yaml")
    [finding] = [each for each in lint(FILE) if each.rule == "P701"]
    assert (finding.severity, finding.line) == ("warning", 1)
    assert "changed since run 261121-093000-x7q2 showed +0.450" in finding.message


def test_a_prompt_that_is_the_one_measured_is_left_alone(lint: Lint, tmp_path: Path) -> None:
    lint(FILE)
    measured = Prompt.load(tmp_path / "made.prompty").hash
    write_evidence(replace(EVIDENCE, prompt=measured), tmp_path / "made.evidence.yaml")
    assert not [each for each in lint(FILE) if each.rule == "P701"]
    described = File(FILE.body, FILE.inputs, "description: adds")
    assert not [each for each in lint(described) if each.rule == "P701"]


def test_evidence_that_cannot_be_read_is_found_in_its_own_file(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "made.evidence.yaml").write_text("prompt: 3\n", encoding="utf-8")
    [finding] = [each for each in lint(FILE) if each.rule == "P701"]
    assert finding.path.name == "made.evidence.yaml"


def test_a_prompt_without_evidence_is_left_alone(lint: Lint) -> None:
    assert not [each for each in lint(FILE) if each.rule == "P701"]
