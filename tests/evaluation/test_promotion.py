"""Only what a run showed to be better is promoted, and what it showed is what is written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sums import SumServer, write_suite
from test_history import run_of

from chatbot import Chatbot
from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.course import schedule_of
from chatbot.evaluation.history import Past, open_run
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.opening import open_bench
from chatbot.evaluation.promotion import promote
from chatbot.evaluation.run import begun, run
from chatbot.evaluation.scored import summary_of
from chatbot.journal import Journal
from chatbot.prompting import Prompt
from chatbot.prompting.evidence import read_evidence


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=range(1, 21), steps=(21, 22)) as server:
        yield server


def past_of(path: Path) -> Past:
    journal = Journal(None)
    return open_run(run_of(path, journal), journal)


def test_the_better_variant_gets_its_evidence(tmp_path: Path, server: SumServer) -> None:
    past = past_of(write_suite(tmp_path, server))
    evidence, path = promote(past, 1)
    assert path == tmp_path / "steps.evidence.yaml"
    assert read_evidence(path) == evidence
    assert evidence.prompt == Prompt.load(tmp_path / "steps.prompty").hash
    assert (evidence.run, evidence.difference, evidence.items, evidence.variants) == (past.record.id, 0.45, 40, 2)
    assert evidence.asked_with == ""


def test_what_was_not_shown_is_not_promoted(tmp_path: Path, server: SumServer) -> None:
    past = past_of(write_suite(tmp_path, server))
    with pytest.raises(UsageError, match=r"does not show direct to be better than steps: worse, -0.450"):
        promote(past, 0)
    assert not list(tmp_path.glob("*.evidence.yaml"))
    few = tmp_path / "few"
    few.mkdir()
    server.wrong = {"direct": (1, 2, 3)}
    with pytest.raises(UsageError, match=r"undecided, .* \(only what was shown is promoted; about \d+ items more"):
        promote(past_of(write_suite(few, server, items=9)), 1)


def test_a_baseline_is_promoted_where_all_others_are_worse(tmp_path: Path, server: SumServer) -> None:
    evidence, path = promote(past_of(write_suite(tmp_path, server, more="baseline: steps\n")), 1)
    assert (path.name, evidence.against, evidence.difference) == ("steps.evidence.yaml", "direct", 0.45)


def test_what_the_suite_adds_to_the_prompt_is_part_of_the_evidence(tmp_path: Path, server: SumServer) -> None:
    more = "strategies: [zero_shot]\nparameters: [{temperature: 0.5}]\n"
    evidence, _ = promote(past_of(write_suite(tmp_path, server, more=more)), 1)
    assert evidence.asked_with == "temperature 0.5"


def test_a_prompt_that_changed_since_the_run_is_not_promoted(tmp_path: Path, server: SumServer) -> None:
    path = write_suite(tmp_path, server)
    journal = Journal(None)
    record = run_of(path, journal)
    prompt = tmp_path / "steps.prompty"
    prompt.write_text(prompt.read_text(encoding="utf-8").replace("Think", "Think hard"), encoding="utf-8")
    with pytest.raises(ProjectError, match="prompt 'steps' changed since"):
        promote(open_run(record, journal), 1)


def test_the_winner_of_a_race_is_promoted_by_the_items_that_the_race_did_not_see(
    tmp_path: Path, server: SumServer
) -> None:
    server.wrong = {"direct": range(1, 121, 2), "steps": range(1, 121, 12)}
    path = write_suite(tmp_path, server, items=120, more="race: true\nparameters: [{}, {temperature: 0.5}]\n")
    with Chatbot("extractive", knowledge=None, durable=False) as bot:
        bench = open_bench(path, bot)
        record = begun(bench)
        asyncio.run(run(bench, schedule=schedule_of(bench, record.id, metrics_of(bench)[0])))
        past = open_run(record, bench.journal)
        summary = summary_of(past.bench, record.id, metrics_of(past.bench))
        (winner,) = summary.against
        place = [each.name for each in past.bench.contenders].index(winner.name)
        evidence, _ = promote(past, place)
    assert winner.name.startswith("steps")
    assert evidence.items == winner.judged.comparison.difference.n < 60
    assert (evidence.test, evidence.variants) == (winner.judged.comparison.test.method, 4)
