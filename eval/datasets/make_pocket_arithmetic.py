"""Writes `pocket_arithmetic.jsonl`: word problems for our own small model, made as those are that it was trained on.

    python eval/datasets/make_pocket_arithmetic.py

The seed fixes every byte and is not the one of the training. Two thirds of the problems are of shapes that were trained
on, with new numbers, names and things; one third is of shapes that `held_out` keeps from the training, so that its
steps were never seen in that order.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))

from pocket.arithmetic import problem  # noqa: E402 - the path is needed first

OUT = HERE / "pocket_arithmetic.jsonl"
SEED = "eval/pocket_arithmetic"
KNOWN, NEW = 400, 200
"""How many problems are of shapes that were trained on, and how many of others."""


def problems(seed: str = SEED) -> list[dict[str, object]]:
    """All rows, those of known shapes first."""
    draw = Random(seed)
    rows: list[dict[str, object]] = []
    for held in [False] * KNOWN + [True] * NEW:
        made = problem(draw, held=held)
        rows.append({
            "id": f"pocket-{len(rows) + 1:03}",
            "question": made.question,
            "answer": str(made.answer),
            "rationale": made.working,
            "tags": [f"{len(made.steps)} steps", "new shape" if held else "known shape"],
        })  # fmt: skip
    return rows


def text(rows: list[dict[str, object]]) -> str:
    """Rows as JSONL."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    OUT.write_text(text(problems()), encoding="utf-8", newline="\n")
