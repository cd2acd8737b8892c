"""Scores are worked out from the journal: however often, and in whichever order the cells came, they are the same."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.summary_data import as_data
from chatbot.journal import Journal

Start = Callable[..., ChatServer]


def report(made: Bench, run_id: str) -> str:
    return json.dumps(as_data(summary_of(made, run_id, metrics_of(made))))


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_scores_are_the_same_every_time_and_in_every_order(tmp_path: Path, chat_server: Start, times: int) -> None:
    server = chat_server(*[says(str(n)) for n in (0, 2, 4, 2, 8, 1, 12, 14, 3)], says("6"))
    made = bench(tmp_path, server, items=40, more="repeats: 2\n")
    record = asyncio.run(run(made))
    cells = list(made.journal.cells(record.id))
    calls, first = len(server.requests), report(made, record.id)
    for time in range(times):
        journal = Journal(None)
        journal.begin_run(record)
        shuffled = random.Random(time).sample(cells, len(cells))
        for at in range(0, len(cells), 7):
            journal.keep_cells(record.id, shuffled[at : at + 7])
        assert report(replace(made, journal=journal), record.id) == first
    assert len(server.requests) == calls == len(cells) == 160
