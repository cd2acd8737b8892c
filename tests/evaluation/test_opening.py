"""A suite's file becomes a bench, or one sentence that says what to mend, and nothing is asked for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot import Chatbot
from chatbot.errors import ProjectError
from chatbot.evaluation.opening import open_bench

Start = Callable[..., ChatServer]


def test_a_suite_is_opened_with_all_that_it_names(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server)
    opened = open_bench(made.suite.path, Chatbot("extractive", knowledge=None, durable=False))
    assert (opened.key, len(opened.grid)) == (made.key, 24)
    assert server.requests == []


def test_an_item_without_what_a_prompt_needs_is_told_before_anything_is_asked(
    tmp_path: Path, chat_server: Start
) -> None:
    path = bench(tmp_path, chat_server(says("4"))).suite.path
    with (tmp_path / "items.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"id": "x", "answer": "4"}\n')
    with pytest.raises(ProjectError, match=r"items.jsonl:13: prompt 'direct' needs question"):
        open_bench(path, Chatbot("extractive", knowledge=None, durable=False))
