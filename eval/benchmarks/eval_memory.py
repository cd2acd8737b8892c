"""Memory of a run of a million cells: what going on with it, and its report, hold while they stream from the journal.

    python eval/benchmarks/eval_memory.py [--cells 1000000] [--asked 20000]

The journal is filled with all cells but the last `--asked`, as an earlier part of the run would have left it: 5,000
items, two variants, and as many repeats as it takes. Then the run goes on with a model that answers at once, and is
scored, in a process of its own, which prints by how much its resident memory grew. A hundredth of the size comes first:
flat means that the larger run takes no more than a few numbers a cell.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from chatbot import codec
from chatbot.effects import Generate
from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.records import Response
from chatbot.evaluation.run import Bench, begun, run
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.suite import read_suite
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.journal import Journal
from chatbot.journal.records import CellRecord
from chatbot.messages import Usage
from chatbot.models.model import Abilities, estimate_tokens

ITEMS = 5_000

SUITE = """\
dataset: {{path: items.jsonl}}
variants: [{{name: a, prompt: direct.prompty}}, {{name: b, prompt: direct.prompty}}]
scorers: [{{kind: contains, expect: "{{{{ answer }}}}"}}]
concurrency: 64
repeats: {repeats}
"""

PROMPT = "---\nname: direct\ninputs: [{name: question, kind: string, required: true}]\n---\nuser:\n{{ question }}\n"


class AtOnce:
    """A model without a network."""

    name = "at-once"
    abilities = Abilities(writes=True, tools=False, context_tokens=8_000)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        await asyncio.sleep(0)
        yield TextDelta("The answer is 4.")
        yield Used(Usage(12, 3))
        yield Ended("complete")

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)


def bench_in(folder: Path) -> Bench:
    suite = read_suite(folder / "suite.yaml")
    contenders = contenders_of(suite, lambda spec: AtOnce(), lambda place: None)  # type: ignore[arg-type,return-value]
    return Bench(suite, read_dataset(suite.dataset), contenders, Journal(folder / "journal.db"))


def fill(folder: Path, cells: int, asked: int) -> None:
    """A suite of so many cells, all but the last of them answered."""
    rows = (json.dumps({"id": str(n), "question": f"{n} + {n}?", "answer": "4"}) for n in range(ITEMS))
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(repeats=cells // ITEMS // 2), encoding="utf-8")
    (folder / "direct.prompty").write_text(PROMPT, encoding="utf-8")
    bench = bench_in(folder)
    record, order = begun(bench), bench.grid.order()
    response = codec.plain(Response("The answer is 4.", usage=Usage(12, 3, calls=1), seconds=0.1))
    for start in range(0, cells - asked, 10_000):
        numbers = range(start, min(start + 10_000, cells - asked))
        items = [bench.dataset.items[bench.grid.numbered(number, order).item].id for number in numbers]
        kept = [CellRecord(number, item, "t", response) for number, item in zip(numbers, items, strict=True)]
        bench.journal.keep_cells(record.id, kept)


def megabytes() -> float:
    """The most that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(folder: Path) -> None:
    """Prints the megabytes that are held with the items read, after the run, and after its report."""
    bench = bench_in(folder)
    began = megabytes()
    started = time.perf_counter()
    record = asyncio.run(run(bench))
    asked, seconds = megabytes(), time.perf_counter() - started
    summary = summary_of(bench, record.id, metrics_of(bench))
    assert summary.missing == 0
    grown = f"run +{asked - began:.0f} MB in {seconds:.0f} s, report +{megabytes() - asked:.0f} MB"
    print(f"items read {began:.0f} MB, {grown}")


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--cells", type=int, default=1_000_000)
    given.add_argument("--asked", type=int, default=20_000)
    given.add_argument("--measure", type=Path)
    wanted = given.parse_args()
    if wanted.measure:
        measured(wanted.measure)
        return
    for cells in (wanted.cells // 100, wanted.cells):
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), cells, min(wanted.asked, cells))
            print(f"{cells:>9,} cells, of which {min(wanted.asked, cells):,} are asked: ", end="", flush=True)
            subprocess.run([sys.executable, __file__, "--measure", folder], check=True)


if __name__ == "__main__":
    main()
