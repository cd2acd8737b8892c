"""`chatbot sessions delete`: what is deleted is in no file of the workspace any more."""

from __future__ import annotations

import gc
import hashlib
import random
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from words import Words

from chatbot.cli.program import run
from chatbot.cli.typed_lines import HISTORY, forget
from chatbot.effects import Remember
from chatbot.journal import Journal
from chatbot.memory import Memory
from chatbot.messages import Answer, Evidence, Image, Message, Passage, Segment, message
from chatbot.raw_reply import RawReply
from chatbot.retrieval import Knowledge

CANARIES = [f"canary-{random.Random(number).getrandbits(64):016x}" for number in range(50)]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".chatbot"


def converse(journal: Journal, canary: str) -> str:
    """A conversation that says the canary wherever one can: a turn with all that it asks, gets, shows and keeps."""
    session = journal.create_session(f"title {canary}")
    data = f"{canary} picture ".encode() * 500
    picture = Image(hashlib.sha256(data).hexdigest(), "image/png", 8, 8, data=data)
    asked = Message("user", (Segment(f"asked {canary}", "user"),), images=(picture,))
    journal.begin_turn(session, canary, model="m", prompt="p", question=f"typed {canary}")
    passage = Evidence(1, Passage(f"passage {canary}", 0, 24, 1, path="notes.md"))
    question = journal.append(session, Remember(asked, f"typed {canary}", (passage,)), parent=None, trace_id=canary)
    effect = journal.intend(canary, "generate", {"messages": [f"sent {canary}"]})
    journal.show(effect, f"shown {canary}")
    raw = RawReply(200, f"request {canary}", bytearray(f"raw {canary}".encode()))
    journal.settle(effect, {"text": f"got {canary}"}, received=[raw])
    journal.record(canary, "tool", {"call": canary}, {"text": canary})
    said = Remember(message("assistant", f"said {canary}", "model"), answer=Answer(f"said {canary}"))
    answer = journal.append(session, said, parent=question.id, trace_id=canary)
    journal.feedback(answer.id, "bad", f"note {canary}")
    journal.end_turn(canary, "complete")
    return session


def hits(folder: Path) -> Iterator[str]:
    """Files that hold a canary, as it is or packed."""
    for file in folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for canary in CANARIES:
            packed = zlib.compress(f"raw {canary}".encode(), 1)
            if canary.encode() in content or packed in content:
                yield f"{file.name}: {canary}"


def test_fifty_canaries_that_are_deleted_are_in_no_file_any_more(state: Path, figure: Callable[[str], None]) -> None:
    said, noted, indexed = CANARIES[:20], CANARIES[20:35], CANARIES[35:]
    with Path(state.parent / "other").open("w") as other:
        other.write("none here")
    journal = Journal(state / "journal.db")
    kept = converse(journal, "kept")
    sessions = [converse(journal, canary) for canary in said]
    memory = Memory(state / "memory.db")
    for canary in noted:
        memory.remember(f"The user likes {canary}.")
    knowledge = Knowledge(None, index=state / "records.db", embedder=Words())
    knowledge.add([{"id": canary, "text": f"It speaks of {canary} and keels."} for canary in indexed])
    knowledge.add([{"id": "kept", "text": "It speaks of keels."}])
    knowledge.search("keels")
    typed = "".join(f"\n# 2026-11-21 10:00:00\n+typed {canary}\n" for canary in [*said, "kept"])
    (state / HISTORY).write_text(typed)
    assert len({hit.partition(": ")[2] for hit in hits(state)}) == 50, (
        "a canary that is not there before proves nothing"
    )

    assert run(["sessions", "delete", *sessions]) == 0  # while another has the journal open, and so its log
    assert run(["memory", "erase", "--all"]) == 0
    knowledge.remove(indexed)
    knowledge.compact()

    found = list(hits(state.parent))
    figure(f"canaries found after deletion: {len(found)} of 50 (0 may be)")
    assert found == []
    assert [info.id for info in journal.sessions()] == [kept]
    assert journal.trace("kept")[0].shown == "shown kept" and len(journal.received(kept)) == 1
    assert journal.path(kept)[0].message.images[0].data.startswith(b"kept picture")
    assert (state / HISTORY).read_text() == "\n# 2026-11-21 10:00:00\n+typed kept\n"
    assert knowledge.search("keels")[0].record_id == "kept"
    journal.close()
    knowledge.close()
    memory.close()


def test_what_a_reader_keeps_in_the_file_is_said_and_goes_when_it_has_ended(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(state / "journal.db")
    sessions = [converse(journal, canary) for canary in CANARIES[:2]]
    journal.close()
    with closing(sqlite3.connect(state / "journal.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM message").fetchall()
        assert run(["sessions", "delete", *sessions]) == 1
        said = capsys.readouterr()
        assert said.out.count("deleted ") == 2
        assert "what was deleted stays in the file of the journal while another program reads it" in said.err
        assert {*hits(state)} != set(), "nothing would have to be said"
    assert run(["sessions", "list"]) == 0
    gc.collect()  # which closes what the command had opened
    assert {*hits(state)} == set()


def test_nothing_is_deleted_where_one_of_them_is_not_there(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(state / "journal.db")
    session = converse(journal, "kept")
    assert run(["sessions", "delete", session, "none"]) == 2
    assert "there is no session 'none'" in capsys.readouterr().err
    assert [info.id for info in journal.sessions()] == [session]
    assert run(["sessions", "delete", session[:13]]) == 0
    assert capsys.readouterr().out == f"deleted {session}: title kept\n"
    assert journal.sessions() == []
    journal.close()


def test_typed_lines_are_forgotten_by_their_whole_text(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    assert forget(path, {"a"}) == 0
    path.write_text("\n# 1\n+a\n\n# 2\n+a\n+b\n\n# 3\n+ab\n")
    assert forget(path, {"none"}) == 0
    assert forget(path, {"a\nb", "a"}) == 2
    assert path.read_text() == "\n# 3\n+ab\n"
