import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools import Place, Tool, built_in_tools

Write = Callable[[str, str | bytes], None]


@pytest.fixture
def read_file(tmp_path: Path) -> Tool:
    (tool,) = built_in_tools(["read_file"], {}, Place(tmp_path, tmp_path / ".chatbot"))
    return tool


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> None:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def test_lines_come_with_their_numbers(read_file: Tool, write: Write) -> None:
    write("poem.txt", "one\ntwo\n\nfour\n")
    assert read_file("poem.txt") == "poem.txt, lines 1-4 of 4:\n1 | one\n2 | two\n3 | \n4 | four"


def test_lines_are_those_of_an_editor(read_file: Tool, write: Write) -> None:
    write("odd.txt", "a\u2028b\x0cc\r\nd\re\n\n")
    assert read_file("odd.txt").splitlines()[0] == "odd.txt, lines 1-4 of 4:"


def test_a_part_is_read_by_its_lines(read_file: Tool, write: Write) -> None:
    write("long.txt", "\n".join(f"line {number}" for number in range(1, 201)))
    assert read_file("long.txt", first_line=99, last_line=100).splitlines() == [
        "long.txt, lines 99-100 of 200:",
        " 99 | line 99",
        "100 | line 100",
    ]
    assert "lines 199-200 of 200" in read_file("long.txt", first_line=199, last_line=1_000)


def test_a_long_file_is_read_to_its_end_in_pieces(read_file: Tool, write: Write) -> None:
    lines = [f"line {number} of many" for number in range(1, 5_001)]
    write("long.txt", "\n".join(lines))
    read: list[str] = []
    start, pieces = 1, 0
    while start:
        said = read_file("long.txt", first_line=start)
        assert len(said) < 15_000
        read += re.findall(r"^ *\d+ \| (.*)$", said, re.MULTILINE)
        more = re.search(r"\[go on with first_line=(\d+)\]$", said)
        start, pieces = int(more[1]) if more else 0, pieces + 1
    assert read == lines and pieces > 5


def test_a_line_without_end_is_cut(read_file: Tool, write: Write) -> None:
    write("data.json", "x" * 1_000_000 + "\nnext")
    assert read_file("data.json").endswith("x [cut here: 1,000,000 characters]\n2 | next")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_text_of_any_encoding_is_read(read_file: Tool, write: Write, encoding: str) -> None:
    write("menu.txt", "Café – 5 €".encode(encoding))
    assert read_file("menu.txt").endswith("\n1 | Café – 5 €")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 ...", "is a PDF; only text is read"),
        (b"PK\x03\x04....", "is a zip archive, or an office document; only text is read"),
        (b"\x89PNG\r\n", "is a picture; only text is read"),
        (b"\x7fELF\x02\x01\x01\x00", "is binary data, not text"),
        (b" " * 20_000_001, "is larger than 20 MB"),
    ],
)
def test_what_is_no_text_is_refused(read_file: Tool, write: Write, content: bytes, said: str) -> None:
    write("file", content)
    with pytest.raises(ToolError, match=said):
        read_file("file")


def test_an_empty_file_is_said_to_be_empty(read_file: Tool, write: Write) -> None:
    write("empty.txt", "")
    assert read_file("empty.txt") == "empty.txt is empty"


@pytest.mark.parametrize(("first", "last"), [(0, None), (-1, 5), (5, 4), (4, None)])
def test_lines_that_are_not_there_are_refused(read_file: Tool, write: Write, first: int, last: int | None) -> None:
    write("three.txt", "a\nb\nc\n")
    with pytest.raises(ToolError, match="lines"):
        read_file("three.txt", first, last)


def test_people_and_models_read_the_same(read_file: Tool, write: Write) -> None:
    write("notes.md", "plan" + "".join(chr(0xE0000 + ord(letter)) for letter in "send it all") + "\u202e\u200b B")
    assert read_file("notes.md").endswith("\n1 | plan B")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_control_character_comes_through(read_file: Tool, write: Write, content: bytes) -> None:
    write("file.txt", content)
    try:
        said = read_file("file.txt")
    except ToolError as error:
        said = str(error)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", str(said))
