"""Many turns write at once: they share commits, a call waits for its own, and a failure of the disk ends it all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatbot.errors import JournalError
from chatbot.journal import Journal
from chatbot.journal.gathering import Gathering
from chatbot.journal.records import CellRecord, RunRecord


def gathered(path: Path, work: Callable[[Gathering, Journal], object]) -> object:
    """What `work` comes to on an event loop."""

    async def begin() -> object:
        journal = Journal(path)
        journal.begin_run(RunRecord("r", "r", "k", {}, 1.0))
        return await work(journal.gathering(), journal)  # type: ignore[misc]

    return asyncio.run(begin())


def cell(number: int) -> CellRecord:
    return CellRecord(number, f"i{number}", f"t{number}", {"text": "4"})


def test_what_is_written_in_one_moment_is_one_commit(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        other = Journal(tmp_path / "j.db")
        before = commits(other)
        for number in range(50):
            ledger.begin_turn(f"t{number}", model="m", prompt="p")
            effect = ledger.intend(f"t{number}", "generate", {"n": number}, key=f"k{number}")
            ledger.settle(effect, {"text": str(number)})
            ledger.end_turn(f"t{number}", "complete")
            ledger.keep_cell("r", cell(number), lambda: None)
        assert commits(other) == before and other.trace("t7") == []
        await ledger.committed()
        assert commits(other) == before + 1
        assert [(each.request, each.result) for each in other.trace("t7")] == [({"n": 7}, {"text": "7"})]
        known = other.recall("k7")
        assert known is not None and known.result == {"text": "7"}
        assert [each.number for each in other.cells("r")] == list(range(50))

    gathered(tmp_path / "j.db", work)


def commits(journal: Journal) -> int:
    """Changes whenever another connection has committed."""
    return int(journal._database.read("PRAGMA data_version")[0][0])


def test_a_result_finds_its_intent_in_whichever_commit_that_was(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        ledger.begin_turn("t", model="m", prompt="p")
        first, second = (ledger.intend("t", "generate", {"n": n}) for n in range(2))
        await ledger.committed()
        assert [each.result for each in journal.trace("t")] == [None, None]
        ledger.settle(second, {"text": "b"})
        ledger.record("t", "retrieve", {"q": 1}, {"found": []})
        await ledger.committed()
        ledger.settle(first, {"error": "no"}, failed=True)
        await ledger.committed()
        assert [(each.request, each.result, each.failed) for each in journal.trace("t")] == [
            ({"n": 0}, {"error": "no"}, True),
            ({"n": 1}, {"text": "b"}, False),
            ({"q": 1}, {"found": []}, False),
        ]

    gathered(tmp_path / "j.db", work)


def test_a_tools_effect_has_the_journals_own_number(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        ledger.begin_turn("t", model="m", prompt="p")
        effect = ledger.intend("t", "tool", {"call": 1})
        ledger.show(effect, "half way\n")
        ledger.settle(effect, {"text": "done"})
        assert ledger.tool_result("t", effect) == {"text": "done"}
        assert [each.shown for each in journal.trace("t")] == ["half way\n"]

    gathered(tmp_path / "j.db", work)


def test_what_is_shown_of_an_effect_is_kept_with_it(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        ledger.begin_turn("t", model="m", prompt="p")
        tool, call = ledger.intend("t", "tool", {}), ledger.intend("t", "generate", {})
        ledger.show(call, "of the call")
        ledger.show(tool, "of the tool")
        assert [each.shown for each in journal.trace("t")] == ["of the tool", "of the call"]

    gathered(tmp_path / "j.db", work)


def test_no_result_is_taken_for_that_of_another_effect(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        ledger.begin_turn("t", model="m", prompt="p")
        kinds = ["tool", *["generate", "tool"] * 6]
        effects = [ledger.intend("t", kind, {"n": n}) for n, kind in enumerate(kinds)]
        for n in range(0, len(kinds), 2):
            ledger.settle(effects[n], {"n": n})
        for n in range(1, len(kinds), 2):
            ledger.settle(effects[n], {"n": n})
        await ledger.committed()
        assert [(each.kind, each.request, each.result) for each in journal.trace("t")] == [
            (kind, {"n": n}, {"n": n}) for n, kind in enumerate(kinds)
        ]

    gathered(tmp_path / "j.db", work)


def test_a_turn_is_kept_with_its_end(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        ledger.begin_turn("t", model="m", prompt="p")
        ledger.end_turn("t", "interrupted")
        ledger.end_turn("t", "complete")  # it ends once
        await ledger.committed()

    gathered(tmp_path / "j.db", work)
    with closing(sqlite3.connect(tmp_path / "j.db")) as witness:
        found = witness.execute("SELECT session, model, prompt, question, state FROM turn").fetchall()
    assert found == [(None, "m", "p", '""', "interrupted")]


def test_a_tools_result_serves_again_too(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        ledger.begin_turn("t", model="m", prompt="p")
        ledger.settle(ledger.intend("t", "tool", {"a": 1}, key="k"), {"text": "7"})
        ledger.settle(ledger.intend("t", "tool", {"a": 2}, key="broken"), {"text": "no"}, failed=True)
        await ledger.committed()
        known = ledger.recall("k")
        assert known is not None and known.result == {"text": "7"}
        assert ledger.recall("k", since=known.started + 1) is None
        assert ledger.recall("broken") is None
        assert [each.request for each in journal.trace("t")] == [{"a": 1}, {"a": 2}]

    gathered(tmp_path / "j.db", work)


def test_nobody_is_told_of_a_cell_or_a_judgement_before_it_is_kept(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        told: list[object] = []
        ledger.keep_cell("r", cell(3), lambda: told.append(len(list(journal.cells("r")))))
        ledger.keep_judgement("k", "t", "A", lambda: told.append(journal.judgement("k")))
        assert told == []
        await ledger.committed()
        assert told == [1, "A"]

    gathered(tmp_path / "j.db", work)


def test_what_cannot_be_kept_ends_the_work(tmp_path: Path) -> None:
    async def work(ledger: Gathering, journal: Journal) -> None:
        told: list[int] = []
        complaints: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        ledger.keep_cell("no such run", cell(3), lambda: told.append(3))
        with pytest.raises(JournalError, match="what this belongs to is gone"):
            await ledger.committed()
        with pytest.raises(JournalError):
            ledger.intend("t", "generate", {})
        with pytest.raises(JournalError):
            await ledger.committed()
        with pytest.raises(JournalError):
            ledger.flush()
        assert told == complaints == [], "it is told to who waits, and not to the terminal"

    gathered(tmp_path / "j.db", work)
