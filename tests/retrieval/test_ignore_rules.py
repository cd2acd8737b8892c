"""Rules of what to leave out: as git has them, with our own file of rules before git's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.retrieval.ignore_rules import IgnoreRules, rules_around
from chatbot.retrieval.survey import files


def write(path: Path, text: str = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def left_out(folder: Path, name: str, *rules: str) -> bool:
    for number, text in enumerate(rules):
        write(folder / (".gitignore", ".chatbotignore")[number], text)
    return IgnoreRules().within(folder).file_against(folder / name, is_folder=name.endswith("/")) is not None


@pytest.mark.parametrize(
    ("rule", "name", "out"),
    [
        ("*.log", "a/b.log", True),
        ("/b.log", "a/b.log", False),
        ("build/", "build", False),
        ("build/", "build/", True),
        ("docs/**/old", "docs/a/b/old", True),
        ("a?.md", "ab.md", True),
        ("# a comment", "# a comment", False),
        ("\\#a", "#a", True),
        ("*\n!keep.md", "keep.md", False),
        ("notes.md   ", "notes.md", True),
    ],
)
def test_rules_mean_what_they_mean_to_git(tmp_path: Path, rule: str, name: str, out: bool) -> None:
    assert left_out(tmp_path, name, rule) is out


@pytest.mark.parametrize("line", ["!", "\\", "[z-a]", "[[:foo:]]", "/", "a[", "\0", "\udcff"])
def test_a_line_that_is_no_pattern_is_passed_over(tmp_path: Path, line: str) -> None:
    (tmp_path / ".gitignore").write_bytes(f"{line}\n*.log\n".encode("utf-8", "surrogateescape"))

    assert IgnoreRules().within(tmp_path).file_against(tmp_path / "a.log", is_folder=False)


def test_our_own_rules_go_before_those_of_git(tmp_path: Path) -> None:
    assert not left_out(tmp_path, "a.log", "*.log", "!a.log")
    assert left_out(tmp_path, "b.md", "!b.md", "b.md")


def test_the_rules_of_the_repository_around_the_folder_hold_in_it(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "*.log\n/docs/old/\n")
    (tmp_path / ".git").mkdir()
    for name in ("a.md", "a.log", "old/b.md"):
        write(tmp_path / "docs" / name)

    assert [path.name for path in files(tmp_path / "docs")] == ["a.md"]


@pytest.mark.parametrize("rule", ["docs/", "/docs", "doc*", "*"])
def test_who_names_a_folder_that_git_leaves_out_wants_it_read(tmp_path: Path, rule: str) -> None:
    write(tmp_path / ".gitignore", rule)
    (tmp_path / ".git").mkdir()
    write(tmp_path / "docs" / "a.md")

    assert [path.name for path in files(tmp_path / "docs")] == ["a.md"]


def test_rules_above_a_folder_that_is_in_no_repository_are_not_its_rules(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "*.md")
    (tmp_path / "docs").mkdir()

    assert not rules_around(tmp_path / "docs").rules


NAMES = ("a.md", "b.log", "build/a.md", "build/deep/b.log", "src/a.md", "src/build/c.md", "src/deep/er/d.log", "x y.md")
PATTERN = st.sampled_from(
    "*.log !b.log build/ build /build src/* !src/deep/ **/deep deep/** * !*.md !*/ /src/**/d.log a.md !/src/a.md x?y.md"
    " [ab].* # build/* !build/a.md".split(" ")
)
PATTERNS = st.lists(PATTERN, max_size=5)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
@settings(deadline=None, max_examples=15)
@given(PATTERNS, PATTERNS)
def test_a_folder_is_read_as_git_would_add_it(
    tmp_path_factory: pytest.TempPathFactory, top: list[str], below: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("repository")
    for name in NAMES:
        write(folder / name)
    write(folder / ".gitignore", "\n".join(top))
    write(folder / "src" / ".gitignore", "\n".join(below))
    git = ["git", "-C", str(folder), "-c", "core.excludesFile=", "-c", "core.quotePath=false"]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "-z", "--others", "--exclude-standard"], check=True, capture_output=True, text=True
    ).stdout.split("\0")

    expected = {name for name in listed if name and not name.endswith(".gitignore")}
    assert {path.relative_to(folder).as_posix() for path in files(folder)} == expected
