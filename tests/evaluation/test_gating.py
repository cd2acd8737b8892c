"""A suite is run and gated in one go: as a whole, with its judges, and undecided where its service is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sums import SumServer, write_suite

from chatbot import Chatbot
from chatbot.errors import UsageError
from chatbot.evaluation.baseline import baseline_of, baseline_path, write_baseline
from chatbot.evaluation.gating import gate_suite
from chatbot.evaluation.opening import open_bench


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=range(1, 21)) as server:
        yield server


@pytest.fixture
def bot() -> Chatbot:
    return Chatbot("extractive", knowledge=None, durable=False)


def test_a_suite_that_may_stop_early_is_asked_as_a_whole(tmp_path: Path, server: SumServer, bot: Chatbot) -> None:
    path = write_suite(tmp_path, server, more="margin: 0.05\nuntil_decided: true\n")
    assert gate_suite(path, bot).outcome == "pass"
    assert len(server.requests) == 80


def test_mistakes_are_raised_before_anything_is_asked(tmp_path: Path, server: SumServer, bot: Chatbot) -> None:
    with pytest.raises(UsageError, match="a gate needs a margin"):
        gate_suite(write_suite(tmp_path, server, more=""), bot)
    assert server.requests == []


def test_a_cap_that_ends_the_run_leaves_the_gate_undecided(tmp_path: Path, server: SumServer, bot: Chatbot) -> None:
    path = write_suite(tmp_path, server, more="margin: 0.05\nconcurrency: 1\nbudget: {tokens: 4500}\n")
    found = gate_suite(path, bot)
    assert found.outcome == "undecided"
    assert "not asked" in found.gated[0].reason
    assert len(server.requests) < 80


def test_what_was_blessed_is_found_beside_the_suite(tmp_path: Path, server: SumServer, bot: Chatbot) -> None:
    path = write_suite(tmp_path, server)
    first = gate_suite(path, bot)
    record = next(run for run in bot.journal.runs() if run.id == first.run)
    write_baseline(baseline_of(open_bench(path, bot), record), baseline_path(path))
    server.wrong = {"direct": range(1, 41)}
    found = gate_suite(path, bot, fresh=True)
    assert (found.outcome, found.baseline.startswith("what was blessed from run")) == ("fail", True)
    assert json.loads(baseline_path(path).read_text(encoding="utf-8").splitlines()[0])["run"] == first.run
