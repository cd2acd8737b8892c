import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from chatbot.cli.markdown import MarkdownStream, split_blocks


@given(st.text(alphabet="a `~\n#-"))
def test_blocks_and_rest_lose_nothing_but_space(text: str) -> None:
    blocks, rest = split_blocks(text)

    assert "".join("".join([*blocks, rest]).split()) == "".join(text.split())


def test_a_code_fence_is_one_block_whatever_blank_lines_it_holds() -> None:
    blocks, rest = split_blocks("before\n\n```python\na = 1\n\nb = 2\n```\n\nafter")

    assert blocks == ["before\n\n", "```python\na = 1\n\nb = 2\n```\n\n"]
    assert rest == "after"


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_is_left_on_the_screen_does_not_depend_on_how_the_text_was_split(size: int) -> None:
    text = "# A title\n\nSome **bold** words.\n\n- one\n- two\n\n```\ncode\n\nmore\n```\n\nThe end."
    out = io.StringIO()
    console = Console(file=out, width=60, force_terminal=False)

    with MarkdownStream(console) as stream:
        for start in range(0, len(text), size):
            stream.feed(text[start : start + size])

    lines = [line.strip() for line in out.getvalue().splitlines() if line.strip()]
    assert [line for line in lines if "A title" not in line] == [
        "Some bold words.",
        "• one",
        "• two",
        "code",
        "more",
        "The end.",
    ]


def test_one_blank_line_stands_between_blocks_of_every_kind() -> None:
    out = io.StringIO()
    with MarkdownStream(Console(file=out, width=60, force_terminal=False)) as stream:
        stream.feed(
            "Words.\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\n> quoted\n\nThe end."
        )

    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines[0] and lines[-1]
    assert ("", "") not in pairwise(lines)
    assert lines.count("") == 5
