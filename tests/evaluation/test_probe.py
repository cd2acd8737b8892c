"""A probe drives a variant's own strategy and asks nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot.evaluation.probe import probe

Start = Callable[..., ChatServer]


@pytest.mark.parametrize(
    ("strategy", "calls", "rounds"),
    [("zero_shot", 1, 1), ("{name: self_consistency, samples: 7}", 7, 1), ("zero_shot_cot", 2, 2)],
)
def test_calls_are_counted_and_those_side_by_side_are_one_round(
    tmp_path: Path, chat_server: Start, strategy: str, calls: int, rounds: int
) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server, more=f"strategies: [{strategy}]\n")
    found = probe(made.contenders[0], made.dataset.items[0], made)
    assert (found.calls, found.rounds) == (calls, rounds)
    assert found.input_tokens > 0 and server.requests == []
