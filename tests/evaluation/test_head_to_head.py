"""Two variants item by item: paired by id, and judged as the run judges them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sums import SumServer, write_items, write_suite
from test_history import run_of

from chatbot import Chatbot
from chatbot.errors import UsageError
from chatbot.evaluation.course import schedule_of
from chatbot.evaluation.head_to_head import Side, head_to_head, replies
from chatbot.evaluation.history import open_run
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.opening import open_bench
from chatbot.evaluation.run import begun, run
from chatbot.evaluation.scored import summary_of
from chatbot.journal import Journal

THREE = "margin: 0.05\nvariants: [{name: a, prompt: direct.prompty}, {name: b, prompt: steps.prompty}, " + (
    "{name: c, prompt: steps.prompty, parameters: {temperature: 0.5}}]\n"
)


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=range(1, 9), steps=(9, 10)) as server:
        yield server


def test_the_table_counts_the_items_and_names_those_that_differ(tmp_path: Path, server: SumServer) -> None:
    journal = Journal(None)
    past = open_run(run_of(write_suite(tmp_path, server, items=20), journal), journal)
    found = head_to_head(Side(past, 0), Side(past, 1))
    table = found.judged.comparison.table
    assert table is not None
    assert (table.both, table.only_first, table.only_second, table.neither) == (10, 8, 2, 0)
    assert found.differing == ("i10", "i9", "i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8")
    assert found.judged.comparison.difference.value == pytest.approx(0.3)
    assert [(each.tag, each.comparison.difference.n) for each in found.tags] == [("even", 10), ("odd", 10)]
    texts = replies(found.first, {"i1"})
    assert [came.response.text for came, _ in texts["i1"]] == ["That is 0."]


def test_the_verdict_is_that_of_the_run(tmp_path: Path, server: SumServer) -> None:
    path = write_suite(tmp_path, server, items=20)
    text = path.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("prompts", "models", "margin"))]
    listed = THREE.replace(".prompty}", f'.prompty, model: "{server.url}#m"}}').replace(
        ".prompty, para", f'.prompty, model: "{server.url}#m", para'
    )
    path.write_text("\n".join([*kept, listed]), encoding="utf-8")
    journal = Journal(None)
    past = open_run(run_of(path, journal), journal)
    of_run = {each.name: each.judged for each in summary_of(past.bench, past.record.id, metrics_of(past.bench)).against}
    found = head_to_head(Side(past, 0), Side(past, 1))
    assert (found.family, found.judged.p, found.judged.verdict) == (2, of_run["b"].p, of_run["b"].verdict)
    turned = head_to_head(Side(past, 1), Side(past, 0))
    assert turned.judged.p == pytest.approx(found.judged.p)


def test_runs_without_a_common_item_are_not_compared(tmp_path: Path, server: SumServer) -> None:
    journal = Journal(None)
    path = write_suite(tmp_path, server, items=4)
    first = run_of(path, journal)
    write_items(tmp_path, range(30, 34))
    second = run_of(path, journal)
    write_items(tmp_path, [*range(1, 5), *range(30, 34)])
    with pytest.raises(UsageError, match="no item that both have a score for"):
        head_to_head(Side(open_run(first, journal), 0), Side(open_run(second, journal), 0))


def test_a_run_that_stopped_by_itself_is_told_by_what_it_was_decided_by(tmp_path: Path, server: SumServer) -> None:
    path = write_suite(tmp_path, server, items=200, more="margin: 0.05\nuntil_decided: true\nconcurrency: 2\n")
    server.wrong = {"direct": range(1, 181)}
    with Chatbot("extractive", knowledge=None, durable=False) as bot:
        bench = open_bench(path, bot)
        record = begun(bench)
        schedule = schedule_of(bench, record.id, metrics_of(bench)[0])
        asyncio.run(run(bench, schedule=schedule))
        past = open_run(bench.journal.runs()[0], bench.journal)
    assert len(server.requests) < 400
    found = head_to_head(Side(past, 0), Side(past, 1))
    turned = head_to_head(Side(past, 1), Side(past, 0))
    assert (found.judged.verdict, turned.judged.verdict) == ("better", "worse")
    assert "McNemar" not in found.judged.comparison.test.method
    assert any("always valid" in line for line in found.course)
    assert turned.judged.comparison.difference.value == -found.judged.comparison.difference.value
    low, high = (getattr(turned.judged.comparison.difference.interval, end) for end in ("low", "high"))
    interval = found.judged.comparison.difference.interval
    assert (-high, -low) == (interval.low, interval.high)
