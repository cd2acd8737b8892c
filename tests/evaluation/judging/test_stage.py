"""Judges of a run at real servers: every question once, all of it kept, and to score again costs no call."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benches import bench
from chat_server import ChatServer, refuses, says

from chatbot.evaluation.judging.panel import panels_of
from chatbot.evaluation.judging.stage import judge, judged
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.records import Judgement
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.scored import scored, scorers_of, summary_of
from chatbot.models.connect import connect

Start = Callable[..., ChatServer]

REPOSITORY = Path(__file__).parents[3]


def with_judges(folder: Path, server: ChatServer, entry: str, *, items: int = 4, journal: Path | None = None) -> Bench:
    """A bench of two variants whose responses judges grade, by the prompts that the project ships."""
    made = bench(folder, server, items=items, scorers=entry, journal=journal)
    return replace(made, panels=panels_of(made.suite, made.dataset, lambda spec: connect(spec or "extractive")))


def entry(kind: str, *servers: ChatServer, more: str = "") -> str:
    judges = ", ".join(f'"{server.url}#judge"' for server in servers)
    prompt = REPOSITORY / "prompts" / f"judge_{kind}.prompty"
    return f'{{kind: {kind}, rubric: "The sum is right.", prompt: {prompt}, judges: [{judges}]{more}}}'


def run_and_judge(made: Bench, told: list[Judgement] | None = None) -> str:
    record = asyncio.run(run(made))
    asyncio.run(judge(made, record.id, watch=(told if told is not None else []).append))
    return record.id


def statuses(made: Bench, run_id: str) -> Counter[tuple[str, float | None]]:
    return Counter((score.status, score.value) for _, score in scored(made, run_id, scorers_of(made)))


def test_every_response_is_judged_once_and_scoring_again_asks_nobody(tmp_path: Path, chat_server: Start) -> None:
    model, judging = chat_server(*[says(f"It is {n}.") for n in range(8)]), chat_server(says("Right.\nGrade: 5"))
    made = with_judges(tmp_path, model, entry("rubric", judging))
    told: list[Judgement] = []
    run_id = run_and_judge(made, told)
    assert len(judging.requests) == len(told) == 8
    assert statuses(made, run_id) == {("scored", 1.0): 8}
    for _ in range(3):
        assert [each.statuses for each in summary_of(made, run_id, metrics_of(made)).variants] == [{"scored": 4}] * 2
        asyncio.run(judge(made, run_id))
    assert (len(model.requests), len(judging.requests)) == (8, 8)
    assert all(len(each.response.judgements["rubric"]) == 1 for each in judged(made, run_id))


def test_equal_responses_to_an_item_are_judged_once(tmp_path: Path, chat_server: Start) -> None:
    model, judging = chat_server(says("Four.")), chat_server(says("Wrong.\nGrade: 1"))
    made = with_judges(tmp_path, model, entry("rubric", judging))
    assert statuses(made, run_and_judge(made)) == {("scored", 0.0): 8}
    assert len(judging.requests) == 4


def test_a_pair_is_shown_in_both_orders_and_a_judge_that_prefers_a_place_is_a_tie(
    tmp_path: Path, chat_server: Start
) -> None:
    model, judging = chat_server(*[says(f"It is {n}.") for n in range(8)]), chat_server(says("So.\nVerdict: first"))
    made = with_judges(tmp_path, model, entry("pairwise", judging))
    assert statuses(made, run_and_judge(made)) == {("scored", 0.5): 8}
    shown = [str(json.dumps(request.body["messages"])) for request in judging.requests]
    assert len(shown) == len(set(shown)) == 8


def test_what_a_judge_fails_with_is_told_and_asked_again(tmp_path: Path, chat_server: Start) -> None:
    model = chat_server(*[says(f"It is {n}.") for n in range(8)])
    judging = chat_server(refuses(400, "out of order"), says("Hm."), says("Grade: 4"))
    made = with_judges(tmp_path, model, entry("rubric", judging))
    run_id = run_and_judge(made)
    unscored = [score.reason for _, score in scored(made, run_id, scorers_of(made)) if score.status == "unscored"]
    assert len(unscored) == 2
    assert any("out of order" in reason for reason in unscored)
    assert any("no verdict can be read in what it said: 'Hm.'" in reason for reason in unscored)
    asyncio.run(judge(made, run_id))
    assert len(judging.requests) == 9
    assert statuses(made, run_id) == {("scored", 1.0): 7, ("unscored", None): 1}


def test_judging_that_was_stopped_goes_on_and_asks_nothing_twice(tmp_path: Path, chat_server: Start) -> None:
    model = chat_server(*[says(f"It is {n}.") for n in range(24)])
    judging = chat_server(says("Grade: 5", pause=0.02))
    made = with_judges(tmp_path, model, entry("rubric", judging), items=12, journal=tmp_path / "journal.db")
    record = asyncio.run(run(made))

    async def stopped() -> int:
        told: list[Judgement] = []
        came = asyncio.Event()
        task = asyncio.ensure_future(judge(made, record.id, watch=lambda each: (told.append(each), came.set())[0]))
        await came.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return len(told)

    done = asyncio.run(stopped())
    judging.wait_until_idle()
    before = len(judging.requests)
    found = statuses(made, record.id)
    assert found == {("scored", 1.0): done, ("unscored", None): 24 - done}
    asyncio.run(judge(made, record.id))
    assert len(judging.requests) == before + 24 - done
    assert statuses(made, record.id) == {("scored", 1.0): 24}


def test_an_item_without_what_the_rubric_names_is_unscored_and_stops_nobody(tmp_path: Path, chat_server: Start) -> None:
    model, judging = chat_server(*[says(f"It is {n}.") for n in range(8)]), chat_server(says("Grade: 5"))
    made = with_judges(tmp_path, model, entry("rubric", judging, more=', reference: "{{ answer }}"'))
    without = replace(made.dataset.items[0], fields={"question": "0 + 0?"})
    made = replace(made, dataset=replace(made.dataset, items=(without, *made.dataset.items[1:])))
    run_id = run_and_judge(made)
    assert statuses(made, run_id) == {("scored", 1.0): 6, ("unscored", None): 2}
    reasons = [score.reason for _, score in scored(made, run_id, scorers_of(made)) if score.status == "unscored"]
    assert all("the judges cannot be asked: " in each and "the item has no field 'answer'" in each for each in reasons)
