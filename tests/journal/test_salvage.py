"""A damaged journal: all that can be read is saved, conversations open, and what is lost is told."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatbot import conversation
from chatbot.effects import Remember
from chatbot.journal import Journal
from chatbot.journal.salvage import TITLE, salvage_journal
from chatbot.messages import message
from chatbot.raw_reply import RawReply

PAGE = 4096
SESSIONS, QUESTIONS = 12, 6


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A journal of a few hundred pages."""
    path = tmp_path_factory.mktemp("whole") / "journal.db"
    with closing(Journal(path)) as journal:
        for number in range(SESSIONS):
            session = journal.create_session(f"conversation {number}")
            for question in range(QUESTIONS):
                trace = f"{number}-{question}"
                journal.begin_turn(session, trace, model="m", prompt="p", question=f"question {trace}")
                effect = journal.intend(trace, "generate", {"text": "x" * 500})
                journal.settle(
                    effect, {"text": "y" * 500}, received=[RawReply(200, "r", bytearray(random.randbytes(900)))]
                )
                for role in ("user", "assistant"):
                    said = message(role, f"{role} {trace} {'é' * 300}", "user" if role == "user" else "model")  # type: ignore[arg-type]
                    journal.append(session, Remember(said), parent=journal.head(session), trace_id=trace)
                journal.end_turn(trace, "complete")
    return path.read_bytes()


def ids(path: Path, table: str) -> set[int]:
    with closing(sqlite3.connect(path)) as connection:
        return {number for (number,) in connection.execute(f"SELECT rowid FROM {table}")}


def told_lost(lines: tuple[str, ...], table: str) -> set[int]:
    """The numbers of rows that are said to be lost."""
    found: set[int] = set()
    if any(line.startswith(f"{table}: its place in the file cannot be read") for line in lines):
        return set(range(10_000))
    for line in lines:
        for first, last in re.findall(rf"^{table}: up to .* of the numbers (\d+)(?: to (\d+))?$", line):
            found |= set(range(int(first), int(last or first) + 1))
        found |= {int(number) for number in re.findall(r"message (\d+) holds", line)}
        if "there are none of the numbers" in line and line.startswith(f"{table}:"):
            for first, last in re.findall(r"(\d+)-(\d+)", line):
                found |= set(range(int(first), int(last) + 1))
    return found


def zeros(page: bytes, chance: random.Random) -> bytes:
    return bytes(len(page))


def noise(page: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(len(page))


def half(page: bytes, chance: random.Random) -> bytes:
    return page[: len(page) // 2] + bytes(len(page) - len(page) // 2)


@pytest.mark.parametrize("count", [6, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("damage", [zeros, noise, half])
def test_a_damaged_page_costs_what_is_found_by_it_alone_and_that_is_told(
    whole: bytes, tmp_path: Path, damage: Callable[[bytes, random.Random], bytes], count: int
) -> None:
    pages = len(whole) // PAGE
    chance = random.Random(damage.__name__)
    original = tmp_path / "original.db"
    original.write_bytes(whole)
    messages = ids(original, "message")
    for page in chance.sample(range(1, pages), min(count, pages - 1)):
        path = tmp_path / f"{page}" / "journal.db"
        path.parent.mkdir()
        content = bytearray(whole)
        content[page * PAGE : (page + 1) * PAGE] = damage(whole[page * PAGE : (page + 1) * PAGE], chance)
        path.write_bytes(content)
        salvaged = salvage_journal(path)

        assert salvaged.copy.read_bytes()[: len(content)] == bytes(content), "the damaged file is kept"
        missing = messages - ids(path, "message")
        assert missing <= told_lost(salvaged.lost, "message"), f"page {page}: {salvaged.lost}"
        with closing(Journal(path)) as journal:
            journal.check()
            kept = 0
            for info in journal.sessions():
                stored = journal.tree(info.id)
                kept += len(stored)
                conversation.close_calls([each.message for each in journal.path(info.id)])
                assert journal.head(info.id) is not None
            assert kept == len(messages) - len(missing), "every message that was saved is in a conversation"
            journal.create_session("goes on")


def test_a_journal_whose_sessions_are_lost_still_has_its_conversations(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'session'")
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(bytes(PAGE))
    salvaged = salvage_journal(path)
    assert sum("its title and dates are lost" in line for line in salvaged.lost) == SESSIONS
    with closing(Journal(path)) as journal:
        found = journal.sessions()
        assert [info.title for info in found] == [TITLE] * SESSIONS
        assert [len(journal.path(info.id)) for info in found] == [2 * QUESTIONS] * SESSIONS


@pytest.mark.parametrize("content", [b"", b"Dear diary, " * 2_000, bytes(3 * PAGE)], ids=["empty", "text", "zeros"])
def test_a_file_of_which_nothing_can_be_read_is_kept_aside_and_a_new_one_made(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    salvaged = salvage_journal(path)
    assert salvaged.rows == 0
    assert salvaged.copy.read_bytes().rstrip(b"\0") == content.rstrip(b"\0")
    with closing(Journal(path)) as journal:
        assert journal.check().startswith("sound")


def test_the_end_of_a_file_that_is_missing_costs_what_was_there(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    salvaged = salvage_journal(path)
    assert salvaged.rows > 100 and salvaged.lost
    with closing(Journal(path)) as journal:
        journal.check()
        assert journal.sessions()


@pytest.mark.parametrize("table", ["message", "effect", "result", "received"])
def test_rows_below_damaged_inner_pages_are_found_on_their_leaves(tmp_path: Path, whole: bytes, table: str) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(whole)
    before = ids(path, table)
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        at = PAGE * (connection.execute(sql, (table,)).fetchone()[0] - 1)
    assert whole[at] == 0x05, "its first page leads to others"
    path.write_bytes(whole[:at] + bytes(PAGE) + whole[at + PAGE :])

    done = salvage_journal(path)

    assert ids(path, table) == before
    assert not told_lost(done.lost, table) & before
    with closing(Journal(path)) as journal:
        assert journal.check().startswith("sound")
