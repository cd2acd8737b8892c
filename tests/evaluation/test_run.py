"""A run at a real server: every cell once, all of them kept, and a run that was stopped goes on where it was."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, Step, refuses, says

from chatbot.errors import ModelLost
from chatbot.evaluation.cells import Cell, Grid
from chatbot.evaluation.run import Asked, Bench, asked, run
from chatbot.journal.records import RunRecord
from chatbot.service.pace import IN_EVAL, Patience
from chatbot.service.shared_paces import troubles

Start = Callable[..., ChatServer]


def questions(server: ChatServer) -> Counter[str]:
    return Counter(json.dumps(request.body["messages"]) for request in server.requests)


def test_every_cell_is_asked_once_and_kept(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("The sum is 4."))
    watched: list[Asked] = []
    made = bench(tmp_path, server)
    record = asyncio.run(run(made, watch=watched.append))
    assert record.ended is not None
    assert len(server.requests) == 24 and set(questions(server).values()) == {1}
    kept = list(asked(made, record.id))
    assert [each.cell.number for each in kept] == list(range(24))
    assert {each.response.answer for each in kept} == {"4"}
    assert all(each.response.usage.calls == 1 and each.response.seconds > 0 for each in kept)
    assert sorted(each.cell.number for each in watched) == list(range(24))
    assert {(each.item.id, each.cell.variant) for each in kept} == {(f"i{n}", v) for n in range(12) for v in (0, 1)}


def test_repeats_are_asked_again(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    asyncio.run(run(bench(tmp_path, server, more="repeats: 3\n")))
    assert set(questions(server).values()) == {3}


def test_a_run_that_was_stopped_goes_on_and_asks_nothing_twice(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4", pause=0.02))
    journal = tmp_path / "journal.db"
    first = bench(tmp_path / "s", server, journal=journal)

    async def stopped() -> None:
        came = asyncio.Event()
        task = asyncio.ensure_future(run(first, watch=lambda _: came.set()))
        await came.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(stopped())
    server.wait_until_idle()
    before = len(server.requests)
    assert before < 24
    made = bench(tmp_path / "s", server, journal=journal)
    done = len(list(asked(made, made.journal.runs()[0].id)))
    record = asyncio.run(run(made))
    assert len(made.journal.runs()) == 1
    assert len(list(asked(made, record.id))) == 24
    assert len(server.requests) == before + 24 - done


def test_what_was_answered_is_asked_again_only_when_it_is_to_be(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server)
    first, again = asyncio.run(run(made)), asyncio.run(run(made))
    assert (again.id, len(server.requests)) == (first.id, 24)
    fresh = asyncio.run(run(made, fresh=True))
    assert (fresh.id != first.id, len(server.requests)) == (True, 48)


def test_a_changed_prompt_makes_another_run(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    first = bench(tmp_path, server)
    other = Bench(first.suite, first.dataset, first.contenders[:1], first.journal)
    asyncio.run(run(first))
    asyncio.run(run(other))
    assert len({record.key for record in first.journal.runs()}) == 2


def test_what_fails_is_told_and_asked_again_by_the_next_run(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(*[refuses(400, "no such thing")] * 5, says("4"))
    made = bench(tmp_path, server)
    record = asyncio.run(run(made))
    failed = [each for each in asked(made, record.id) if each.response.error]
    assert len(failed) == 5
    assert all("no such thing" in each.response.error for each in failed)
    assert len(list(asked(made, record.id))) == 24
    assert record.ended is None
    again = asyncio.run(run(made))
    assert (again.id, again.ended is not None, len(server.requests)) == (record.id, True, 29)
    assert not any(each.response.error for each in asked(made, record.id))


class Halves:
    """A schedule that asks half of the cells, and the other half only once all of those have come."""

    def __init__(self, grid: Grid) -> None:
        self.cells = list(grid)
        self.heard: list[int] = []
        self.given = 0

    def next(self) -> Cell | None:
        if self.given == len(self.cells) or (self.given == len(self.cells) // 2 > len(self.heard)):
            return None
        self.given += 1
        return self.cells[self.given - 1]

    def hear(self, came: Asked) -> None:
        self.heard.append(came.cell.number)


def test_a_schedule_says_what_is_asked_and_may_wait_for_what_comes(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4", pause=0.01))
    made = bench(tmp_path, server)
    schedule = Halves(made.grid)
    record = asyncio.run(run(made, schedule=schedule))
    assert sorted(schedule.heard[:12]) == list(range(12)) and sorted(schedule.heard) == list(range(24))
    assert len(list(asked(made, record.id))) == 24


def test_a_run_waits_for_a_server_that_died_and_goes_on_when_it_is_back(tmp_path: Path, closed_port: int) -> None:
    first = ChatServer(says("4", pause=0.01), port=closed_port)
    made = bench(tmp_path, first, patience=IN_EVAL)
    servers = [first]

    async def dies_and_comes_back() -> RunRecord:
        running = asyncio.ensure_future(run(made))
        while len(first.requests) < 10:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(first.close)
        while not [line for line in troubles() if first.url in line]:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)  # longer than anybody whose reply was lost waits until they look whether it is there
        servers.append(ChatServer(says("4"), port=closed_port))
        return await running

    record = asyncio.run(dies_and_comes_back())
    servers[1].close()
    kept = list(asked(made, record.id))
    assert (record.ended is not None, len(kept), [each.response.error for each in kept if each.response.error]) == (
        True,
        24,
        [],
    )
    asked_in_all = sum(len(server.requests) for server in servers)
    assert asked_in_all <= 24 + 8  # twice only what was in flight when it died


def test_a_server_that_stays_away_ends_the_run_and_leaves_it_to_go_on(tmp_path: Path, closed_port: int) -> None:
    first = ChatServer(says("4"), port=closed_port)
    made = bench(tmp_path, first, patience=Patience(down=0.3))

    def die(_: Asked) -> None:
        if not closing.is_set():
            closing.set()
            first.close()

    closing = threading.Event()
    with pytest.raises(ModelLost, match="has not answered for"):
        asyncio.run(run(made, watch=die))
    kept = list(asked(made, made.journal.runs()[0].id))
    assert 1 <= len(kept) < 24
    assert not any(each.response.error for each in kept)
    with ChatServer(says("4"), port=closed_port) as second:
        record = asyncio.run(run(made))
        assert (record.ended is not None, len(second.requests)) == (True, 24 - len(kept))


@pytest.mark.parametrize(("status", "code"), [(401, ""), (402, ""), (429, "insufficient_quota")])
def test_a_run_that_is_let_in_no_more_ends_and_asks_nothing_else(
    tmp_path: Path, chat_server: Start, status: int, code: str
) -> None:
    out = refuses(status, {"error": {"message": "no more", "code": code}})

    def after_ten_replies() -> Iterator[Step]:
        while len(kept()) < 10:
            yield 0.01
        yield from out.steps  # type: ignore[misc]

    server = chat_server(*[says("4")] * 10, replace(out, steps=after_ten_replies))
    made = bench(tmp_path, server, items=500, patience=IN_EVAL)

    def kept() -> list[Asked]:
        return [each for run in made.journal.runs() for each in asked(made, run.id)]

    with pytest.raises(ModelLost, match="no more"):
        asyncio.run(run(made))
    assert len(kept()) == 10 and not any(each.response.error for each in kept())
    assert len(server.requests) <= 10 + made.concurrency
