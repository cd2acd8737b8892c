"""A world in which the truth is known: variants of given accuracies, which are right on overlapping items.

Its variants are asked by a real run through models in this process or over HTTP (`oracles`, `answers`), or by the
schedule and the statistics alone (`played`) where hundreds of runs are needed: that this comes to the same is tested.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from statistics import NormalDist

import numpy as np

from chatbot.effects import Generate
from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.course import describe, schedule_of, told
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.deciding import Deciding
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.run import Asked, Bench, begun, run
from chatbot.evaluation.schedule import Race, Until
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.suite import read_suite
from chatbot.evaluation.summary import Course, Summary
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.journal import Journal
from chatbot.messages import Usage
from chatbot.models.model import Abilities, Model

World = np.ndarray
"""A row a variant, the first of them the baseline, and a column an item: whether it is right."""

PROMPT = """\
---
name: world
inputs: [{name: question, kind: string, required: true}]
---
user:
{{ question }}
"""


def world(accuracies: Sequence[float], items: int, *, overlap: float = 0.5, seed: int = 0) -> World:
    """Variants whose items are equally hard for all of them by `overlap`: 0 for not at all, 1 for wholly."""
    random = np.random.default_rng(seed)
    hard, own = random.normal(size=items), random.normal(size=(len(accuracies), items))
    bounds = np.array([NormalDist().inv_cdf(each) for each in accuracies])
    found: World = np.sqrt(overlap) * hard + np.sqrt(1 - overlap) * own < bounds[:, None]
    return found


@dataclass
class Oracle:
    """A variant of a world, as a model."""

    name: str
    right: World
    asked: list[int] = field(default_factory=list)
    abilities: Abilities = field(default_factory=lambda: Abilities(writes=True, tools=False, context_tokens=8_000))

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        item = int(request.messages[-1].text.split()[-1])
        self.asked.append(item)
        await asyncio.sleep(0)
        yield TextDelta(says(bool(self.right[item])))
        yield Used(Usage(3, 1, calls=1))
        yield Ended("complete")

    def count_tokens(self, text: str) -> int:
        return len(text)


def says(right: bool) -> str:
    """A reply."""
    return "yes" if right else "no"


def bench(folder: Path, shown: World, models: Sequence[Model], deciding: Deciding, **of_suite: object) -> Bench:
    """The suite of a world. The seed of the run is that of its order."""
    folder.mkdir(exist_ok=True)
    (folder / "world.prompty").write_text(PROMPT, encoding="utf-8")
    rows = [json.dumps({"id": str(n), "question": f"item {n}", "answer": "yes"}) for n in range(shown.shape[1])]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    variants = "\n".join(f"  - {{name: v{n}, prompt: world.prompty, model: '{n}'}}" for n in range(len(shown)))
    (folder / "suite.yaml").write_text(
        f"dataset: {{path: items.jsonl}}\nvariants:\n{variants}\nscorers: [{{kind: exact, expect: 'yes'}}]\n",
        encoding="utf-8",
    )
    suite = replace(read_suite(folder / "suite.yaml"), deciding=deciding, **of_suite)  # type: ignore[arg-type]
    contenders = contenders_of(suite, lambda spec: models[int(spec or "")], lambda *_: None)  # type: ignore[arg-type,return-value]
    return Bench(suite, read_dataset(suite.dataset), contenders, Journal(None))


def oracles(shown: World) -> list[Oracle]:
    """A model for each variant."""
    return [Oracle(f"oracle:{number}", row) for number, row in enumerate(shown)]


def ran(made: Bench) -> Summary:
    """A real run, and what it comes to."""
    metrics = metrics_of(made)
    record = begun(made)
    asyncio.run(run(made, schedule=schedule_of(made, record.id, metrics[0])))
    return summary_of(made, record.id, metrics)


def played(made: Bench, shown: World) -> tuple[Until | Race, Course]:
    """The same without models and journal."""
    schedule = told(made, [_judge] * len(made.contenders), ())
    while (cell := schedule.next()) is not None:
        schedule.hear(Asked(cell, _NOBODY, _reply(bool(shown[cell.variant, cell.item]))))
    return schedule, describe(schedule, made)


_NOBODY = Item("", {})


@cache
def _reply(right: bool) -> Response:
    return Response(says(right))


def _judge(_: Item, response: Response) -> Score:
    return _RIGHT if response.text == "yes" else _WRONG


_RIGHT, _WRONG = Score("scored", 1.0), Score("scored", 0.0)
