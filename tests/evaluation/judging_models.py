"""Models in this process for tests of judges: what they say is a function of what they are asked."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from benches import bench
from chat_server import ChatServer

from chatbot.effects import Generate
from chatbot.evaluation.judging.panel import panels_of
from chatbot.evaluation.run import Bench
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.messages import Usage
from chatbot.models.model import Abilities, Model, estimate_tokens
from chatbot.models.prices import Price

PROMPTS = Path(__file__).parents[2] / "prompts"

PRICE = Price(input=2.0, cached=1.0, output=10.0)
ABILITIES = Abilities(writes=True, tools=False, context_tokens=32_000, price=PRICE)

Decide = Callable[[str, Random], str]
"""From the user's message, and luck that no two askings share, to a reply."""


@dataclass
class Decides:
    """A model that decides."""

    name: str
    decide: Decide
    abilities: Abilities = field(
        default_factory=lambda: Abilities(True, tools=False, context_tokens=32_000, price=PRICE)
    )
    asked: list[str] = field(default_factory=list)
    """The user's messages that came, in order."""

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        shown = request.messages[-1].text
        self.asked.append(shown)
        seed = hashlib.sha256(f"{self.name}\n{shown}\n{self.asked.count(shown)}".encode()).hexdigest()
        yield TextDelta(self.decide(shown, Random(seed)))
        yield Used(Usage(estimate_tokens(shown), 4, calls=1))
        yield Ended("complete")

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)


def sums(accuracy: float) -> Decide:
    """Answers so many of the sums rightly."""

    def decide(shown: str, luck: Random) -> str:
        number = int(shown.partition(" + ")[0])
        return f"It is {2 * number if luck.random() < accuracy else 2 * number + 1}."

    return decide


def grades(sensitivity: float, specificity: float) -> Decide:
    """Grades sums: finds so many of the right ones, and so many of the wrong ones."""

    def decide(shown: str, luck: Random) -> str:
        right = is_right(between(shown, "question"), between(shown, "answer"))
        good = luck.random() < (sensitivity if right else 1 - specificity)
        return f"Let me see.\nGrade: {5 if good else 1}"

    return decide


def is_right(question: str, answer: str) -> bool:
    """What a person would say of an answer."""
    return answer == f"It is {2 * int(question.partition(' + ')[0])}."


def between(text: str, tag: str) -> str:
    """What stands in a tag of a judge's prompt."""
    return text.partition(f"<{tag}>\n")[2].partition(f"\n</{tag}>")[0]


def entry(kind: str, judges: list[Decides], more: str = "") -> str:
    """An entry of a suite with these judges."""
    named = ", ".join(f'"{judge.name}"' for judge in judges)
    prompt = PROMPTS / f"judge_{kind}.prompty"
    return f'{{kind: {kind}, rubric: "The sum is right.", prompt: {prompt}, judges: [{named}]{more}}}'


def judged_bench(
    folder: Path,
    server: ChatServer,
    kind: str,
    judges: list[Decides],
    *,
    answers: Sequence[Decide] = (),
    items: int = 20,
    more: str = "",
    suite: str = "",
    journal: Path | None = None,
) -> Bench:
    """A bench of two variants over sums; `answers` are models in this process, one for each."""
    made = bench(folder, server, items=items, scorers=entry(kind, judges, more), more=suite, journal=journal)
    known: dict[str | None, Model] = {judge.name: judge for judge in judges}
    panels = panels_of(made.suite, made.dataset, known.__getitem__)
    contenders = made.contenders
    if answers:
        models = [Decides(f"m{place}", decide) for place, decide in enumerate(answers)]
        contenders = [replace(each, model=model) for each, model in zip(contenders, models, strict=True)]
    return replace(made, panels=panels, contenders=contenders)
