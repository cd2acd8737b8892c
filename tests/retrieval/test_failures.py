"""Files that could not be read: tried again when they change, and not before."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from words import Words

from chatbot.retrieval.failures import Failures
from chatbot.retrieval.indexing import refresh
from chatbot.retrieval.store import Store
from chatbot.retrieval.survey import Suspect

BROKEN = b'{"a": '


@pytest.fixture
def store() -> Store:
    return Store(None, "words")


def suspect(path: Path, data: bytes = BROKEN, stamp: str = "1") -> Suspect:
    path.write_bytes(data)
    return Suspect(path, path.name, stamp, len(data))


def remembered(store: Store, *files: Suspect) -> Failures:
    noted = Failures(store)
    for file in files:
        noted.add(file, "no JSON")
    noted.keep()
    return Failures(store)


def test_a_file_that_is_what_it_was_fails_for_the_reason_it_had(store: Store, tmp_path: Path) -> None:
    file = suspect(tmp_path / "a.json")

    assert remembered(store, file).of(file) == "no JSON"


@pytest.mark.parametrize(("name", "stamp"), [("a.json", "2"), ("a.json", ""), ("moved.json", "1")])
def test_a_file_is_known_by_its_content_wherever_it_lies(store: Store, tmp_path: Path, name: str, stamp: str) -> None:
    noted = remembered(store, suspect(tmp_path / "a.json"))

    assert noted.of(suspect(tmp_path / name, stamp=stamp)) == "no JSON"


def test_a_file_that_changed_is_tried_again(store: Store, tmp_path: Path) -> None:
    noted = remembered(store, suspect(tmp_path / "a.json"))

    assert noted.of(suspect(tmp_path / "a.json", b"{}", stamp="2")) == ""


def test_what_did_not_fail_in_a_run_is_forgotten(store: Store, tmp_path: Path) -> None:
    first, second = suspect(tmp_path / "a.json"), suspect(tmp_path / "b.json", b"[")
    noted = remembered(store, first, second)
    noted.of(second)
    noted.keep()

    assert [Failures(store).of(first), Failures(store).of(second)] == ["", "no JSON"]


def test_converters_that_learnt_something_try_again(store: Store, tmp_path: Path) -> None:
    file = suspect(tmp_path / "a.json")
    remembered(store, file)
    store.set_setting("failures_of", "those of before")

    assert Failures(store).of(file) == ""


def test_a_folder_with_a_broken_file_says_so_each_time_and_is_not_written_again(store: Store, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Good\n\ntext\n")
    (tmp_path / "broken.json").write_bytes(BROKEN)
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() - 100,) * 2)

    runs = [refresh(tmp_path, store, Words()).skipped for _ in range(3)]

    assert runs[0] == runs[1] == runs[2]
    assert runs[0][0][0] == "broken.json" and "no JSON" in runs[0][0][1]
    (tmp_path / "broken.json").write_text('{"a": 1}')
    assert refresh(tmp_path, store, Words()).added == ("broken.json",)
