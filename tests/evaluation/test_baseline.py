"""A blessed baseline: a text file that says what was scored, is read back as it was, and is refused by its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sums import SumServer, write_items, write_suite
from test_history import run_of

from chatbot.errors import NotFoundError, ProjectError
from chatbot.evaluation.baseline import (
    baseline_of,
    baseline_path,
    hash_of,
    marks_of,
    read_baseline,
    worth,
    write_baseline,
)
from chatbot.evaluation.history import open_run
from chatbot.journal import Journal


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=(1, 2), steps=(3,)) as server:
        yield server


def test_a_baseline_is_a_line_an_item_and_is_read_as_it_was_written(tmp_path: Path, server: SumServer) -> None:
    journal = Journal(None)
    record = run_of(write_suite(tmp_path, server, items=4), journal)
    baseline = baseline_of(open_run(record, journal).bench, record)
    path = baseline_path(tmp_path / "sums.yaml")
    assert path.name == "sums.baseline.jsonl"
    write_baseline(baseline, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5
    assert lines[1].startswith('{"id": "i1", "hash": "') and lines[1].endswith('"scores": {"direct": 0, "steps": 1}}')
    assert read_baseline(path) == baseline
    assert {str(each["name"]): each["prompt"] for each in baseline.variants} == {"direct": "direct", "steps": "steps"}


def test_what_is_no_score_keeps_its_word(tmp_path: Path, server: SumServer) -> None:
    server.failing, server.silent = (1,), (2,)
    journal = Journal(None)
    path = write_suite(tmp_path, server, items=4)
    judged = """{kind: answer, when: "{{ question != '4 + 4?' }}"}"""
    path.write_text(path.read_text(encoding="utf-8").replace("{kind: answer}", judged), encoding="utf-8")
    record = run_of(path, journal)
    marks = marks_of(open_run(record, journal).bench, record.id)[0]
    assert marks == {"i1": "error", "i2": "no_answer", "i3": 1.0, "i4": None}
    assert {key: worth(mark) for key, mark in marks.items()} == {"i1": None, "i2": 0.0, "i3": 1.0, "i4": None}


def test_repeats_come_to_the_mean_of_what_is_known(tmp_path: Path, server: SumServer) -> None:
    journal = Journal(None)
    record = run_of(write_suite(tmp_path, server, items=3, more="repeats: 3\n"), journal)
    assert marks_of(open_run(record, journal).bench, record.id)[1] == {"i1": 1.0, "i2": 1.0, "i3": 0.0}


def test_an_items_hash_changes_with_its_row(tmp_path: Path, server: SumServer) -> None:
    journal = Journal(None)
    path = write_suite(tmp_path, server, items=2)
    items = open_run(run_of(path, journal), journal).bench.dataset.items
    write_items(tmp_path, [1, 2])
    again = open_run(run_of(path, journal), journal).bench.dataset.items
    assert [hash_of(item) for item in items] == [hash_of(item) for item in again]
    assert hash_of(items[0]) != hash_of(items[1])


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        (1, "{", ":1: this is not JSON"),
        (1, "[]", ":1: this does not say which run was blessed"),
        (2, '{"id": "i1"}', ":2: this is no item of a baseline"),
        (3, '{"id": "i2", "hash": "a", "scores": {"direct": "good"}}', ":3: this is no item of a baseline"),
    ],
)
def test_a_broken_baseline_is_refused_by_its_line(
    tmp_path: Path, server: SumServer, line: int, text: str, said: str
) -> None:
    journal = Journal(None)
    record = run_of(write_suite(tmp_path, server, items=3), journal)
    path = tmp_path / "b.jsonl"
    write_baseline(baseline_of(open_run(record, journal).bench, record), path)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ProjectError, match=said):
        read_baseline(path)


def test_a_missing_baseline_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="eval bless"):
        read_baseline(tmp_path / "none.jsonl")
