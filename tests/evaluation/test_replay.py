"""What was paid for is never asked again: by a cell that was cut, by a run that was, or by a suite that has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benches import bench
from chat_server import DONE, SILENT, ChatServer, Request, Scene, delta, says, streams, usage

from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.replay import twins
from chatbot.evaluation.run import Bench, asked, run
from chatbot.evaluation.scored import summary_of
from chatbot.evaluation.table import notes
from chatbot.models.openai_api import OpenAIModel
from chatbot.service.endpoints import Quirks

Start = Callable[..., ChatServer]

VOTES = "strategies: [{name: self_consistency, samples: 6}]\n"
ALL_SAME = Scene(says("4").steps)


def one(made: Bench) -> Bench:
    """The bench with its first variant only."""
    return Bench(made.suite, made.dataset, made.contenders[:1], made.journal)


async def cut(made: Bench, server: ChatServer, *, calls: int, replies: int) -> None:
    """Runs until so many calls have left, and so many replies are kept; then ends it."""
    task = asyncio.ensure_future(run(made))
    while len(server.requests) < calls or made.journal._database.read("SELECT count(*) FROM result") != [(replies,)]:
        await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_cell_that_was_cut_goes_on_where_it_was(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"), says("4"), says("5"), says("4"), SILENT, SILENT, says("4"))
    made = one(bench(tmp_path / "s", server, items=1, more=VOTES, journal=tmp_path / "j.db"))
    asyncio.run(cut(made, server, calls=6, replies=4))
    assert len(server.requests) == 6
    again = one(bench(tmp_path / "s", server, items=1, more=VOTES, journal=tmp_path / "j.db"))
    record = asyncio.run(run(again))
    assert len(server.requests) == 8
    (came,) = asked(again, record.id)
    assert sorted(filter(None, came.response.samples)) == ["4"] * 5 + ["5"]
    assert (came.response.usage.calls, came.response.usage.output_tokens) == (6, 18)
    assert (came.response.resumed, came.response.timed) == (True, False)
    assert came.response.recalled.calls == 0, "this run has paid for all of them"
    trace = again.journal.trace(next(iter(again.journal.cells(record.id))).trace_id)
    assert sorted(each.kind for each in trace) == ["generate"] * 2 + ["recalled"] * 4


def test_a_changed_suite_asks_only_what_was_not_asked_before(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    made = bench(tmp_path, server)
    asyncio.run(run(one(made)))
    assert len(server.requests) == 12
    record = asyncio.run(run(made))
    assert len(server.requests) == 24
    kept = list(asked(made, record.id))
    known = [each.response for each in kept if each.cell.variant == 0]
    new = [each.response for each in kept if each.cell.variant == 1]
    assert {(each.recalled.calls, each.recalled.output_tokens, each.timed) for each in known} == {(1, 3, False)}
    assert {(each.recalled.calls, each.timed) for each in new} == {(0, True)}
    assert {each.usage.calls for each in known + new} == {1}, "what a variant takes is what it took"
    assert {each.text for each in known} == {"4"}
    summary = summary_of(made, record.id, metrics_of(made))
    assert [(len(each.seconds), each.recalled.calls) for each in summary.variants] == [(0, 12), (12, 0)]
    assert "12 calls were not made: earlier runs had the replies (`--fresh` asks anew)" in notes(summary)


def test_a_repeat_never_has_the_reply_of_another(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(*[says(str(n)) for n in range(100)])
    once = one(bench(tmp_path / "s", server, items=5, journal=tmp_path / "j.db"))
    asyncio.run(run(once))
    thrice = one(bench(tmp_path / "s", server, items=5, more="repeats: 3\n", journal=tmp_path / "j.db"))
    record = asyncio.run(run(thrice))
    assert len(server.requests) == 15
    kept = list(asked(thrice, record.id))
    assert len({each.response.text for each in kept}) == 15
    assert {each.cell.repeat for each in kept if each.response.recalled.calls} == {0}


def test_two_variants_that_ask_the_same_are_asked_apart(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(*[says(str(n)) for n in range(100)])
    made = one(bench(tmp_path, server, items=5))
    same = replace(made.contenders[0], variant=replace(made.contenders[0].variant, name="the same again"))
    both = Bench(made.suite, made.dataset, [made.contenders[0], same], made.journal)
    assert twins(both.contenders) == [0, 1]
    record = asyncio.run(run(both))
    assert len(server.requests) == 10
    assert len({each.response.text for each in asked(both, record.id)}) == 10


def test_a_fresh_run_asks_anew_also_when_it_goes_on(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(*[says("4")] * 12, *[says("5")] * 4, *[SILENT] * 8, says("5"))
    made = one(bench(tmp_path / "s", server, journal=tmp_path / "j.db"))
    asyncio.run(run(made))

    async def cut_fresh() -> None:
        task = asyncio.ensure_future(run(made, fresh=True))
        while len(server.requests) < 24:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cut_fresh())
    again = one(bench(tmp_path / "s", server, journal=tmp_path / "j.db"))
    record = asyncio.run(run(again))
    assert record.plan["fresh"]
    assert {each.response.text for each in asked(again, record.id)} == {"5"}
    assert len(server.requests) == 24 + 8


def test_a_reply_that_was_broken_off_is_asked_for_again(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(Scene(says("4").steps[:1]), says("5"))
    made = one(bench(tmp_path, server, items=1))
    first = asyncio.run(run(made))
    assert [each.response.finish for each in asked(made, first.id)] == ["truncated"]
    longer = one(bench(tmp_path / "s", server, items=1, more="name: other\n"))
    longer = Bench(longer.suite, longer.dataset, longer.contenders, made.journal)
    record = asyncio.run(run(longer))
    assert [each.response.text for each in asked(longer, record.id)] == ["5"]


def test_a_request_that_a_strategy_makes_again_is_another_one(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("4"))
    more = "strategies: [{name: self_refine, rounds: 2}]\n"
    made = one(bench(tmp_path, server, items=1, more=more))
    record = asyncio.run(run(made))
    (came,) = asked(made, record.id)
    assert came.response.usage.calls == len(server.requests)
    assert came.response.recalled.calls == 0 and not came.response.resumed


class Drawing(ChatServer):
    """Draws as many replies at once as it is asked for."""

    def scene(self, request: Request) -> Scene:
        """The draws."""
        wanted = request.body.get("n", 1)
        assert isinstance(wanted, int)
        drawn = [delta(content="4", index=n) + delta("stop", index=n) for n in range(wanted)]
        return streams(*drawn, usage(), DONE)


def drawing(made: Bench) -> Bench:
    """The bench with a model that is known to draw several replies at once, as vLLM's are."""
    model = made.contenders[0].model
    assert isinstance(model, OpenAIModel)
    endpoint = replace(model.endpoint, quirks=Quirks(samples=True))
    draws = OpenAIModel(model.name, "m", endpoint, timeout=10, prices={})
    return replace(made, contenders=[replace(made.contenders[0], model=draws)])


def test_the_draws_of_a_vote_go_out_as_one_where_the_service_draws_several(tmp_path: Path) -> None:
    with Drawing(models=("m",)) as server:
        made = drawing(bench(tmp_path / "s", server, items=5, more=VOTES, journal=tmp_path / "j.db"))
        record = asyncio.run(run(made))
        assert [request.body["n"] for request in server.requests] == [6] * 5
        assert {len(each.response.samples) for each in asked(made, record.id)} == {6}
        more = VOTES.replace("6", "9")
        longer = drawing(bench(tmp_path / "s", server, items=5, more=more, journal=tmp_path / "j.db"))
        record = asyncio.run(run(longer))
        assert [request.body["n"] for request in server.requests[5:]] == [3] * 5, "six of nine were known"
        assert {each.response.samples for each in asked(longer, record.id)} == {("4",) * 9}
