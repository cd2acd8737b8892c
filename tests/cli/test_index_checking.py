"""`chatbot index --check` and `--repair`: one line for each fault, and a status that scripts can rely on."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from in_process import Run, run_in


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "chatbot.toml").write_text('model = "extractive"\n')
    for number in range(3):
        (tmp_path / "knowledge" / f"{number}.md").write_text(f"# Page {number}\n\nIt is about subject {number}.\n")
    assert run_in(tmp_path, capsys, "index").returncode == 0
    return tmp_path


@pytest.fixture
def index(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`chatbot index` in the workspace, with options."""
    return partial(run_in, workspace, capsys, "index")


def damage(workspace: Path) -> None:
    (file,) = (workspace / ".chatbot").glob("*.db")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE documents SET text = replace(text, 'subject', 'object') WHERE id = 2")


def test_a_sound_index_is_said_to_be_so(index: Run) -> None:
    done = index("--check")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sound: 3 documents, 3 passages")


def test_a_fault_is_told_with_the_command_that_mends_it_and_that_does(workspace: Path, index: Run) -> None:
    damage(workspace)
    checked = index("--check")

    assert checked.returncode == 1
    assert checked.stdout == "document: 1.md: what is stored is not what was indexed\n"
    assert "has 1 fault — run: chatbot index --repair" in " ".join(checked.stderr.split())

    repaired = index("--repair")
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert "3 documents, 3 passages: 1 added, 0 updated, 0 removed, 2 unchanged" in repaired.stdout
    assert repaired.stdout.splitlines()[-1].startswith("sound: 3 documents")
    assert index("--check").returncode == 0


def test_a_damaged_database_is_offered_the_command_wherever_it_is_met(workspace: Path, index: Run) -> None:
    (file,) = (workspace / ".chatbot").glob("*.db")
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))

    for done in (index(), index("--check")):
        assert done.returncode == 1
        assert "chatbot index --repair" in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr

    repaired = index("--repair")
    assert repaired.returncode == 0, repaired.stderr
    assert f"the damaged database was kept as {file}.damaged-1" in repaired.stdout.replace("\n", "")
    assert repaired.stdout.splitlines()[-1].startswith("sound: 3 documents")


def test_for_programs_the_faults_are_one_object(workspace: Path, index: Run) -> None:
    damage(workspace)
    done = index("--check", "--json")

    assert done.returncode == 1
    assert [fault["part"] for fault in json.loads(done.stdout)["faults"]] == ["document"]


def test_without_an_index_there_is_nothing_to_check(workspace: Path, index: Run) -> None:
    (workspace / "other").mkdir()
    done = index("other", "--check")

    assert done.returncode == 1
    assert "there is no index at" in done.stderr


def test_one_thing_is_asked_for_at_a_time(index: Run) -> None:
    done = index("--check", "--watch")

    assert done.returncode == 2
    assert "one at a time" in done.stderr
