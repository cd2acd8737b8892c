"""Fenced blocks are found whole, by language."""

from __future__ import annotations

from chatbot.prompting.fences import Block, blocks


def test_blocks_are_found_with_their_languages() -> None:
    text = "```py\na\n\nb\n```\ntext\n~~~\n```\n~~~\n"
    assert blocks(text) == [Block("python", "a\n\nb"), Block("", "```")]


def test_a_longer_fence_holds_shorter_ones_and_one_that_is_cut_off_is_none() -> None:
    assert blocks("````\n```\nx\n```\n````\n```python\nprint(") == [Block("", "```\nx\n```")]
