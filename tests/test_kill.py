"""The program is killed with -9 at random moments; the next start is clean and nothing that was shown is lost."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.journal import Journal
from chatbot.retrieval import Knowledge
from chatbot.session import Session

PROGRAMS = Path(__file__).parent / "programs"
REPOSITORY = Path(__file__).parent.parent


def counts(few: int, many: int) -> list[object]:
    """A few kills in the normal run, all of them in the slow one."""
    return [few, pytest.param(many, marks=pytest.mark.slow)]


def killed_while(command: list[str], folder: Path, seconds: float) -> str:
    """What the program had written when it was killed. Fails where it had ended by itself before."""
    with (folder / "output").open("w+b") as output:
        child = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        status = child.wait()
        output.seek(0)
        written = output.read().decode()
    assert status in (-signal.SIGKILL, 0), written
    return written


def workspace(folder: Path) -> Path:
    folder.mkdir()
    (folder / "chatbot.toml").write_text("tools = []\n")
    (folder / "prompts").mkdir()
    for prompt in (REPOSITORY / "prompts").glob("*.prompty"):
        (folder / "prompts" / prompt.name).write_bytes(prompt.read_bytes())
    return folder


@pytest.mark.parametrize("kills", counts(5, 100))
def test_a_chat_that_is_killed_has_kept_all_that_was_shown(
    tmp_path: Path, figure: Callable[[str], None], kills: int
) -> None:
    chance = random.Random(7)
    answering = 0
    for number in range(kills):
        folder = workspace(tmp_path / f"chat{number}")
        seen = killed_while([sys.executable, str(PROGRAMS / "talk.py")], folder, chance.uniform(0.2, 2.5))
        if "turn 0" not in seen:
            continue

        journal = Journal(folder / ".chatbot" / "journal.db")
        latest = journal.latest_session()
        shown = seen.rpartition("turn ")[2].partition("\n")
        asked, said = f"question {shown[0]}", shown[2].strip()
        if latest is None:
            assert not said
            continue
        session = Session(journal, latest.id)
        questions = [stored.display for stored in session.questions]
        if said:
            assert questions[-1] == asked
            assert session.messages[-1].message.text.startswith(said)
        assert questions == [f"question {turn}" for turn in range(len(questions))]
        assert [row[0] for row in integrity(folder / ".chatbot" / "journal.db")] == ["ok"]
        answering += 1
    figure(f"chats killed {kills} times, {answering} while they answered: text or question lost 0")


@pytest.mark.parametrize("kills", counts(4, 100))
def test_indexing_that_is_killed_goes_on_where_it_was(tmp_path: Path, kills: int) -> None:
    chance = random.Random(11)
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(60):
        text = "\n\n".join(
            f"Paragraph {k} of document {number} speaks of subject {number * k % 17}." for k in range(30)
        )
        (documents / f"{number:02}.md").write_text(f"# Document {number}\n\n{text}\n")
    (tmp_path / "chatbot.toml").write_text('knowledge = "documents"\n')
    command = [str(Path(sys.executable).parent / "chatbot"), "index"]
    known: set[str] = set()
    for _ in range(kills):
        killed_while(command, tmp_path, chance.uniform(0.2, 1.5))
        files = list((tmp_path / ".chatbot").glob("documents-*.db"))
        if not files:
            continue
        assert [row[0] for row in integrity(files[0])] == ["ok"]
        made = rows(files[0], "SELECT name FROM sqlite_master WHERE name = 'documents'")
        indexed = {row[0] for row in rows(files[0], "SELECT source FROM documents")} if made else set()
        assert known <= indexed, "a committed document was lost"
        known = indexed

    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with_all = Knowledge(documents, index=next((tmp_path / ".chatbot").glob("documents-*.db")))
    fresh = Knowledge.from_records([{"id": path.name, "text": path.read_text()} for path in documents.glob("*.md")])

    assert with_all.stats().documents == 60
    assert with_all.stats().chunks == fresh.stats().chunks


def integrity(path: Path) -> list[tuple[str]]:
    return rows(path, "PRAGMA integrity_check")


def rows(path: Path, query: str) -> list[tuple[str]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


assert os.name == "posix", "kill -9 is a thing of Unix"
