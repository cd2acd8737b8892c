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


def drawn(text: str) -> str:
    """What is left on the screen, without the spaces that fill it up."""
    out = io.StringIO()
    with MarkdownStream(Console(file=out, width=100, force_terminal=False)) as stream:
        stream.feed(text)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [our shop](https://shop.example/a?b=c).", "See our shop (https://shop.example/a?b=c)."),
        ('[shop](https://evil.example "our shop")', 'shop (https://evil.example "our shop")'),
        ("![a chart](https://evil.example/x.png?q=secret)", "a chart (https://evil.example/x.png?q=secret)"),
        ("[![logo](http://a.example/l.png)](http://b.example)", "logo (http://a.example/l.png) (http://b.example)"),
        ("<https://shop.example/x>", "https://shop.example/x"),
        ("<http://x.example/%1b%5d0;owned%1b%5c>", "http://x.example/%1b%5d0;owned%1b%5c"),
        ("[a](http://x.example/%E2%80%AE)", "a (http://x.example/%E2%80%AE)"),
        ("pay &#x202e;001 &ZeroWidthSpace;now", "pay ⟨U+202E⟩001 ⟨U+200B⟩now"),
        ("a `List<String>` and a Map<K, V> <!-- psst -->", "a List<String> and a Map<K, V> <!-- psst -->"),
        ("[shop]: https://shop.example", "[shop]: https://shop.example"),
        ("\x1b]8;;https://evil.example\x1b\\shop\x1b]8;;\x1b\\", "␛]8;;https://evil.example␛\\shop␛]8;;␛\\"),
    ],
)
def test_links_show_where_they_lead_and_nothing_hides(text: str, shown: str) -> None:
    assert drawn(text) == shown
