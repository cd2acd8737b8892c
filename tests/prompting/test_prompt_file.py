from pathlib import Path

import pytest

from chatbot.errors import NotFoundError, PromptError
from chatbot.prompting.prompt_file import MAX_BYTES, read_prompt_file


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "x.prompty"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_frontmatter_and_body_are_told_apart_and_know_their_lines(tmp_path: Path) -> None:
    file = read_prompt_file(write(tmp_path, "---\nname: x\ninputs:\n  q:\n    kind: string\n---\nsystem:\nHello\n"))
    assert file.data == {"name": "x", "inputs": {"q": {"kind": "string"}}}
    assert file.body == "system:\nHello\n"
    assert file.body_line == 7
    assert file.lines[("inputs", "q", "kind")] == 5


def test_a_file_without_frontmatter_is_all_body(tmp_path: Path) -> None:
    file = read_prompt_file(write(tmp_path, "Just a prompt\n---\nwith a rule"))
    assert (file.data, file.body, file.body_line) == ({}, "Just a prompt\n---\nwith a rule", 1)


def test_an_empty_frontmatter_is_fine(tmp_path: Path) -> None:
    assert read_prompt_file(write(tmp_path, "---\n---\nBody only")).body == "Body only"


def test_windows_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    unix = read_prompt_file(write(tmp_path, "---\nname: x\n---\nuser:\nhi\n"))
    windows = read_prompt_file(write(tmp_path, b"\xef\xbb\xbf---\r\nname: x\r\n---\r\nuser:\r\nhi\r\n"))
    assert (unix.data, unix.body, unix.lines) == (windows.data, windows.body, windows.lines)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("---\nname: x\n", 1, "not closed"),
        ("---\nname: [x\n---\n", 2, "not YAML"),
        ("---\nname: x\nname: y\n---\n", 3, "'name' is given twice"),
        ("---\nname: x\nmodel:\n  id: a\n  id: b\n---\n", 5, "'id' is given twice"),
        ("---\n- a\n---\n", 2, "table"),
        ("---\n1: x\n---\n", 2, "not a text key"),
        ("---\nname: &a x\ndescription: *a\n---\n", 2, "aliases"),
        ("---\nname: !!python/object:os.system x\n---\n", 2, "not YAML"),
        ("---\nname: \x07\n---\n", 2, "not YAML"),
        ("---\nwhen: 2024-13-45\n---\n", 2, "not YAML"),
        (f"---\nname: {'[' * 20_000}\n---\n", 2, "too deeply"),
        (b"---\nname: x\n---\nuser:\ncaf\xe9", 5, "not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, said: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(PromptError) as caught:
        read_prompt_file(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert said in caught.value.message
    assert "\n" not in str(caught.value)


def test_aliases_that_would_grow_without_bound_are_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    with pytest.raises(PromptError, match="aliases"):
        read_prompt_file(write(tmp_path, f"---\n{bomb}---\n"))


def test_a_missing_file_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no prompt file"):
        read_prompt_file(tmp_path / "none.prompty")
    with pytest.raises(PromptError, match="cannot be read"):
        read_prompt_file(tmp_path)
    with pytest.raises(PromptError, match="longer than"):
        read_prompt_file(write(tmp_path, "x" * (MAX_BYTES + 1)))
