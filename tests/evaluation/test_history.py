"""Runs of the past: found by what people call them, and opened as they were, whatever became of their suite."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sums import SumServer, write_items, write_suite

from chatbot.errors import NotFoundError, UsageError
from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.history import find_run, open_run, place_of, runs_of, state_of
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.scored import scored, scorers_of
from chatbot.evaluation.suite import read_suite
from chatbot.journal import Journal
from chatbot.journal.records import RunRecord
from chatbot.models.connect import connect
from chatbot.retrieval import Knowledge


def no_documents(place: Path | None) -> Knowledge:
    raise AssertionError(f"nothing here searches, and {place} was opened")


def run_of(path: Path, journal: Journal) -> RunRecord:
    suite = read_suite(path)
    contenders = contenders_of(suite, lambda spec: connect(spec or "extractive"), no_documents)
    return asyncio.run(run(Bench(suite, read_dataset(suite.dataset), contenders, journal), fresh=True))


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=(1, 2, 3)) as server:
        yield server


@pytest.fixture
def path(tmp_path: Path, server: SumServer) -> Path:
    return write_suite(tmp_path, server, items=6)


def right(journal: Journal, record: RunRecord) -> dict[str, set[str]]:
    """By variant the items that it has right."""
    bench = open_run(record, journal).bench
    found: dict[str, set[str]] = {contender.name: set() for contender in bench.contenders}
    for came, score in scored(bench, record.id, scorers_of(bench)):
        if score.value:
            found[bench.contenders[came.cell.variant].name].add(came.item.id)
    return found


def test_a_run_is_found_by_its_id_the_beginning_of_it_its_suite_and_as_the_latest(path: Path) -> None:
    journal = Journal(None)
    first, second = run_of(path, journal), run_of(path, journal)
    assert find_run(journal, first.id).id == first.id
    assert find_run(journal, second.id if first.id[:-2] == second.id[:-2] else second.id[:-2]).id == second.id
    assert {find_run(journal, word).id for word in ("latest", "sums", str(path))} == {second.id}
    assert [each.id for each in runs_of(journal, "sums")] == [second.id, first.id]
    with pytest.raises(UsageError, match="2 runs begin with '2'"):
        find_run(journal, "2")
    with pytest.raises(NotFoundError, match="did you mean 'latest'"):
        find_run(journal, "lastest")


def test_a_suite_that_was_not_run_is_told_so(path: Path, tmp_path: Path) -> None:
    journal = Journal(None)
    run_of(path, journal)
    other = path.with_name("other.yaml")
    other.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(NotFoundError, match="has not been run yet"):
        find_run(journal, str(other))


def test_a_run_is_opened_without_a_server(path: Path, server: SumServer) -> None:
    journal = Journal(None)
    record = run_of(path, journal)
    asked, listed = len(server.requests), len(server.listings)
    past = open_run(record, journal)
    assert past.changed == ()
    assert past.bench.key == record.key or past.bench.grid
    assert right(journal, record)["steps"] == {f"i{n}" for n in range(1, 7)}
    assert (len(server.requests), len(server.listings)) == (asked, listed)


def test_a_variant_that_the_suite_has_no_longer_is_still_shown(path: Path) -> None:
    journal = Journal(None)
    record = run_of(path, journal)
    path.write_text(path.read_text(encoding="utf-8").replace(", steps.prompty", ""), encoding="utf-8")
    past = open_run(record, journal)
    assert past.changed == ("variant 'steps' is no longer in the suite",)
    assert right(journal, record) == {"direct": {"i4", "i5", "i6"}, "steps": {f"i{n}" for n in range(1, 7)}}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("parameters: [{temperature: 0.5}]\n", "parameters"),
        ("strategies: [zero_shot_cot]\n", "strategy"),
        ("models: ['http://127.0.0.1:1/v1#other']\n", "model"),
        ("retrieval: [{passages: 3}]\n", "retrieval"),
    ],
)
def test_a_variant_that_is_asked_otherwise_since_is_told(path: Path, more: str, said: str) -> None:
    journal = Journal(None)
    record = run_of(path, journal)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not (said == "model" and line.startswith("models"))]
    path.write_text("".join(kept) + more, encoding="utf-8")
    past = open_run(record, journal)
    assert past.changed == tuple(f"variant {name!r} has another {said} since" for name in ("direct", "steps"))


def test_items_keep_their_replies_when_the_dataset_changes_its_order_and_length(path: Path, tmp_path: Path) -> None:
    journal = Journal(None)
    record = run_of(path, journal)
    write_items(tmp_path, [9, 6, 5, 3, 2, 1])
    past = open_run(record, journal)
    assert past.changed == ("items.jsonl changed since: replies are scored against its items as they are now",)
    assert right(journal, record) == {"direct": {"i5", "i6"}, "steps": {"i1", "i2", "i3", "i5", "i6"}}


def test_a_dataset_of_which_nothing_is_left_is_told(path: Path, tmp_path: Path) -> None:
    journal = Journal(None)
    record = run_of(path, journal)
    write_items(tmp_path, [20, 21])
    with pytest.raises(NotFoundError, match="none of the items of run"):
        open_run(record, journal)


def test_a_suite_that_moved_is_asked_for(path: Path, tmp_path: Path) -> None:
    journal = Journal(None)
    record = run_of(path, journal)
    moved = path.rename(path.with_name("moved.yaml"))
    with pytest.raises(NotFoundError, match="--suite FILE says where it is"):
        open_run(record, journal)
    assert len(open_run(record, journal, moved).bench.grid) == 12


def test_a_variant_is_found_by_a_part_of_its_name(path: Path) -> None:
    journal = Journal(None)
    bench = open_run(run_of(path, journal), journal).bench
    assert [place_of(bench, name) for name in ("direct", "dir", "STEP")] == [0, 0, 1]
    with pytest.raises(UsageError, match="'t' is part of 2 variants"):
        place_of(bench, "t")
    with pytest.raises(NotFoundError, match="did you mean 'direct'"):
        place_of(bench, "dirct")


def test_how_far_a_run_has_come_is_told(path: Path) -> None:
    journal = Journal(None)
    record = run_of(path, journal)
    assert state_of(record, journal.count_cells(record.id)) == "done"
    unfinished = RunRecord(record.id, record.name, record.key, record.plan, record.started)
    assert state_of(unfinished, 3) == "25% of 12"
