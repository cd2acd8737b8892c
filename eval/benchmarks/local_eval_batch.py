"""Cells of an eval on a local model: one at a time, and as many at once as a run asks where nobody says.

    python eval/benchmarks/local_eval_batch.py [--items 64] [--rounds 5] [--at-once 1 8 16 32] [--model FOLDER]

A run of `chatbot eval` on made-up questions, replies bounded alike, greedy, in float32. Counted beside the seconds are
passes through the model and the rows of each, which do not change with what else the machine does. Answers must be the
same however many are asked at once, and the script says in how many cells they are not: sums of floats depend on the
shape of a batch, so a near tie may turn.

Without --model: our small model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plain_generate import POCKET
from timing import report

from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.run import Bench, asked, run
from chatbot.evaluation.suite import read_suite
from chatbot.journal import Journal
from chatbot.models.connect import connect
from chatbot.models.local.model import LocalModel
from chatbot.retrieval import Knowledge

PROMPT = """\
---
name: sums
inputs: [{name: question, kind: string, required: true}]
model: {options: {temperature: 0, maxOutputTokens: 48}}
---
user:
{{ question }}
"""

SUITE = 'dataset: {path: items.jsonl}\nprompts: [sums.prompty]\nscorers: [{kind: contains, expect: "{{ answer }}"}]\n'


@dataclass(frozen=True)
class Ran:
    """What a run took."""

    seconds: float
    passes: int
    rows: float
    """Of a pass that writes, on average."""
    texts: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, default=POCKET)
    parser.add_argument("--items", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 8, 16, 32])
    given = parser.parse_args()
    model = connect(f"local:{given.model}")
    assert isinstance(model, LocalModel)
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_of(Path(folder), model, given.items)
        came: dict[int, list[Ran]] = {number: [] for number in given.at_once}
        ran(bench, model, given.at_once[-1])  # the first run fills caches
        for _ in range(given.rounds):
            for number, kept in came.items():
                kept.append(ran(bench, model, number))
    print(f"{given.model.name}: {given.items} items, 48 tokens each; nobody says: {bench.concurrency} at once")
    report({f"{number} at once": [each.seconds for each in kept] for number, kept in came.items()})
    first = came[given.at_once[0]][0]
    for number, kept in came.items():
        other = sum(one != two for one, two in zip(kept[0].texts, first.texts, strict=True))
        told = f"{kept[0].passes:6,} passes that write, {kept[0].rows:5.1f} rows each; {other} answers differ"
        print(f"{number:>3} at once {told}")


def bench_of(folder: Path, model: LocalModel, items: int) -> Bench:
    """The suite."""
    rows = [
        {
            "id": f"i{n}",
            "question": f"Tom has {n + 3} pens and buys {2 * n + 1} more. How many now?",
            "answer": str(3 * n + 4),
        }
        for n in range(items)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "sums.prompty").write_text(PROMPT, encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    suite = read_suite(folder / "suite.yaml")
    return Bench(suite, read_dataset(suite.dataset), contenders_of(suite, lambda _: model, _none), Journal(None))


def ran(bench: Bench, model: LocalModel, at_once: int) -> Ran:
    """A fresh run, nothing kept from before."""
    bench = replace(bench, suite=replace(bench.suite, concurrency=at_once), journal=Journal(None))
    model.engine.kept.clear()
    seen: list[int] = []

    def watch(_module: object, _arguments: object, given: dict[str, Any]) -> None:
        rows, tokens = given["input_ids"].shape
        if tokens == 1:
            seen.append(rows)

    hook = model.weights.model.register_forward_pre_hook(watch, with_kwargs=True)
    began = time.perf_counter()
    record = asyncio.run(run(bench, fresh=True))
    seconds = time.perf_counter() - began
    hook.remove()
    texts = {each.item.id: each.response.text for each in asked(bench, record.id)}
    return Ran(seconds, len(seen), sum(seen) / max(len(seen), 1), tuple(texts[key] for key in sorted(texts)))


def _none(place: Path | None) -> Knowledge:
    raise AssertionError(f"nothing here searches, and {place} was opened")


if __name__ == "__main__":
    main()
