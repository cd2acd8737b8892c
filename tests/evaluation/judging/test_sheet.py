"""Sheets for people: drawn at random, blind, and different from each other only by their seed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, says
from judging_models import Decides, grades, judged_bench, sums

from chatbot.errors import ChatbotError
from chatbot.evaluation.judging.labels import read_labels
from chatbot.evaluation.judging.sheet import panel_of, sheet
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.scoring.judged import Scale

Start = Callable[..., ChatServer]


def made(folder: Path, server: ChatServer, kind: str = "rubric") -> Bench:
    judges = [Decides("judge", grades(1, 1))]
    return judged_bench(folder, server, kind, judges, answers=[sums(0.3), sums(0.9)], items=20)


def test_a_sheet_is_a_random_part_that_can_be_read_back(tmp_path: Path, chat_server: Start) -> None:
    bench = made(tmp_path, chat_server(says("")))
    run_id = asyncio.run(run(bench)).id
    panel = panel_of(bench, None)
    rows = [json.loads(row) for row in sheet(bench, run_id, panel, count=10)]
    assert len({(row["item"], row["text"]) for row in rows}) == 10
    assert {row["label"] for row in rows} == {None} and set(rows[0]) == {"item", "question", "variant", "text", "label"}
    assert [json.loads(row) for row in sheet(bench, run_id, panel, count=10)] == rows
    assert [json.loads(row) for row in sheet(bench, run_id, panel, count=10, seed=1)] != rows
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(json.dumps({**row, "label": True}) for row in rows), encoding="utf-8")
    found = read_labels(path, bench.dataset.items, ["direct", "steps"], "direct", Scale())
    assert [each.text for each in found] == [row["text"] for row in rows]


def test_every_reply_has_the_same_chance(tmp_path: Path, chat_server: Start) -> None:
    bench = made(tmp_path, chat_server(says("")))
    run_id = asyncio.run(run(bench)).id
    panel, drawn = panel_of(bench, None), Counter[str]()
    total = len(list(sheet(bench, run_id, panel, count=100)))
    for seed in range(300):
        drawn.update(sheet(bench, run_id, panel, count=5, seed=seed))
    assert len(drawn) == total
    expected = 300 * 5 / total
    assert sum((count - expected) ** 2 / expected for count in drawn.values()) < 2 * total  # chi-squared


def test_of_pairs_both_stand_on_the_sheet(tmp_path: Path, chat_server: Start) -> None:
    bench = made(tmp_path, chat_server(says("")), "pairwise")
    rows = [json.loads(row) for row in sheet(bench, asyncio.run(run(bench)).id, panel_of(bench, None), count=100)]
    assert rows and all(row["text"] != row["baseline"] and row["variant"] == "steps" for row in rows)


def test_the_scorer_is_named_where_there_are_several(tmp_path: Path, chat_server: Start) -> None:
    bench = made(tmp_path, chat_server(says("")))
    with pytest.raises(ChatbotError, match="no scorer with judges is named 'rubic'") as error:
        panel_of(bench, "rubic")
    assert error.value.hint == "did you mean 'rubric'?"
