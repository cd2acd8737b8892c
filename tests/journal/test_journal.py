"""A journal as a whole: which conversations a dead program left, what a turn said so far, and its files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from forked import FORKING, forked
from left_turn import kill_after, left

from chatbot import codec
from chatbot.effects import Generate, Remember
from chatbot.errors import JournalError
from chatbot.journal import Journal
from chatbot.messages import Reply, ToolCall, message

pytestmark = [*FORKING]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_conversations_that_a_dead_program_left_open_are_told_and_no_others(path: Path) -> None:
    dead = [kill_after(path, "asked", "one"), kill_after(path, "shown", "two")]
    with closing(Journal(path)) as journal, closing(Journal(path)) as other:
        mine, whole, silent = (journal.create_session() for _ in range(3))
        other.begin_turn(mine, "mine", model="m", prompt="p")
        journal.begin_turn(None, "of no conversation", model="m", prompt="p")
        journal.begin_turn(whole, "whole", model="m", prompt="p")
        journal.end_turn("whole", "complete")
        with left(path, silent, "asked"):
            assert journal.left_open() == sorted(dead)
        journal.recover(dead[0])
        assert journal.left_open() == sorted([dead[1], silent])


def test_what_a_turn_has_said_that_is_in_no_message_yet(path: Path) -> None:
    with closing(Journal(path)) as journal:
        session = journal.create_session()
        journal.begin_turn(session, "t", model="m", prompt="p")
        assert journal.unsaid("t") == ""
        rewrite = journal.intend("t", "generate", codec.plain(Generate((), "rewrite")))
        journal.show(rewrite, "not for the user")
        assert journal.unsaid("t") == ""
        answer = journal.intend("t", "generate", codec.plain(Generate(())))
        journal.show(answer, "It is ")
        journal.show(answer, "tw")
        assert journal.unsaid("t") == "It is tw"
        journal.settle(answer, codec.plain(Reply("It is two.", (ToolCall("c", "add", "{}"),))))
        assert journal.unsaid("t") == "It is two."
        journal.append(session, Remember(message("assistant", "It is two.", "model")), parent=None, trace_id="t")
        assert journal.unsaid("t") == ""
        assert journal.unsaid("never begun") == ""


def test_a_call_that_failed_has_said_what_was_shown_of_it(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.begin_turn(None, "t", model="m", prompt="p")
        answer = journal.intend("t", "generate", codec.plain(Generate(())))
        journal.show(answer, "It is tw")
        journal.settle(answer, {"error": "the line is dead"}, failed=True)
        assert journal.unsaid("t") == "It is tw"


def test_a_journal_tells_others_of_its_program_until_it_is_closed(path: Path) -> None:
    running = path.with_name("journal.db-running")
    journal = Journal(path)
    journal.begin_turn(None, "t", model="m", prompt="p")
    assert len(list(running.iterdir())) == 1
    (running / "dead").touch()
    assert (journal.sweep(), journal.sweep()) == (1, 0)
    journal.close()
    assert list(running.iterdir()) == []
    with pytest.raises(JournalError, match="closed"):
        journal.create_session()


def test_a_journal_is_checked_as_a_whole(path: Path) -> None:
    with closing(Journal(path)) as journal:
        assert journal.check().startswith("sound (SQLite ")


def test_a_journal_in_memory_goes_with_its_program() -> None:
    with closing(Journal(None)) as journal:
        session = journal.create_session("kept")
        journal.begin_turn(session, "t", model="m", prompt="p")
        assert (journal.left_open(), journal.sweep()) == ([], 0)
        assert forked(lambda: journal.session(session).title)() == "kept"
