"""Figures of papers, and the script that prints ours beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from chat_server import ChatServer, says

from chatbot.strategies.registry import STRATEGIES

ROOT = Path(__file__).parents[1]
PUBLISHED = yaml.safe_load((ROOT / "eval/published.yaml").read_text(encoding="utf-8"))
ROWS = [row for table in PUBLISHED["tables"] for row in table["rows"]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']} {row['strategy']}")
def test_a_published_row_names_a_strategy_and_ready_suites_with_their_sizes(row: dict[str, object]) -> None:
    figures = {key: value for key, value in row.items() if key not in ("model", "strategy")}
    assert row["strategy"] in STRATEGIES and figures
    for suite, percent in figures.items():
        assert (ROOT / f"eval/suites/{suite}.yaml").is_file() and suite in PUBLISHED["items"]
        assert isinstance(percent, float) and 0 <= percent <= 100


def test_ours_stand_beside_theirs_with_a_word_on_whether_they_agree(tmp_path: Path) -> None:
    tables = {
        "items": {"word_problems": 1_000},
        "tables": [
            {
                "source": "a paper",
                "rows": [
                    {"model": "m", "strategy": "zero_shot", "word_problems": 0.5},
                    {"model": "m", "strategy": "few_shot_cot", "word_problems": 60.0},
                ],
            }
        ],
    }
    (tmp_path / "tables.yaml").write_text(yaml.safe_dump(tables), encoding="utf-8")
    with ChatServer(says("Answer: 987654")) as server:
        command = [sys.executable, ROOT / "eval/benchmarks/published_tables.py", "--model", f"{server.url}#m"]
        chosen = ["--suite", "word_problems", "--limit", "12", "--published", tmp_path / "tables.yaml"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([*command, *chosen], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith("word_problems, http://127.0.0.1")
    assert any(line.startswith("  zero_shot: 0.0% [0.0%, ") and line.endswith("n 12") for line in said)
    (zero, steps, gain) = [line for line in said if "a paper" in line]
    assert "    consistent" in zero and "not consistent" in steps and "not consistent" in gain
    assert any(line.startswith("  zero_shot to few_shot_cot: +0.0%") for line in said)
