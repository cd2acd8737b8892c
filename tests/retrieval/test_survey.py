"""A look at a folder: every file once, as unchanged, as one to be read, or left out with the reason."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from chatbot.errors import KnowledgeError
from chatbot.retrieval.load import stamp
from chatbot.retrieval.survey import files, survey


def write(root: Path, *names: str, text: str = "text", age: float = 0) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if age:
            os.utime(path, (time.time() - age,) * 2)


def read(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in files(root)]


def skipped(root: Path) -> dict[str, str]:
    return dict(survey(root, {}).skipped)


def test_files_come_in_order_and_hidden_ones_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a/z.md", "a/.hidden.md", ".git/config.md", "c/d/e.txt", "A.md")

    assert read(tmp_path) == ["A.md", "b.md", "a/z.md", "c/d/e.txt"]
    assert skipped(tmp_path) == {}


def test_a_single_file_is_itself(tmp_path: Path) -> None:
    write(tmp_path, "a.md")

    assert list(files(tmp_path / "a.md")) == [tmp_path / "a.md"]
    assert [suspect.source for suspect in survey(tmp_path / "a.md", {}).suspects] == ["a.md"]


def test_links_that_lead_out_of_the_folder_or_in_circles_are_told_and_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    write(tmp_path, "secret.md", "documents/a.md", "documents/deep/er/b.md")
    (folder / "out.md").symlink_to(tmp_path / "secret.md")
    (folder / "up").symlink_to(tmp_path)
    (folder / "deep" / "er" / "circle").symlink_to(folder)
    (folder / "same.md").symlink_to(folder / "a.md")

    assert read(folder) == ["a.md", "same.md", "deep/er/b.md"]
    assert skipped(folder) == {
        "out.md": "a link that leads out of the folder",
        "up": "links to folders are not followed",
        "deep/er/circle": "links to folders are not followed",
    }


def test_a_link_to_itself_or_to_nothing_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    (tmp_path / "self.md").symlink_to("self.md")
    (tmp_path / "dangling.md").symlink_to("nowhere.md")

    found = survey(tmp_path, {})

    assert [suspect.source for suspect in found.suspects] == ["a.md"]
    assert dict(found.skipped) == {
        "self.md": "cannot be read: Too many levels of symbolic links",
        "dangling.md": "cannot be read: No such file or directory",
    }


def test_what_was_indexed_stays_while_its_folder_cannot_be_looked_into(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "closed/b.md")
    here, child = Path.cwd(), tmp_path / "closed"
    if os.geteuid() == 0:
        name = "x" * 200  # a superuser may look anywhere: let the path be too long for the system instead
        os.chdir(child)
        for _ in range(25):
            Path(name).mkdir()
            os.chdir(name)
        Path("c.md").write_text("text")
        os.chdir(here)
        source = f"closed/{'/'.join([name] * 25)}/c.md"
    else:
        child.chmod(0)
        source = "closed/b.md"

    found = survey(tmp_path, {source: "1 2 3 4", "gone.md": "1 2 3 4"})
    child.chmod(0o700)

    assert source in found.present and "gone.md" not in found.present
    assert [reason.split(":")[0] for _, reason in found.skipped] == ["cannot be read"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="there are no documents at"):
        survey(tmp_path / "nowhere", {})


def test_a_name_that_is_not_utf8_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/n\xe9.md")).write_text("text")

    found = survey(tmp_path, {})

    assert [suspect.source for suspect in found.suspects] == ["a.md"]
    assert [reason for _, reason in found.skipped] == ["its name is not UTF-8"]


def test_a_file_with_the_stamp_it_was_indexed_with_is_no_suspect(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    later = time.time_ns() + 10**10
    stamps = {"a.md": stamp(tmp_path / "a.md", now=later), "b.md": "of another time"}
    old = time.time() - 100
    os.utime(tmp_path / "a.md", (old, old))

    found = survey(tmp_path, stamps)

    assert {suspect.source for suspect in found.suspects} == {"a.md", "b.md"}
    assert [suspect.size for suspect in found.suspects] == [4, 4]


def test_what_rules_leave_out_is_told_with_the_file_of_rules(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "build/b.md", "notes/c.log", "notes/keep.log", "notes/private/d.md")
    write(tmp_path, ".gitignore", text="build/\n*.log\n")
    write(tmp_path, "notes/.chatbotignore", text="!keep.log\nprivate\n")

    assert read(tmp_path) == ["a.md", "notes/keep.log"]
    assert skipped(tmp_path) == {
        "build": "left out by .gitignore",
        "notes/c.log": "left out by .gitignore",
        "notes/private": "left out by notes/.chatbotignore",
    }
