"""Runs and cells in the journal: in order, page by page, and a cell that is asked again takes its own place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.errors import JournalError, UsageError
from chatbot.journal import Journal
from chatbot.journal.evals import PAGE
from chatbot.journal.records import CellRecord, RunRecord


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "journal.db")
    for name, started in (("older", 1.0), ("newer", 2.0)):
        made.begin_run(RunRecord(name, "speed", "key", {"seed": 7}, started))
    return made


def cell(number: int, text: str = "4", error: str = "") -> CellRecord:
    return CellRecord(number, f"i{number}", f"t{number}", {"text": text, "error": error})


def test_the_latest_run_of_a_plan_is_found(journal: Journal) -> None:
    found = journal.latest_run("key")
    assert found is not None and (found.id, found.plan, found.ended) == ("newer", {"seed": 7}, None)
    journal.end_run("newer")
    assert [(each.id, each.ended is not None) for each in journal.runs()] == [("newer", True), ("older", False)]
    assert journal.latest_run("another") is None


def test_cells_come_by_their_number_however_many_there_are(journal: Journal) -> None:
    numbers = [*range(1, 2 * PAGE + 5, 2), *range(0, 2 * PAGE + 5, 2)]
    for at in range(0, len(numbers), 300):
        journal.keep_cells("newer", [cell(number) for number in numbers[at : at + 300]])
    assert [each.number for each in journal.cells("newer")] == sorted(numbers)
    assert [number for number, _ in journal.answered("newer")] == sorted(numbers)
    assert list(journal.cells("older")) == list(journal.answered("older")) == []


def test_what_is_asked_again_takes_its_own_place(journal: Journal) -> None:
    journal.keep_cells("newer", [cell(1, "", 'it said "no" \udc80'), cell(2)])
    assert list(journal.answered("newer")) == [(1, False), (2, True)]
    journal.keep_cells("newer", [cell(1, "5")])
    assert list(journal.answered("newer")) == [(1, True), (2, True)]
    assert [each.response["text"] for each in journal.cells("newer")] == ["5", "4"]


def test_cells_of_no_run_are_refused(journal: Journal) -> None:
    with pytest.raises(JournalError, match="what this belongs to is gone"):
        journal.keep_cells("none", [cell(1)])


def test_only_one_program_asks_for_a_run_and_another_run_is_free(tmp_path: Path, journal: Journal) -> None:
    other = Journal(tmp_path / "journal.db")
    with journal.asking("newer"):
        with pytest.raises(UsageError, match="run newer is going on already"), other.asking("newer"):
            raise AssertionError("two at once")
        with other.asking("older"):
            pass
    with other.asking("newer"):
        pass


def test_a_program_that_died_does_not_keep_a_run(tmp_path: Path, journal: Journal) -> None:
    dies = (
        "import os, sys; from pathlib import Path; from chatbot.journal import Journal\n"
        "with Journal(Path(sys.argv[1])).asking('newer'): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", dies, tmp_path / "journal.db"], check=False)
    assert done.returncode == -9
    with journal.asking("newer"):
        pass


def test_a_journal_in_memory_has_no_others() -> None:
    with Journal(None).asking("any"):
        pass
