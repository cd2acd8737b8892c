"""The spending of a run: no cap is ever passed, and a run that one ended goes on with more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from benches import PRICES, bench
from chat_server import ChatServer, delta, refuses, says, streams

from chatbot.evaluation.run import Bench, asked, begun, purse_of, run
from chatbot.messages import Usage
from chatbot.models.purse import Caps
from chatbot.models.worst_case import Spent

Start = Callable[..., ChatServer]


def test_a_run_stops_at_its_cap_and_goes_on_with_a_higher_one(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server, more="parameters: [{maxOutputTokens: 50}]\n", items=40)

    def capped(tokens: int | None) -> Bench:
        return replace(made, suite=replace(made.suite, caps=Caps(tokens=tokens)))

    first = asyncio.run(run(capped(1_200)))
    came = len(list(asked(made, first.id)))
    assert first.ended is None and 0 < came < 80
    assert came == len(server.requests)
    purse = purse_of(capped(1_200), first.id)
    assert purse.spent.tokens == 15 * came <= 1_200  # as the server says of each
    again = asyncio.run(run(capped(1_200)))
    assert again.id == first.id and len(server.requests) == came
    whole = asyncio.run(run(capped(None)))
    assert whole.id == first.id and whole.ended is not None and len(server.requests) == 80


def test_money_is_counted_by_the_price_and_the_cap_of_the_suite_holds(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server, more="parameters: [{maxOutputTokens: 50}]\nbudget: {dollars: 0.003}\n", items=40)
    record = begun(made)
    purse = purse_of(made, record.id)
    asyncio.run(run(made, purse=purse))
    assert purse.reached == "the budget of $0.003 is spent"
    each = PRICES["m"].of(Usage(12, 3))
    assert purse.spent.dollars == pytest.approx(each * len(server.requests))
    assert purse.spent.dollars <= 0.003
    assert purse_of(made, record.id).spent.dollars == pytest.approx(purse.spent.dollars)


def test_replies_are_held_to_a_length_only_under_a_cap(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    asyncio.run(run(bench(tmp_path, server, items=2)))
    assert "max_tokens" not in server.requests[-1].body
    asyncio.run(run(bench(tmp_path, server, items=2, more="budget: {tokens: 100000, reply_tokens: 700}\n"), fresh=True))
    assert server.requests[-1].body["max_tokens"] == 700


def test_what_a_service_refuses_costs_nothing_and_a_lost_reply_as_much_as_it_can(
    tmp_path: Path, chat_server: Start
) -> None:
    server = chat_server(refuses(400, "no"), streams(delta(content="4"), end="cut"), says("4"))
    more = "parameters: [{maxOutputTokens: 50}]\nbudget: {tokens: 100000}\n"
    made = bench(tmp_path, server, items=2, more=more)
    made = replace(made, suite=replace(made.suite, concurrency=1))
    record = begun(made)
    purse = purse_of(made, record.id)
    asyncio.run(run(made, purse=purse))
    assert purse_of(made, record.id).spent == purse.spent
    assert purse.spent.cut == 1 and purse.spent.tokens > 2 * 15 + 50


def test_when_the_minutes_are_over_what_is_in_flight_is_cut_and_asked_again(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(*[says("4")] * 5, says("4", pause=30.0))
    made = bench(tmp_path, server, more="budget: {minutes: 0.04}\n")
    purse = purse_of(made, begun(made).id)
    record = asyncio.run(run(made, purse=purse))
    assert purse.reached == "the budget of 0.04 minutes is spent"
    assert record.ended is None and not any(each.response.error for each in asked(made, record.id))


def test_a_call_that_waits_when_the_run_is_stopped_was_not_sent_and_costs_nothing(
    tmp_path: Path, chat_server: Start
) -> None:
    server = chat_server(says("4", pause=30.0))
    made = bench(tmp_path, server, more="parameters: [{maxOutputTokens: 50}]\nbudget: {tokens: 1500}\n", items=40)
    record = begun(made)

    async def stopped() -> None:
        task = asyncio.ensure_future(run(made, purse=purse_of(made, record.id)))
        while len(server.requests) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(stopped())
    assert len(server.requests) == 2  # of the eight that there is no room for at once
    spent = purse_of(made, record.id).spent.tokens
    assert spent <= 2 * 700, "the two that were cut, at most"


def test_over_a_real_endpoint_that_fails_votes_stay_within_each_cap_and_the_next_one_goes_on(
    tmp_path: Path, chat_server: Start
) -> None:
    """The server counts itself what it would charge: 15 tokens for every reply that it sent, whole or not."""
    cycle = [*[says("4")] * 5, refuses(400, "no"), streams(delta(content="4"), end="cut")]
    server = chat_server(*cycle * 40, says("4"))
    more = "strategies: [{name: self_consistency, samples: 4}]\nparameters: [{maxOutputTokens: 30}]\n"
    made = bench(tmp_path, server, items=10, more=more)
    reached = []
    for cap in (3_000, 6_000, 9_000):
        capped = replace(made, suite=replace(made.suite, caps=Caps(tokens=cap)))
        purse = purse_of(capped, begun(capped).id)
        asyncio.run(run(capped, purse=purse))
        charged = 15 * sum(number % 7 != 5 for number in range(min(len(server.requests), 280)))
        assert charged <= purse.spent.tokens <= cap
        reached.append(purse.reached)
    assert reached[0] == "the budget of 3,000 tokens is spent"
    assert len(made.journal.runs()) == 1


def test_a_service_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    with ChatServer(says("4")) as server:
        made = bench(tmp_path, server, items=2, more="budget: {tokens: 100000}\n")
    purse = purse_of(made, begun(made).id)
    asyncio.run(run(made, purse=purse))
    assert purse.spent == Spent() and purse.held == Spent()
