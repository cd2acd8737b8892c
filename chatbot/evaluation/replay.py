"""Replies that the journal holds already for a cell: it is never asked twice for what was paid for.

A cell that was cut in the middle goes on where it was, and a suite that was changed asks only what it did not before. A
reply belongs to its item, its repeat and its place among the variants with the same prompt and model:
repeats, and variants that ask the same, never share one, since each is to be a draw of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from chatbot import codec
from chatbot.effects import Generate
from chatbot.evaluation.cells import Cell
from chatbot.evaluation.contender import Contender
from chatbot.evaluation.records import Item
from chatbot.journal.gathering import Gathering
from chatbot.journal.recollection import request_key
from chatbot.journal.records import RunRecord
from chatbot.messages import Reply, Usage

WHOLE = ("complete", "length", "filtered")
"""How a reply ended that would come again; one that was broken off is asked for anew."""


@dataclass(slots=True)
class Replay:
    """The `Recollection` of one cell, and what it recalled."""

    ledger: Gathering
    place: str
    """Of the cell, see `place_of`."""
    run: RunRecord
    recalled: Usage = Usage()
    """Of replies that earlier runs have paid for."""
    resumed: bool = False
    """Replies of this run were recalled: the cell was cut."""
    _had: Counter[str] = field(default_factory=Counter)
    """Replies to each request so far, recalled or new."""

    def key(self, model: str, request: Generate) -> str:
        """Of any request; one that a strategy makes again when it has the reply is another one."""
        asked = request_key(model, request, self.place)
        return f"{asked}-{self._had[asked]}"

    def reply(self, key: str) -> Reply | None:
        """The reply, with what it took when it was made."""
        known = self.ledger.recall(key, since=self.run.started if self.run.plan.get("fresh") else 0.0)
        if known is None or known.result.get("finish") not in WHOLE:
            return None
        self.kept(key)
        reply = codec.build(Reply, known.result)
        if known.started >= self.run.started:
            self.resumed = True
        else:
            self.recalled += reply.usage
        return reply

    def kept(self, key: str) -> None:
        """Counts a reply."""
        self._had[key.partition("-")[0]] += 1


def twins(contenders: Sequence[Contender]) -> list[int]:
    """For each variant how many before it ask with the same prompt and model."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for each in contenders:
        alike = (each.prompt.hash, each.model.name)
        found.append(seen[alike])
        seen[alike] += 1
    return found


def place_of(cell: Cell, item: Item, twin: int) -> str:
    """What sets a cell's requests apart from equal ones of other cells, in this run and in later ones."""
    return f"{item.id}\n{cell.repeat}\n{twin}"
