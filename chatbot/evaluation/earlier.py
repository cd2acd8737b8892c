"""What the journal's runs say of a bench's cells already: runs of this plan, or of any over the same dataset that asked
some of the items in the same way. A pilot over a part of the items is one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatbot import codec
from chatbot.evaluation.cells import Cell
from chatbot.evaluation.records import Response
from chatbot.evaluation.run import Asked, Bench
from chatbot.journal.records import RunRecord


def earlier(bench: Bench) -> Iterator[Asked]:
    """Each cell that has a reply, once: by the latest run that has one. The numbers of the cells mean nothing."""
    grid = bench.grid
    seen = bytearray(len(grid))
    ours = {mark: place for place, mark in enumerate(_marks([each.key for each in bench.contenders]))}
    items = {item.id: place for place, item in enumerate(bench.dataset.items)}
    for record in bench.journal.runs():
        if record.plan.get("dataset") != bench.dataset.hash:
            continue
        theirs = [ours.get(mark) for mark in _marks([str(each["key"]) for each in record.plan["variants"]])]
        for variant, item_id, repeat, data in _cells(bench, record, theirs):
            item = items.get(item_id)
            if item is None or repeat >= grid.repeats or data["error"]:
                continue
            place = (repeat * grid.items + item) * grid.variants + variant
            if not seen[place]:
                seen[place] = True
                response = codec.build(Response, data)
                yield Asked(Cell(place, variant, item, repeat), bench.dataset.items[item], response)


def _marks(keys: Sequence[str]) -> list[tuple[str, int]]:
    """Keys of variants, those that ask the same told apart by their order."""
    count: Counter[str] = Counter()
    found = []
    for key in keys:
        found.append((key, count[key]))
        count[key] += 1
    return found


def _cells(
    bench: Bench, record: RunRecord, theirs: Sequence[int | None]
) -> Iterator[tuple[int, str, int, Mapping[str, Any]]]:
    """Cells of a run whose variant is one of ours: its place here, the item's id, the repeat, and the reply."""
    if not any(place is not None for place in theirs):
        return
    items = int(record.plan["items"])
    for kept in bench.journal.cells(record.id):
        rest, variant = divmod(kept.number, len(theirs))
        place = theirs[variant]
        if place is not None:
            yield place, kept.item, rest // items, kept.response
