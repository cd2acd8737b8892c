"""A backup and its way back: row for row what there was, while others write, and nothing is overwritten unasked."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from words import Words

from chatbot.effects import Remember
from chatbot.errors import ChatbotError, UsageError
from chatbot.journal import Journal
from chatbot.memory import Memory
from chatbot.messages import message
from chatbot.raw_reply import RawReply
from chatbot.retrieval import Knowledge
from chatbot.upkeep.backup import MANIFEST, OWN_INDEX, Kept, back_up
from chatbot.upkeep.restore import restore
from chatbot.workspace import Workspace, find_workspace

Rows = dict[str, list[tuple[Any, ...]]]


def workspace(folder: Path, *, filled: bool) -> Workspace:
    folder.mkdir()
    (folder / "chatbot.toml").write_text("tools = []\n")
    found = find_workspace(folder, {})
    if filled:
        (folder / "prompts").mkdir()
        (folder / "prompts" / "mine.prompty").write_text("---\nname: mine\n---\nuser:\nHello é.\n", encoding="utf-8")
        with closing(Journal(found.journal)) as journal:
            for number in range(3):
                say(journal, journal.create_session(f"about {number}"), f"question {number} \ud800")
        with closing(Memory(found.state / "memory.db")) as memory:
            memory.remember("Tea is preferred")
        knowledge = Knowledge(None, index=found.index_of(found.knowledge), embedder=Words())
        knowledge.add([{"id": "keel", "text": "A keel does not float."}])
        knowledge.search("keel")
        knowledge.close()
    return found


def say(journal: Journal, session: str, text: str) -> None:
    journal.append(session, Remember(message("user", text, "user")), parent=journal.head(session))
    trace, raw = f"{session}-{journal.head(session)}", RawReply(200, "r", bytearray(b"\xff"))
    journal.begin_turn(session, trace, model="m", prompt="p", question=text)
    journal.settle(journal.intend(trace, "generate", {}), {"text": text}, received=[raw])
    journal.end_turn(trace, "complete")


def rows(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def written(journal: Path) -> tuple[list[Any], list[Any]]:
    """Sessions and messages in the order in which they were written, each as it stays from then on."""
    assert rows(journal)
    with closing(sqlite3.connect(journal)) as connection:
        sessions = connection.execute("SELECT id, title, created FROM session ORDER BY created").fetchall()
        return sessions, connection.execute("SELECT * FROM message ORDER BY id").fetchall()


def all_rows(place: Workspace) -> dict[str, Rows]:
    paths = {"journal": place.journal, "memory": place.state / "memory.db", "index": place.index_of(place.knowledge)}
    return {name: rows(path) for name, path in paths.items()}


@pytest.fixture
def full(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "full", filled=True)


@pytest.fixture
def file(full: Workspace, tmp_path: Path) -> Path:
    back_up(full, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


def test_a_backup_is_brought_back_row_for_row_in_another_place(
    full: Workspace, file: Path, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    shutil.move(full.root, tmp_path / "gone")
    empty = workspace(tmp_path / "empty", filled=False)
    restored = restore(empty, file)

    assert {each.path.name for each in restored} >= {"journal.db", "memory.db", "mine.prompty"}
    assert all(each.aside is None for each in restored)
    shutil.move(tmp_path / "gone", full.root)
    assert all_rows(empty) == all_rows(full)
    figure(f"a backup: {len(restored)} files brought back, rows changed 0")
    with closing(Journal(empty.journal)) as journal:
        assert [info.title for info in journal.sessions()] == ["about 2", "about 1", "about 0"]
    with closing(Knowledge(None, index=empty.index_of(empty.knowledge), embedder=Words())) as knowledge:
        assert knowledge.search("keel")[0].text == "A keel does not float."
    assert restore(empty, file, replace=True)  # the databases; what is the same of the rest stays as it is


def test_nothing_is_replaced_unasked_and_what_is_replaced_is_kept(full: Workspace, file: Path, tmp_path: Path) -> None:
    before = all_rows(full)
    with closing(Journal(full.journal)) as journal:
        say(journal, journal.create_session("later"), "a later question")
        (full.root / "prompts" / "mine.prompty").write_text("mine, changed")
        later = all_rows(full)

        with pytest.raises(UsageError, match="would be replaced") as refused:
            restore(full, file)
        assert "--replace" in refused.value.hint
        assert all_rows(full) == later

        restored = {each.path.name: each.aside for each in restore(full, file, replace=True)}
        assert all_rows(full) == before
        kept = restored["journal.db"]
        assert kept is not None and rows(kept) == later["journal"]
        assert (full.root / "prompts" / "mine.prompty.before-restore-1").read_text() == "mine, changed"
        assert [info.title for info in journal.sessions()] == ["about 2", "about 1", "about 0"], "it had the file open"
        say(journal, journal.create_session("goes on"), "a question")


def test_a_backup_is_of_one_moment_while_others_write(full: Workspace, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with closing(Journal(full.journal)) as journal:
            number = 0
            while not stop.is_set():
                say(journal, journal.create_session(f"busy {number}"), f"question {number}")
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(full, tmp_path / f"{number}.zip")
    finally:
        stop.set()
        writer.join()
    sessions, messages = written(full.journal)
    for number in range(3):
        place = workspace(tmp_path / f"place {number}", filled=False)
        restore(place, tmp_path / f"{number}.zip")
        kept_sessions, kept_messages = written(place.journal)
        assert kept_sessions == sessions[: len(kept_sessions)]
        assert kept_messages == messages[: len(kept_messages)]
        assert len(kept_sessions) - len(kept_messages) in {0, 1}, "the last session's question may be to come"


def test_a_file_that_is_there_is_not_overwritten(full: Workspace, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        back_up(full, file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_a_damaged_database_is_not_passed_off_as_a_backup(full: Workspace, tmp_path: Path) -> None:
    content = bytearray(full.journal.read_bytes())
    content[8192:20480] = bytes(12288)
    full.journal.write_bytes(content)
    with pytest.raises(ChatbotError, match="damaged") as refused:
        back_up(full, tmp_path / "backup.zip")
    assert "doctor --repair" in refused.value.hint
    assert not (tmp_path / "backup.zip").exists()


def damages(file: Path, folder: Path) -> Iterator[Path]:
    """Copies of a backup, each of which is wrong in one way."""
    whole = file.read_bytes()
    for number, content in enumerate([b"", b"no backup", whole[: len(whole) // 2], whole[:-30]]):
        (folder / f"cut {number}").write_bytes(content)
        yield folder / f"cut {number}"
    for place in range(60, len(whole) - 200, max(1, len(whole) // 40)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        (folder / f"changed {place}").write_bytes(changed)
        yield folder / f"changed {place}"


def test_a_damaged_backup_changes_nothing(full: Workspace, file: Path, tmp_path: Path) -> None:
    before = all_rows(full)
    said: list[str] = []
    for damaged in damages(file, tmp_path):
        empty = workspace(tmp_path / f"for {damaged.name}", filled=False)
        try:
            restore(empty, damaged)
        except UsageError as error:
            said.append(str(error))
            assert [path.name for path in empty.state.rglob("*")] == []
        else:  # a bit that nothing depends on, as in a date
            assert all_rows(empty) == before
    assert len(said) > 30 and not any("\n" in each for each in said)


def rewritten(file: Path, target: Path, change: dict[str, object], name: str = "") -> Path:
    """The backup with another list of what is in it, where the journal may go by another name."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "x") as new:
        for each in old.namelist():
            if each == MANIFEST:
                manifest = json.loads(old.read(each)) | change
                for kept in manifest["files"]:
                    kept["name"] = name if name and kept["name"] == "state/journal.db" else kept["name"]
                new.writestr(each, json.dumps(manifest))
            else:
                new.writestr(name if name and each == "state/journal.db" else each, old.read(each))
    return target


@pytest.mark.parametrize(
    "name", ["../journal.db", "state/../../x.db", "/etc/x.db", "prompts/../../x", "state/a/b.db", "x"]
)
def test_a_backup_cannot_name_a_file_elsewhere(full: Workspace, file: Path, tmp_path: Path, name: str) -> None:
    empty = workspace(tmp_path / "empty", filled=False)
    with pytest.raises(UsageError):
        restore(empty, rewritten(file, tmp_path / "evil.zip", {}, name))
    assert sorted(path.name for path in empty.root.rglob("*")) == [".chatbot", "chatbot.toml"]


@pytest.mark.parametrize("name", ["", ".", "prompts", "prompts/", "prompts/a/../b", "prompts//b", "./chatbot.toml"])
def test_a_backup_names_its_texts_as_we_do(full: Workspace, file: Path, tmp_path: Path, name: str) -> None:
    empty = workspace(tmp_path / "empty", filled=False)
    text = Kept(name, "text", 0, 0, hashlib.sha256(b"").hexdigest())
    with pytest.raises(UsageError, match="is nothing that a backup holds"):
        restore(empty, rewritten(file, tmp_path / "odd.zip", {"files": [asdict(text)]}), replace=True)


@pytest.mark.parametrize("place", ["prompts/mine.prompty", "prompts", ".chatbot/journal.db"])
def test_where_something_else_is_in_the_way_nothing_is_brought_back(
    full: Workspace, file: Path, tmp_path: Path, place: str
) -> None:
    empty = workspace(tmp_path / "empty", filled=False)
    in_the_way = empty.root / place
    if place == "prompts":
        in_the_way.write_text("a file, and no folder")
    else:
        in_the_way.mkdir(parents=True)
    before = {path: path.read_bytes() for path in empty.root.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="on the way to it") as caught:
        restore(empty, file, replace=True)
    assert str(in_the_way) in str(caught.value)
    assert {path: path.read_bytes() for path in empty.root.rglob("*") if path.is_file()} == before


def test_a_backup_that_holds_a_file_twice_is_refused(full: Workspace, file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        files = json.loads(archive.read(MANIFEST))["files"]
    empty = workspace(tmp_path / "empty", filled=False)
    with pytest.raises(UsageError, match="something else is at"):
        restore(empty, rewritten(file, tmp_path / "twice.zip", {"files": [*files, files[0]]}), replace=True)


def test_what_a_newer_program_kept_is_refused(full: Workspace, file: Path, tmp_path: Path) -> None:
    empty = workspace(tmp_path / "empty", filled=False)
    with pytest.raises(UsageError, match="newer version of this program"):
        restore(empty, rewritten(file, tmp_path / "new.zip", {"format": 2}))
    with closing(sqlite3.connect(full.journal)) as connection:
        connection.execute("PRAGMA user_version = 99")
    back_up(full, tmp_path / "newer.zip")
    with pytest.raises(UsageError, match="written by a newer version of this program"):
        restore(empty, tmp_path / "newer.zip")
    assert OWN_INDEX in zipfile.ZipFile(tmp_path / "newer.zip").namelist()
