"""`chatbot index`: what it says, and the bar that it draws on a terminal."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pexpect
import pytest
from in_process import Run, run_in
from pdf_files import paragraph, pdf

from chatbot.cli.index_command import how_searched
from chatbot.retrieval.vector_search import Structure

CHATBOT = str(Path(sys.executable).parent / "chatbot")


@pytest.fixture
def parts() -> int:
    """Of each document; each is a passage."""
    return 3


LONG = pytest.mark.parametrize("parts", [20])
"""For what has to be seen while it goes on."""


@pytest.fixture
def workspace(tmp_path: Path, parts: int) -> Path:
    documents = tmp_path / "knowledge"
    documents.mkdir()
    (tmp_path / "chatbot.toml").write_text('model = "extractive"\n')
    for number in range(30):
        sections = "".join(f"## Part {part}\n\nPart {part} of page {number} is short.\n\n" for part in range(parts))
        (documents / f"{number:02}.md").write_text(f"# Page {number}\n\n{sections}")
    for name in ("a.png", "b.png", "c.png", "d.png", "e\x1b.jpg"):
        (documents / name).write_bytes(b"x")
    return tmp_path


@pytest.fixture
def index(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`chatbot index` in the workspace, with options."""
    return partial(run_in, workspace, capsys, "index")


def test_it_says_what_changed_and_what_was_skipped_a_line_for_each_reason(workspace: Path, index: Run) -> None:
    lines = index().stdout.splitlines()

    assert lines == [
        "30 documents, 90 passages: 30 added, 0 updated, 0 removed, 0 unchanged",
        "skipped a.png, b.png, c.png and 1 more: files ending in .png are not read",
        "skipped e␛.jpg: files ending in .jpg are not read",
    ]
    (workspace / "knowledge" / "00.md").write_text("# New\n")
    (workspace / "knowledge" / "01.md").unlink()
    assert index().stdout.startswith("29 documents, 85 passages: 0 added, 1 updated, 1 removed, 28 unchanged")
    assert index("--rebuild").stdout.startswith("29 documents, 85 passages: 29 added")


def test_a_file_with_pages_that_are_pictures_is_told_in_every_run(workspace: Path, index: Run) -> None:
    scanned = pdf(paragraph("Text."), [], [], paragraph("More."), pictures=[1, 2])
    (workspace / "knowledge" / "scanned.pdf").write_bytes(scanned)

    assert "read only in part: scanned.pdf: no text on pages 2-3" in index().stdout.splitlines()
    assert json.loads(index("--json").stdout)["partly"] == [["scanned.pdf", "no text on pages 2-3"]]
    (workspace / "knowledge" / "scanned.pdf").write_bytes(pdf(paragraph("Text.")))
    assert "in part" not in index().stdout


def test_for_programs_it_prints_one_object(index: Run) -> None:
    done = index("--json")

    said = json.loads(done.stdout)
    assert (said["documents"], len(said["added"]), len(said["skipped"])) == (30, 30, 5)
    assert done.stderr == ""


def test_a_file_that_was_named_and_cannot_be_read_is_an_error_with_the_reason(workspace: Path, index: Run) -> None:
    broken = workspace / "broken.json"
    broken.write_text("{")
    picture = workspace / "knowledge" / "a.png"

    for path, reason in ((broken, "no JSON"), (picture, "files ending in .png are not read")):
        done = index(str(path), "--json")

        assert done.returncode != 0
        assert f"{path.name} cannot be indexed: {reason}" in done.stderr
        assert json.loads(done.stdout)["skipped"][0][0] == path.name
    assert index(str(workspace / "knowledge" / "00.md")).returncode == 0


def test_names_that_are_not_utf_8_and_files_of_any_size_are_told(workspace: Path, index: Run) -> None:
    documents = workspace / "knowledge"
    (documents / os.fsdecode(b"n\xe9.md")).write_text("text")
    (documents / "nothing.md").touch()
    with (documents / "huge.md").open("wb") as file:
        file.truncate(10**9)

    done = index("--json")

    reasons = {reason for _, reason in json.loads(done.stdout)["skipped"]}
    assert done.returncode == 0
    assert {"its name is not UTF-8", "empty", "larger than 20 MB"} <= reasons
    assert "its name is not UTF-8" in index().stdout


def test_a_folder_without_documents_is_an_error(workspace: Path, index: Run) -> None:
    (workspace / "empty").mkdir()
    done = index("empty")

    assert done.returncode == 1
    assert "there is nothing to index in empty" in done.stderr


def at_a_terminal(folder: Path) -> pexpect.spawn:
    """`chatbot index` in a folder. At Ctrl-C a terminal throws away what it has not shown yet, half a character too."""
    environment = {**os.environ, "TERM": "xterm"}
    return pexpect.spawn(
        CHATBOT, ["index"], cwd=str(folder), env=environment, encoding="utf-8", codec_errors="replace", timeout=90
    )


@LONG
def test_on_a_terminal_a_bar_shows_how_far_it_is(workspace: Path) -> None:
    terminal = at_a_terminal(workspace)

    terminal.expect("indexing")
    terminal.expect(r"\d+%")
    terminal.expect("30 added")
    terminal.expect(pexpect.EOF)

    again = at_a_terminal(workspace)
    again.expect("30 unchanged")
    assert "indexing" not in again.before


def test_it_writes_a_report_of_what_is_there_and_what_is_not(workspace: Path, index: Run) -> None:
    done = index("--report")
    named = index("--report", "out/r.html", "--json")
    folder = index("--report", "knowledge")

    text = (workspace / "index-report.html").read_text(encoding="utf-8")
    assert "wrote index-report.html" in done.stderr and "30 documents, 90 passages" in text and "c.png" in text
    assert json.loads(named.stdout)["documents"] == 30 and (workspace / "out" / "r.html").is_file()
    assert folder.returncode == 2 and "knowledge is a folder" in folder.stderr


@pytest.mark.parametrize(("option", "why"), [("--check", "changes nothing"), ("--watch", "at every change")])
def test_a_report_is_refused_with_the_reason_where_it_cannot_be_had(index: Run, option: str, why: str) -> None:
    done = index(option, "--report")

    assert done.returncode == 2 and why in done.stderr


@LONG
def test_ctrl_c_keeps_what_was_indexed_and_the_next_run_goes_on_there(workspace: Path, index: Run) -> None:
    terminal = at_a_terminal(workspace)
    while not documents_in(workspace / ".chatbot"):
        time.sleep(0.02)
    terminal.sendintr()

    terminal.expect("stopped: what was indexed is kept")
    terminal.expect(pexpect.EOF)
    terminal.close()
    kept = documents_in(workspace / ".chatbot")
    assert terminal.exitstatus == 130 and 0 < kept < 30
    assert index("--check").returncode == 0
    assert index().stdout.startswith(f"30 documents, 600 passages: {30 - kept} added")


def documents_in(folder: Path) -> int:
    """Committed so far; none where there is no index yet."""
    for path in folder.glob("**/*.db"):
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path)) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM documents").fetchone()[0])
    return 0


def test_a_large_collection_says_how_much_its_search_finds() -> None:
    assert how_searched(Structure()) == []
    assert how_searched(Structure("lists", 0.9923, 95_000)) == [
        "searched in lists, which find 99.2% of the ten nearest passages (measured at 95,000 passages)"
    ]
