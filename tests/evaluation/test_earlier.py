"""What runs of the past say of a suite's cells: the same items, asked in the same way, whatever else was in the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benches import bench
from chat_server import ChatServer, refuses, says

from chatbot.evaluation.dataset import Dataset
from chatbot.evaluation.earlier import earlier
from chatbot.evaluation.run import Bench, run

Start = Callable[..., ChatServer]


def cells(made: Bench) -> set[tuple[int, str, int]]:
    found = [(each.cell.variant, each.item.id, each.cell.repeat) for each in earlier(made)]
    assert len(found) == len(set(found))
    return set(found)


def test_a_pilot_over_some_items_and_some_variants_counts(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")))
    part = replace(made, contenders=made.contenders[1:], dataset=Dataset(made.dataset.items[3:5], made.dataset.hash))
    asyncio.run(run(part))
    assert cells(made) == {(1, "i3", 0), (1, "i4", 0)}
    assert cells(part) == {(0, "i3", 0), (0, "i4", 0)}


def test_repeats_are_told_apart_and_the_latest_reply_counts(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(*[says("4")] * 8, says("5")), items=2, more="repeats: 2\n")
    asyncio.run(run(made))
    asyncio.run(run(made, fresh=True))
    assert len(cells(made)) == 8
    assert {each.response.text for each in earlier(made)} == {"5"}


def test_failures_and_other_datasets_do_not_count(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(*[refuses(400, "no")] * 24, says("4")))
    asyncio.run(run(made))
    assert cells(made) == set()
    asyncio.run(run(made))
    assert len(cells(made)) == 24
    assert cells(replace(made, dataset=Dataset(made.dataset.items, "another"))) == set()


def test_variants_that_ask_the_same_are_told_apart_by_their_order(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), items=2)
    twins = replace(made, contenders=[made.contenders[0], made.contenders[0]])
    asyncio.run(run(twins))
    assert cells(twins) == {(variant, item, 0) for variant in (0, 1) for item in ("i0", "i1")}
    assert cells(made) == {(0, "i0", 0), (0, "i1", 0)}
