"""What it takes to repeat a run is told whole."""

from __future__ import annotations

from pathlib import Path

from reported import SKILL, reported

from chatbot import __version__
from chatbot.evaluation.report.repeating import repeating


def test_command_seed_versions_and_hashes_are_told(tmp_path: Path) -> None:
    bench, record = reported(tmp_path, items=4)
    told = repeating(bench, record)
    assert told["Command"] == "chatbot eval run sums.yaml", "folders stay at home"
    assert (told["Run"], told["Plan"], told["Seed"], told["Margin"]) == (record.id, record.key, 0, 0.03)
    assert bench.dataset.hash in str(told["Dataset"]) and f"chatbot {__version__}" in str(told["Versions"])
    for name, contender in zip(SKILL, bench.contenders, strict=True):
        assert contender.prompt.hash in str(told[f"Variant {name}"])
