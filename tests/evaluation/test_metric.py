"""The metrics of a suite: all of its scorers, each under a name of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot.errors import PromptError
from chatbot.evaluation.metric import metrics_of, unique

Start = Callable[..., ChatServer]


def test_every_scorer_of_a_suite_is_a_metric(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), scorers="{kind: answer}, {kind: tokens, name: size}")
    metrics = metrics_of(made)
    assert [(each.name, each.kind, each.less_is_better) for each in metrics] == [
        ("answer", "answer", False),
        ("size", "tokens", True),
    ]
    assert [len(each.scorers) for each in metrics] == [2, 2]


def test_names_that_come_twice_are_told_apart() -> None:
    assert unique(["contains", "number", "contains", "contains"]) == ["contains", "number", "contains 2", "contains 3"]


def test_an_entry_that_is_wrong_has_its_line(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), scorers="{kind: answer}, {kind: lenght}")
    with pytest.raises(PromptError, match=r"suite\.yaml:4: there is no kind of scorer 'lenght'"):
        metrics_of(made)
