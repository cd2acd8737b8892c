"""A program dies in the middle of a turn; the next one finds the conversation as the user last saw it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from forked import FORKING, forked
from left_turn import kill_after, left

from chatbot import conversation
from chatbot.effects import Remember
from chatbot.journal import Journal
from chatbot.messages import Answer, message

pytestmark = [*FORKING]


def turn_states(path: Path) -> list[str | None]:
    with closing(sqlite3.connect(path)) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM turn ORDER BY started")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


SAID = ["the question", "Let me see.", "2"]


@pytest.mark.parametrize(
    ("stage", "texts", "last_state", "turn_state"),
    [
        ("begun", SAID[:1], "failed", "failed"),
        ("asked", SAID[:1], "complete", "failed"),
        ("shown", SAID[:2], "interrupted", "interrupted"),
        ("called", SAID[:2], "complete", "failed"),
        ("used", SAID, "complete", "failed"),
        ("shown again", [*SAID, "It is 2, beca"], "interrupted", "interrupted"),
        ("replied", [*SAID, "It is 2, because."], "complete", "complete"),
        ("said", [*SAID, "It is 2, because."], "complete", "complete"),
    ],
)
def test_a_conversation_is_as_the_user_last_saw_it(
    path: Path, stage: str, texts: list[str], last_state: str | None, turn_state: str
) -> None:
    session = kill_after(path, stage)
    with closing(Journal(path)) as journal:
        journal.recover(session)
        messages = journal.path(session)
        assert [stored.message.text for stored in messages] == texts
        assert (messages[-1].state if messages else None) == last_state
        conversation.check(conversation.close_calls([stored.message for stored in messages]))
        assert turn_states(path) == [turn_state]
        assert journal.recover(session) is None
        assert len(journal.tree(session)) == len(texts)


@pytest.mark.parametrize(
    ("stage", "calls"),
    [("begun", 0), ("shown", 1), ("called", 0), ("shown again", 1), ("replied", 0), ("said", 0)],
)
def test_calls_that_were_under_way_are_known_until_something_new_is_asked(path: Path, stage: str, calls: int) -> None:
    session = kill_after(path, stage)
    with closing(Journal(path)) as journal:
        assert journal.died_calls(session) == []  # its program might be running
        journal.recover(session)
        assert journal.died_calls(session) == ["scripted"] * calls
        journal.begin_turn(session, "next", model="m", prompt="p")
        assert journal.died_calls(session) == []


def test_a_new_conversation_whose_first_question_was_not_yet_a_message_is_among_the_others(path: Path) -> None:
    session = kill_after(path, "begun")
    with closing(Journal(path)) as journal:
        assert [info.id for info in journal.sessions()] == [session]
        latest = journal.latest_session()
        assert latest is not None
        journal.recover(latest.id)
        assert [stored.message.text for stored in journal.path(session)] == ["the question"]


def test_the_recovered_message_is_an_answer_of_its_turn(path: Path) -> None:
    session = kill_after(path, "shown again")
    with closing(Journal(path)) as journal:
        recovered = journal.recover(session)
        assert recovered is not None
        assert recovered == journal.path(session)[-1]
        assert recovered.answer == Answer("It is 2, beca", finish="interrupted", model="scripted", trace_id="t")
        assert journal.head(session) == recovered.id


def test_a_turn_that_runs_in_another_program_is_left_alone(path: Path) -> None:
    with closing(Journal(path)) as journal:
        session = journal.create_session()
        with left(path, session, "shown again"):
            assert journal.recover(session) is None
            assert turn_states(path) == [None]
        assert journal.recover(session) is not None


def test_a_turn_that_runs_in_this_program_is_left_alone(path: Path) -> None:
    with closing(Journal(path)) as first, closing(Journal(path)) as second:
        session = first.create_session()
        first.begin_turn(session, "t", model="m", prompt="p")
        assert first.recover(session) is None
        assert second.recover(session) is None
        assert turn_states(path) == [None]
        first.close()
        second.recover(session)
        assert turn_states(path) == ["failed"]


def test_a_turn_in_memory_is_never_mistaken_for_a_dead_one() -> None:
    with closing(Journal(None)) as journal:
        session = journal.create_session()
        journal.begin_turn(session, "t", model="m", prompt="p")
        assert journal.recover(session) is None


def test_a_head_that_was_moved_meanwhile_stays(path: Path) -> None:
    session = kill_after(path, "shown")
    with closing(Journal(path)) as journal:
        other = journal.append(session, Remember(message("user", "elsewhere", "user")), parent=None)
        recovered = journal.recover(session)
        assert recovered is not None
        assert journal.head(session) == other.id
        assert [stored.message.text for stored in journal.path(session, recovered.id)] == SAID[:2]


def test_programs_that_died_leave_no_files_behind_for_long(path: Path) -> None:
    session = kill_after(path, "asked")
    running = path.with_name("journal.db-running")
    assert len(list(running.iterdir())) == 1
    with closing(Journal(path)) as journal:
        journal.begin_turn(session, "next", model="m", prompt="p")
        assert len(list(running.iterdir())) == 1  # its own
    assert list(running.iterdir()) == []


def test_a_journal_from_elsewhere_cannot_name_a_file_to_remove(path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("")
    session = kill_after(path, "asked")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE turn SET process = '../victim'")
        connection.commit()
    with closing(Journal(path)) as journal:
        journal.recover(session)
    assert victim.exists()
    assert turn_states(path) == ["failed"]


def test_two_programs_that_recover_at_once_append_one_message(path: Path) -> None:
    session = kill_after(path, "shown")

    def recover() -> bool:
        return Journal(path).recover(session) is not None

    programs = [forked(recover) for _ in range(4)]
    assert sorted(program() for program in programs) == [False, False, False, True]
    with closing(Journal(path)) as journal:
        assert [stored.message.text for stored in journal.tree(session)] == SAID[:2]
