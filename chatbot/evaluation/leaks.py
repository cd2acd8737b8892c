"""Items that a variant's prompt gives away: they stand in its text, or among the demonstrations that it chooses from.

What stands in the text is shown with every question, also with that item's own: its score says nothing. A demonstration
is never shown with the item that it is, but with others that are like it: such a pool is no good with this set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chatbot.evaluation.contender import Contender
from chatbot.evaluation.records import Item
from chatbot.evaluation.run import Bench
from chatbot.prompting.demonstrations.leak import WRAPPED, gives_away, same

COMPARED = 20_000
"""Pairs of an item and a demonstration that are compared in full; among more only those that are equal are found."""

SHOWN = 5
"""Items that a sentence names."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Items that a variant gives away."""

    variant: str
    where: Literal["prompt", "pool"]
    items: tuple[str, ...]
    """Their ids."""

    def __str__(self) -> str:
        named = ", ".join(self.items[:SHOWN]) + (", …" if len(self.items) > SHOWN else "")
        what = f"{len(self.items)} item{'s' if len(self.items) > 1 else ''} ({named})"
        if self.where == "prompt":
            return f"{self.variant}: {what} of the dataset in the text of the prompt: what is scored there is no proof"
        return f"{self.variant}: {what} of the dataset among the demonstrations: never shown with their own question"


def leaks(bench: Bench) -> list[Leak]:
    """What the variants of a suite give away."""
    found = []
    for contender in bench.contenders:
        if in_text := tuple(item.id for item in bench.dataset.items if _in_text(contender, item)):
            found.append(Leak(contender.name, "prompt", in_text))
        if in_pool := tuple(_in_pool(contender, bench.dataset.items)):
            found.append(Leak(contender.name, "pool", in_pool))
    return found


def _in_text(contender: Contender, item: Item) -> bool:
    body = contender.prompt.file.body
    texts = [value for value in contender.inputs(item).values() if isinstance(value, str)]
    return any(_may_stand_in(text, body) and same(text, body) for text in texts)


def _may_stand_in(text: str, body: str) -> bool:
    """Quickly, whether a text may stand in a longer one: most do not, and there may be thousands."""
    words = [word for word in text.split() if word.isalpha()]
    return len(text.split()) >= WRAPPED and bool(words) and max(words, key=len).casefold() in body.casefold()


def _in_pool(contender: Contender, items: tuple[Item, ...]) -> Iterator[str]:
    pool, choice = contender.prompt.pool, contender.prompt.settings.examples
    if pool is None or choice is None or contender.strategy.demonstrates == 0:
        return
    compared = [
        {name: value for name, value in row.inputs.items() if not choice.by or name in choice.by} for row in pool.rows
    ]
    equal = {_plain(row) for row in compared}
    in_full = len(items) * len(compared) <= COMPARED
    for item in items:
        asked = {name: value for name, value in contender.inputs(item).items() if not choice.by or name in choice.by}
        if _plain(asked) in equal or (in_full and any(gives_away(asked, row) for row in compared)):
            yield item.id


def _plain(inputs: dict[str, object]) -> str:
    return " ".join(" ".join(map(str, inputs.values())).casefold().split())
