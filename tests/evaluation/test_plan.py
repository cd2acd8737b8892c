"""A plan counts what a run will take, asks no model, and is right about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot.evaluation.plan import DISCORDANCE, Plan, lines, plan
from chatbot.evaluation.run import run
from chatbot.evaluation.statistics.power import smallest_difference

Start = Callable[..., ChatServer]


def test_it_asks_nothing_and_counts_the_calls_that_a_run_makes(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("Answer: 4"))
    made = bench(tmp_path, server, more="repeats: 2\nstrategies: [zero_shot, zero_shot_cot, self_consistency]\n")
    planned = plan(made)
    assert server.requests == []
    asyncio.run(run(made))
    assert sum(need.calls for need in planned.needs) == len(server.requests)
    assert planned.cells == 2 * 3 * 12 * 2


def test_tokens_of_prompts_are_counted_and_those_of_replies_assumed(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server)
    direct, steps = plan(made).needs
    count = made.contenders[0].model.count_tokens
    assert direct.input_tokens == pytest.approx(12 * count("Answer.0 + 0?"), rel=0.1)
    assert steps.input_tokens > direct.input_tokens
    assert direct.assumed and direct.output_tokens == 12 * 200
    assert "out (assumed)" in lines(plan(made), 12)[0]


def test_an_earlier_run_says_how_long_replies_are(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")))
    asyncio.run(run(made))
    planned = plan(made)
    assert not planned.needs[0].assumed
    assert planned.needs[0].output_tokens == 12 * 3  # as the server says of each


def test_a_pilot_says_on_how_many_items_variants_differ(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), items=200)
    pilot = {0: dict.fromkeys(range(20), 1.0), 1: {item: float(item > 1) for item in range(20)}}
    planned = plan(made, pilot)
    assert (planned.discordance, planned.from_pilot) == (0.1, True)
    assert planned.difference == smallest_difference(200, 0.1)
    assert plan(made).discordance == DISCORDANCE


def test_what_a_set_cannot_show_is_said(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), items=4)
    planned = plan(made)
    assert planned.difference == inf
    assert lines(planned, 4)[-1].startswith("4 items cannot show a difference")


def test_money_is_told_where_the_price_is_known(tmp_path: Path, chat_server: Start) -> None:
    planned = plan(bench(tmp_path, chat_server(says("4"))))
    assert planned.dollars is None
    assert "price not known" in lines(planned, 12)[-2]
    priced = Plan(planned.needs[:0], 0, 0.0, 0.1, 0.2, False)
    assert priced.dollars == 0
