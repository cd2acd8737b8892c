"""What judging will take, before it takes anything: as many calls as it then makes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, says
from judging_models import Decides, grades, judged_bench, sums

from chatbot.evaluation.judging.need import needs_of_judges
from chatbot.evaluation.judging.stage import judge
from chatbot.evaluation.plan import plan
from chatbot.evaluation.plan_table import rows
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.scored import scorers_of

Start = Callable[..., ChatServer]


@pytest.fixture
def judges() -> list[Decides]:
    return [Decides("one", grades(1, 1)), Decides("two", grades(1, 1))]


def made(folder: Path, server: ChatServer, judges: list[Decides], kind: str, more: str = "") -> Bench:
    answers = [sums(0.0), sums(1.0)]
    return judged_bench(folder, server, kind, judges, answers=answers, items=10, more=more)


@pytest.mark.parametrize(
    ("kind", "more", "calls"), [("rubric", "", 20), ("rubric", ", repeats: 3", 60), ("pairwise", "", 20)]
)
def test_calls_are_those_that_are_made(
    tmp_path: Path, chat_server: Start, judges: list[Decides], kind: str, more: str, calls: int
) -> None:
    bench = made(tmp_path, chat_server(says("")), judges, kind, more)
    before = needs_of_judges(bench)
    assert [(each.name, each.calls) for each in before] == [(f"{kind} by one", calls), (f"{kind} by two", calls)]
    assert before[0].input_tokens > 100 * calls and before[0].seen == 0
    record = asyncio.run(run(bench))
    assert [each.calls for each in needs_of_judges(bench)] == [calls, calls]
    asyncio.run(judge(bench, record.id))
    assert [len(each.asked) for each in judges] == [calls, calls]
    after = needs_of_judges(bench)
    assert [(each.calls, each.seen) for each in after] == [(0, calls), (0, calls)]


def test_a_plan_counts_judges_among_all_that_a_run_takes(
    tmp_path: Path, chat_server: Start, judges: list[Decides]
) -> None:
    bench = made(tmp_path, chat_server(says("")), judges, "rubric")
    planned = plan(bench, scorers_of(bench), needs_of_judges(bench))
    assert planned.tokens > sum(each.input_tokens for each in planned.judges)
    table = rows(planned)
    assert [row[0] for row in table] == ["direct", "steps", "rubric by one", "rubric by two", "in all"]
    assert table[-1][2] == "60"


def test_a_plan_knows_the_grades_of_an_earlier_run(tmp_path: Path, chat_server: Start, judges: list[Decides]) -> None:
    bench = made(tmp_path, chat_server(says("")), judges, "rubric")
    record = asyncio.run(run(bench))
    asyncio.run(judge(bench, record.id))
    assert plan(bench, scorers_of(bench)).reach.discordance == 1.0
