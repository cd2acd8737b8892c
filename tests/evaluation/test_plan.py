"""A plan counts what a run will take, asks no model, and is right about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from benches import PRICES, bench
from chat_server import ChatServer, says

from chatbot.evaluation.dataset import Dataset
from chatbot.evaluation.plan import Plan, plan
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.scored import scorers_of
from chatbot.messages import Usage
from chatbot.models.purse import Caps

Start = Callable[..., ChatServer]


def planned(made: Bench) -> Plan:
    return plan(made, scorers_of(made))


def pilot(made: Bench, items: int) -> Bench:
    """The same with the first of the items only, as with `limit`."""
    return replace(made, dataset=Dataset(made.dataset.items[:items], made.dataset.hash))


def test_it_asks_nothing_and_counts_the_calls_that_a_run_makes(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("Answer: 4"))
    made = bench(tmp_path, server, more="repeats: 2\nstrategies: [zero_shot, zero_shot_cot, self_consistency]\n")
    found = planned(made)
    assert server.requests == []
    asyncio.run(run(made))
    assert sum(need.calls for need in found.needs) == len(server.requests)
    assert (found.cells, found.answered) == (2 * 3 * 12 * 2, 0)


def test_tokens_of_prompts_are_counted_and_those_of_replies_assumed(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")))
    direct, steps = planned(made).needs
    count = made.contenders[0].model.count_tokens
    assert direct.input_tokens == pytest.approx(12 * count("Answer.0 + 0?"), rel=0.1)
    assert steps.input_tokens > direct.input_tokens
    assert (direct.seen, direct.output_tokens) == (0, 12 * 200)


def test_a_pilot_says_how_long_replies_are_and_what_they_cost(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")))
    asyncio.run(run(pilot(made, 4)))
    found = planned(made)
    need = found.needs[0]
    assert (need.seen, need.cells, found.answered) == (4, 8, 8)
    assert (need.calls, need.input_tokens, need.output_tokens) == (8, 8 * 12, 8 * 3)  # as the server says of each
    assert need.dollars == pytest.approx(8 * PRICES["m"].of(Usage(12, 3)))
    assert found.dollars == pytest.approx(16 * PRICES["m"].of(Usage(12, 3)))


def test_what_is_answered_costs_nothing_more(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")))
    asyncio.run(run(made))
    found = planned(made)
    assert (found.answered, found.dollars, found.minutes) == (24, 0, 0)
    assert [need.calls for need in found.needs] == [0, 0]


def test_the_time_is_that_of_cells_at_the_concurrency(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4", pause=0.1)), more="strategies: [self_consistency]\n")
    asyncio.run(run(pilot(made, 4)))
    found = planned(made)
    (first, _) = found.needs
    assert first.seconds >= 8 * 0.1
    assert found.minutes == pytest.approx(sum(need.seconds for need in found.needs) / 8 / 60)


def test_a_pilot_says_on_how_many_items_variants_differ(tmp_path: Path, chat_server: Start) -> None:
    """Of ten sums each variant is right about 2 + 2; the second run of the pilot is another story."""
    made = bench(tmp_path, chat_server(says("4")), items=200)
    assert planned(made).reach.discordance == 0.2
    asyncio.run(run(pilot(made, 20)))
    found = planned(made).reach
    assert (found.pilot, found.discordance, found.difference) == (20, 0.0, float("inf"))


def test_the_budget_says_how_far_it_reaches(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")))
    asyncio.run(run(pilot(made, 4)))

    def share(caps: Caps) -> float:
        return planned(replace(made, suite=replace(made.suite, caps=caps))).share

    each = PRICES["m"].of(Usage(12, 3))
    assert share(Caps()) == 1
    assert share(Caps(dollars=4 * each)) == pytest.approx(0.25)
    assert share(Caps(tokens=15 * 8)) == pytest.approx(0.5)
    assert share(Caps(tokens=15 * 8, dollars=4 * each)) == pytest.approx(0.25)
