"""Runs and cells in the journal: in order, page by page, and a cell that is asked again takes its own place."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.effects import Generate
from chatbot.errors import JournalError, UsageError
from chatbot.journal import Journal
from chatbot.journal.evals import PAGE, new_trace
from chatbot.journal.records import CellRecord, RunRecord
from chatbot.messages import Finish, Reply, Usage, message


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


# --- cells, plans and judgements by themselves ------------------------------------------------------------------------


def test_a_cell_is_found_by_its_number_and_comes_back_as_it_was_kept(journal: Journal) -> None:
    assert journal.cell("newer", 2) is None
    journal.keep_cells("newer", [cell(1), cell(2, "5"), cell(3)])
    assert journal.cell("newer", 2) == cell(2, "5")
    assert journal.cell("older", 2) is None
    assert list(journal.cells("newer")) == [cell(1), cell(2, "5"), cell(3)]
    assert (journal.count_cells("newer"), journal.count_cells("older")) == (3, 0)


def test_a_run_comes_back_as_it_was_begun(journal: Journal) -> None:
    odd = RunRecord("odd", "sp\ud800eed \0", "another key", {"seed": 8, "name": "\udc80"}, 3.5)
    journal.begin_run(odd)
    assert journal.latest_run("another key") == odd
    assert journal.runs()[0] == odd


def test_a_note_is_added_to_the_plan_of_its_run_alone(journal: Journal) -> None:
    journal.note("newer", "judged_by", "ann")
    journal.note("newer", "seed", 8)
    assert [each.plan for each in journal.runs()] == [{"seed": 8, "judged_by": "ann"}, {"seed": 7}]


def test_a_judgement_serves_whoever_asks_the_same(journal: Journal) -> None:
    async def judge() -> None:
        ledger = journal.gathering()
        ledger.keep_judgement("first", "t", {"verdict": "A"}, lambda: None)
        ledger.keep_judgement("second", "t", {"verdict": "B"}, lambda: None)
        ledger.keep_judgement("first", "t", {"verdict": "tie"}, lambda: None)
        await ledger.committed()

    asyncio.run(judge())
    assert journal.judgement("first") == {"verdict": "tie"}
    assert journal.judgement("second") == {"verdict": "B"}
    assert journal.judgement("third") is None


# --- what a run has spent ---------------------------------------------------------------------------------------------


def called(journal: Journal, trace: str, result: object, *, model: str = "m", kind: str = "generate") -> None:
    """A call of a turn; result: None for one that was cut."""
    journal.begin_turn(None, trace, model=model, prompt="p")
    effect = journal.intend(trace, kind, Generate((message("user", f"asked in {trace}", "user"),)))
    if result is not None:
        journal.settle(effect, result, failed=isinstance(result, dict))


def replied(*counts: int, cost: float | None = None, finish: Finish = "complete") -> Reply:
    return Reply("4", finish=finish, usage=Usage(*counts, cost=cost))


def test_what_services_reported_of_a_run_is_summed_by_model(journal: Journal) -> None:
    called(journal, new_trace("newer"), replied(10, 2, 1, cost=0.5))
    called(journal, new_trace("newer"), replied(20, 4, 3, cost=0.25))
    called(journal, new_trace("newer"), replied(100, 0), model="judge")
    called(journal, new_trace("newer"), {"error": "cut", "usage": {"input_tokens": 1, "output_tokens": 0}})
    called(journal, new_trace("newer"), replied(), model="says nothing")
    called(journal, new_trace("newer"), replied(7, 7), kind="tool")
    for stranger in ("newer", "newer2.x", "newe.x", "older.x"):
        called(journal, stranger, replied(1000, 1000))
    assert journal.spending("newer") == {
        "m": Usage(31, 6, 4, cost=0.75),
        "judge": Usage(100, 0, 0, cost=None),
    }
    assert journal.spending("none") == {}


def test_calls_whose_price_nobody_said_are_told_with_what_is_known_of_them(journal: Journal) -> None:
    whole, cut = replied(), replied(finish="interrupted")
    results = {
        "whole": whole,
        "cut": cut,
        "died": None,
        "billed": {"error": "no", "billed": True},
        "refused": {"error": "no", "billed": False},
        "said": replied(3, 1),
    }
    for name, result in results.items():
        called(journal, f"newer.{name}", result, model=name)
    called(journal, "newer.tool", None, kind="tool")
    called(journal, "older.died", None)
    told = {model: (request.messages[0].text, reply) for model, request, reply in journal.unreported("newer")}
    assert told == {
        "whole": ("asked in newer.whole", whole),
        "cut": ("asked in newer.cut", None),
        "died": ("asked in newer.died", None),
        "billed": ("asked in newer.billed", None),
    }
