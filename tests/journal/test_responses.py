"""Responses of services in the journal: byte for byte, with what was made of them, and gone with their conversation."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from chat_server import ChatServer, streams
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Chatbot
from chatbot.asking import Asking
from chatbot.effects import Generate, Remember
from chatbot.errors import JournalError, ModelError, NotFoundError
from chatbot.journal import Journal
from chatbot.journal.evals import new_trace
from chatbot.journal.recollection import Summaries
from chatbot.journal.records import RunRecord
from chatbot.journal.responses import MOST_FORGOTTEN
from chatbot.messages import message
from chatbot.models.connect import connect
from chatbot.raw_reply import RawReply

HOSTILE = b'data: {"a": "\\ud800"}\n\n\0\xff\xfe\xed\xa0\x80 \x1b[31m' + bytes(range(256))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as journal:
        yield journal


def asked(journal: Journal, trace_id: str = "t", session: str | None = None) -> int:
    journal.begin_turn(session, trace_id, model="m", prompt="p")
    return journal.intend(trace_id, "generate", {})


def test_a_response_is_kept_as_it_came_with_what_was_made_of_it(journal: Journal) -> None:
    refused = RawReply(429, "r-1", bytearray(b"later"))
    answered = RawReply(200, "r-2 \ud800", bytearray(HOSTILE))
    journal.settle(asked(journal), {"finish": "complete"}, received=[refused, answered])

    first, second = journal.received("t")
    assert (first.status, first.request_id, first.length, first.model) == (429, "r-1", 5, "m")
    assert (second.status, second.request_id, second.length) == (200, "r-2 \ud800", len(HOSTILE))
    assert first.result == second.result == {"finish": "complete"}
    assert (journal.body(first.id), journal.body(second.id)) == (b"later", HOSTILE)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_any_bytes_come_back(bodies: list[bytes]) -> None:
    with closing(Journal(None)) as journal:
        journal.settle(asked(journal), {}, received=[RawReply(200, body=bytearray(body)) for body in bodies])
        assert [journal.body(each.id) for each in journal.received("t")] == bodies


def test_ten_megabytes_come_back(journal: Journal) -> None:
    body = HOSTILE * (10_000_000 // len(HOSTILE))
    journal.settle(asked(journal), {}, received=[RawReply(200, body=bytearray(body))])
    assert journal.body(journal.received("t")[0].id) == body


def test_a_key_that_the_service_repeats_is_not_kept(journal: Journal) -> None:
    body = bytearray(b'{"error": "Incorrect API key provided: sk-4711-secret"}')
    journal.settle(asked(journal), {}, received=[RawReply(401, body=body, key="sk-4711-secret")])
    assert journal.body(journal.received("t")[0].id) == b'{"error": "Incorrect API key provided: **************"}'


def test_a_key_of_odd_characters_keeps_no_response_from_being_kept(journal: Journal) -> None:
    """No service can have been sent it; what came is kept all the same."""
    journal.settle(asked(journal), {}, received=[RawReply(401, body=bytearray(b"no"), key="\ud800")])
    assert journal.body(journal.received("t")[0].id) == b"no"


def test_a_response_whose_call_came_to_nothing_is_there_without_a_result(journal: Journal, tmp_path: Path) -> None:
    effect = asked(journal)
    journal.settle(effect, {}, received=[RawReply(200)])
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection, connection:
        connection.execute("DELETE FROM result")  # as where a damaged page of the journal was mended
    [found] = journal.received("t")
    assert found.result is None
    assert found.started == journal.trace("t")[0].started


def test_a_response_that_is_not_there_is_said_so(journal: Journal) -> None:
    with pytest.raises(NotFoundError, match="there is no response 7"):
        journal.body(7)


def test_responses_are_committed_with_the_result_or_not_at_all(journal: Journal) -> None:
    effect = asked(journal)
    journal.settle(effect, {"text": "first"}, received=[RawReply(200, body=bytearray(b"one"))])
    with pytest.raises(JournalError):
        journal.settle(effect, {"text": "second"}, received=[RawReply(200, body=bytearray(b"two"))])
    assert [journal.body(each.id) for each in journal.received("t")] == [b"one"]


def test_a_conversation_a_turn_and_a_run_have_their_own(journal: Journal) -> None:
    session, other = journal.create_session(), journal.create_session()
    journal.begin_run(RunRecord("run-1", "suite", "key", {}, 1.0))
    turns = {"mine": session, "too": session, "theirs": other, new_trace("run-1"): None, "run-10.x": None}
    for trace, place in turns.items():
        journal.settle(asked(journal, trace, place), {}, received=[RawReply(200, trace)])
    assert [each.request_id for each in journal.received(session)] == ["mine", "too"]
    assert [each.request_id for each in journal.received("theirs")] == ["theirs"]
    assert [each.trace_id for each in journal.received("run-1")] == [trace for trace in turns if "run-1." in trace]
    assert journal.received("nobody") == []


def test_what_many_turns_at_once_receive_is_kept_too(journal: Journal) -> None:
    async def work() -> None:
        ledger = journal.gathering()
        for name in ("a", "b"):
            ledger.begin_turn(name, model="m", prompt="p")
            effect = ledger.intend(name, "generate", {})
            ledger.settle(effect, {"text": name}, received=[RawReply(200, name, bytearray(HOSTILE))])
        ledger.flush()

    asyncio.run(work())
    for name in ("a", "b"):
        [found] = journal.received(name)
        assert (found.request_id, found.result) == (name, {"text": name})
        assert journal.body(found.id) == HOSTILE


def test_they_are_deleted_with_their_conversation_and_leave_no_trace(journal: Journal, tmp_path: Path) -> None:
    session = journal.create_session()
    canary = b"a canary that is not packed away" + bytes(range(256))
    journal.settle(asked(journal, "t", session), {}, received=[RawReply(200, "canary-id", bytearray(canary))])
    [found] = journal.received(session)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as witness:
        (packed,) = witness.execute("SELECT body FROM received").fetchone()
    journal.delete_session(session)
    with pytest.raises(NotFoundError):
        journal.body(found.id)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert packed not in file.read_bytes() and b"canary-id" not in file.read_bytes(), file.name


# --- over a real wire -------------------------------------------------------------------------------------------------


def hostile(chance: random.Random) -> bytes:
    """A body that nobody should send: what no text can hold, JSON that is none, an end that never comes, megabytes."""
    parts = [
        b"word ",
        b"\\ud800",
        b"\\u0000",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\0",
        b"\\u001b[31m",
        "é龍\u202e".encode(),
    ]
    said = b"".join(chance.choice(parts) for _ in range(chance.randrange(20)))
    chunk = b'data: {"choices": [{"index": 0, "delta": {"content": "' + said + b'"}, "finish_reason": null}]}\n\n'
    last = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    kinds = {
        "whole": chunk * chance.randrange(1, 4) + last,
        "broken": chunk[: chance.randrange(len(chunk))] + b"\n\n" + last,
        "no end": chunk,
        "noise": chance.randbytes(chance.randrange(1, 5_000)) + b"\n\n" + last,
        "empty": b"",
        "page": b"<html>" + said,
    }
    return kinds[chance.choice(list(kinds))]


@pytest.mark.parametrize(("answers", "long"), [(40, 1), pytest.param(1_000, 5, marks=pytest.mark.slow)])
def test_whatever_a_service_answers_is_kept_as_it_was_sent(
    journal: Journal, answers: int, long: int, figure: Callable[[str], None]
) -> None:
    chance = random.Random(7)
    bodies = [hostile(chance) for _ in range(answers - long)]
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "%s"}, "finish_reason": null}]}\n\n'
    bodies += [event % (b"\\ud800\xff word " * 300) * 2_700 + b"data: [DONE]\n\n" for _ in range(long)]
    assert len(bodies[-1]) > 10_000_000
    scenes = [streams(*[body[at : at + 65_536] for at in range(0, len(body), 65_536)]) for body in bodies]
    journal.begin_turn(None, "t", model="m", prompt="p")

    async def ask_all(url: str) -> None:
        asking = Asking(connect(f"{url}#test-model"), journal, Summaries(journal), "t", None)
        for number in range(answers):
            with suppress(ModelError):
                await asking.reply(Generate((message("user", f"question {number}", "user"),)))

    with ChatServer(*scenes) as server:
        asyncio.run(ask_all(server.url))
        asked = len(server.requests)
    kept = [journal.body(each.id) for each in journal.received("t")]
    same = sum(one == other for one, other in zip(kept, bodies, strict=True))
    figure(f"raw responses that are byte-equal to what was sent: {same} of {answers} (all)")
    assert (same, asked) == (answers, answers)


def keep_since(path: Path, days: float, count: int = 1) -> None:
    """A conversation with that many responses to a call that was begun so long ago."""
    with closing(Journal(path)) as journal:
        session = journal.create_session(f"{days} days")
        asked_for = Remember(message("user", "typed", "user"))
        journal.append(session, asked_for, parent=None)
        raw = RawReply(200, "", bytearray(f"raw of {days}".encode()))
        journal.settle(asked(journal, f"{days}-0", session), {"text": "got"}, received=[raw] * count)
        journal.end_turn(f"{days}-0", "complete")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE effect SET started = started - ? WHERE turn = ?", (days * 86_400, f"{days}-0"))


def test_responses_that_are_older_than_wanted_are_forgotten_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for days in (31, 29, 45, 1):
        keep_since(path, days)

    with closing(Journal(path, received_days=30)) as journal:
        kept = {info.title: len(journal.received(info.id)) for info in journal.sessions()}
        assert kept == {"31 days": 0, "29 days": 1, "45 days": 0, "1 days": 1}
        for info in journal.sessions():
            assert [each.message.text for each in journal.path(info.id)] == ["typed"]
        assert [effect.result for effect in journal.trace("45-0")] == [{"text": "got"}]
        journal.check()


def test_many_old_responses_go_a_thousand_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    keep_since(path, 40, MOST_FORGOTTEN + 5)
    keep_since(path, 1)

    for left in (6, 1, 1):
        with closing(Journal(path, received_days=30)):
            pass
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM received").fetchone() == (left,)


def test_a_disk_without_room_keeps_a_journal_from_forgetting_and_not_from_being_read(tmp_path: Path) -> None:
    """Files of the process that opens it can grow to 40 kB: to the log's index, and not to a log of so many pages."""
    path = tmp_path / "journal.db"
    keep_since(path, 40, MOST_FORGOTTEN)
    program = """if True:
        import resource, sys
        from pathlib import Path
        from chatbot.journal import Journal
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
        print([info.title for info in Journal(Path(sys.argv[1]), received_days=30).sessions()])
    """

    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("['40 days']\n", "")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM received").fetchone() == (MOST_FORGOTTEN,)


def test_a_chatbot_keeps_them_as_long_as_its_workspace_says(tmp_path: Path) -> None:
    (tmp_path / "chatbot.toml").write_text("tools = []\nreceived_days = 30\n")
    path = tmp_path / ".chatbot" / "journal.db"
    path.parent.mkdir()
    keep_since(path, 31)
    keep_since(path, 29)

    bot = Chatbot("extractive", knowledge=None, workspace=tmp_path)

    assert [len(bot.journal.received(info.id)) for info in bot.journal.sessions()] == [1, 0]
