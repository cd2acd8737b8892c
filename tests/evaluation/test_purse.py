"""A purse: no cap is ever passed, whoever asks and however much at once; and a run that one ended goes on with more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest
from benches import PRICES, bench
from chat_server import ChatServer, delta, refuses, says, streams

from chatbot.effects import Generate
from chatbot.errors import LimitReached, ModelUnreachable, UsageError
from chatbot.evaluation.purse import Capped, CapReached, Purse, Spent, most_of
from chatbot.evaluation.run import Bench, asked, begun, purse_of, run
from chatbot.evaluation.suite import Caps
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.messages import Usage, message
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.prices import Price
from chatbot.sampling import Sampling

Start = Callable[..., ChatServer]

PRICE = Price(input=2.0, cached=1.0, output=10.0)
ABILITIES = Abilities(writes=True, tools=False, context_tokens=8_000, price=PRICE)


@dataclass
class Service:
    """A model that replies with as many tokens as it likes within what it is allowed, and charges for them."""

    random: Random
    fails: float = 0.0
    name: str = "service"
    abilities: Abilities = ABILITIES
    charged: Spent = field(default_factory=Spent)
    most: int | None = None
    """Longest reply that it ever gives."""
    flying: int = 0
    at_once: list[int] = field(default_factory=lambda: [0])
    """Calls in flight, after each that came."""

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        limit = request.sampling.max_tokens
        assert limit is not None
        longest = min(limit, self.most or limit)
        usage = Usage(self.random.randint(1, min(most_of(request), longest)), self.random.randint(1, longest))
        self.charged += Spent(PRICE.of(usage), usage.input_tokens + usage.output_tokens)
        self.flying += 1
        self.at_once.append(self.flying)
        await asyncio.sleep(0)
        self.flying -= 1
        if self.random.random() < self.fails:
            raise ModelUnreachable("the reply was lost")
        yield TextDelta("4")
        yield Used(usage)
        yield Ended("complete")


def request(length: int | None = None) -> Generate:
    return Generate((message("user", "What is 2 + 2?", "user"),), sampling=Sampling(max_tokens=length))


async def ask(model: Capped, what: Generate) -> None:
    async for _ in model.stream(what):
        pass


async def spend_all(service: Service, purse: Purse, workers: int) -> None:
    """Workers that ask until they are refused."""

    async def work(number: int) -> None:
        while not purse.reached:
            with contextlib.suppress(LimitReached, ModelUnreachable):
                await ask(Capped(service, purse), request(1 + number * 13 % 700))

    await asyncio.gather(*(work(number) for number in range(workers)))


@pytest.mark.parametrize("runs", [30, pytest.param(1_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("caps", [Caps(dollars=0.5), Caps(tokens=60_000), Caps(dollars=0.5, tokens=60_000)], ids=str)
def test_64_workers_never_pass_a_cap(caps: Caps, runs: int) -> None:
    for seed in range(runs):
        service, purse = Service(Random(seed), fails=0.05), Purse(caps)
        asyncio.run(spend_all(service, purse, 64))
        assert service.charged.dollars <= purse.spent.dollars + 1e-9
        assert caps.dollars is None or purse.spent.dollars <= caps.dollars
        assert caps.tokens is None or service.charged.tokens <= purse.spent.tokens <= caps.tokens
        shares = (purse.spent.dollars / (caps.dollars or 1e9), purse.spent.tokens / (caps.tokens or 1e9))
        assert max(shares) > 0.9 and purse.held.tokens == 0


def test_calls_wait_for_those_in_flight_and_are_not_refused_before_their_time() -> None:
    each = most_of(request()) + 1_000
    service, purse = Service(Random(0), most=4), Purse(Caps(tokens=each * 2 + 30 * 8))

    async def all_of_them() -> None:
        await asyncio.gather(*(ask(Capped(service, purse), request(1_000)) for _ in range(30)))

    asyncio.run(all_of_them())
    assert max(service.at_once) == 2 and len(service.at_once) == 31
    assert not purse.reached


def test_a_refused_cell_asks_nothing_more() -> None:
    service, purse = Service(Random(0)), Purse(Caps(tokens=1_000))
    model = Capped(service, purse)
    with pytest.raises(CapReached, match="the budget of 1,000 tokens is spent"):
        asyncio.run(ask(model, request(5_000)))
    with pytest.raises(CapReached):
        asyncio.run(ask(model, request(1)))
    assert model.refused and service.charged == Spent()


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


def test_a_budget_needs_a_price(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server, more="budget: {dollars: 1}\n")
    unknown = replace(ABILITIES, price=None)
    with pytest.raises(UsageError, match="the price of service is not known"):
        Purse(Caps(dollars=1)).admit(Service(Random(0), abilities=unknown))
    Purse(Caps(tokens=1)).admit(Service(Random(0), abilities=unknown))
    assert purse_of(made, begun(made).id).caps.dollars == 1


def test_when_the_minutes_are_over_what_is_in_flight_is_cut_and_asked_again(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(*[says("4")] * 5, says("4", pause=30.0))
    made = bench(tmp_path, server, more="budget: {minutes: 0.01}\n")
    purse = purse_of(made, begun(made).id)
    record = asyncio.run(run(made, purse=purse))
    assert purse.reached == "the budget of 0.01 minutes is spent"
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
