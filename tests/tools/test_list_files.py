import fnmatch
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools import Place, Tool, built_in_tools
from chatbot.tools.list_files import MAX_FILES, matches

FILES = ("a.md", "b.txt", "docs/a.md", "docs/guide/c.md", "docs/guide/deep/d.md", ".env", "docs/.hidden/e.md")


@pytest.fixture
def list_files(tmp_path: Path) -> Tool:
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("1234567", encoding="utf-8")
    (tool,) = built_in_tools(["list_files"], {}, Place(tmp_path, tmp_path / ".chatbot"))
    return tool


@pytest.mark.parametrize(
    ("pattern", "folder", "found"),
    [
        ("**", "", "a.md b.txt docs/a.md docs/guide/c.md docs/guide/deep/d.md"),
        ("*", "", "a.md b.txt"),
        ("*.md", "", "a.md"),
        ("**/*.md", "", "a.md docs/a.md docs/guide/c.md docs/guide/deep/d.md"),
        ("docs/**/*.md", "", "docs/a.md docs/guide/c.md docs/guide/deep/d.md"),
        ("**/guide/*", "", "docs/guide/c.md"),
        ("./docs/*", "", "docs/a.md"),
        ("*.md", "docs", "docs/a.md"),
        ("**", "docs/guide", "docs/guide/c.md docs/guide/deep/d.md"),
        ("**", "docs/../docs/guide/deep", "docs/guide/deep/d.md"),
        ("?.txt", "", "b.txt"),
        ("[ab].*", "", "a.md b.txt"),
    ],
)
def test_files_are_listed_by_pattern_with_their_sizes(list_files: Tool, pattern: str, folder: str, found: str) -> None:
    assert list_files(pattern, folder).splitlines() == [f"{path} (7)" for path in found.split()]


def test_a_pattern_that_nothing_matches_is_an_error(list_files: Tool) -> None:
    with pytest.raises(ToolError, match=r"no file matches '\*\.pdf'"):
        list_files("*.pdf")


def test_a_long_list_is_cut_and_says_so(list_files: Tool, tmp_path: Path) -> None:
    for number in range(MAX_FILES):
        (tmp_path / f"z{number:04}.log").touch()
    lines = list_files().splitlines()
    assert len(lines) == MAX_FILES + 1
    assert lines[-1] == "[and 5 more: name a folder or a narrower pattern]"


@pytest.mark.parametrize(("pattern", "folder"), [("*" * 500, ""), ("**", "../"), ("**", "nowhere"), ("**", ".git")])
def test_what_cannot_be_listed_is_refused(list_files: Tool, pattern: str, folder: str) -> None:
    with pytest.raises(ToolError):
        list_files(pattern, folder)


def test_a_name_stays_on_its_line(list_files: Tool, tmp_path: Path) -> None:
    (tmp_path / "evil\x1b[2J\n[and 9 more]\u202e.md").touch()
    assert list_files("evil*") == "evil[2J [and 9 more].md (0)"


NAMES = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=5)


@given(NAMES, st.lists(st.sampled_from(["a", "*", "**", "?", "b"]), max_size=5))
def test_a_pattern_matches_as_a_regular_expression_would(names: list[str], wanted: list[str]) -> None:
    parts = "".join("(?:[^/]+/)*" if part == "**" else f"{fnmatch.translate(part)[4:-3]}/" for part in wanted)
    expected = re.fullmatch(parts.replace(".*", "[^/]*"), "".join(f"{name}/" for name in names)) is not None
    assert matches(names, wanted) is expected


def test_a_pattern_of_many_stars_is_quick() -> None:
    assert not matches(["a"] * 50, ["**", "a"] * 40 + ["b"])
