"""The structure of Markdown: headings, blocks, code, tables, front matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.outline import sections


def outline(text: str) -> list[tuple[tuple[str, ...], list[str]]]:
    return [(section.heading, [text[b.start : b.end].strip() for b in section.blocks]) for section in sections(text)]


def test_a_section_knows_the_headings_above_it() -> None:
    text = "before\n\n# A\n\none\n\ntwo\n\n### C\n\nthree\n\n## B\n\nfour\n"

    assert outline(text) == [
        ((), ["before"]),
        (("A",), ["one", "two"]),
        (("A", "C"), ["three"]),
        (("A", "B"), ["four"]),
    ]


def test_headings_without_text_between_them_open_one_section() -> None:
    assert outline("# A\n\n## B\ntext") == [(("A", "B"), ["text"])]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("# Plain", "Plain"),
        ("#\tTab", "Tab"),
        ("   ## Indented ##  ", "Indented"),
        ("# C#", "C#"),
        ("\ufeff# After a byte order mark", "After a byte order mark"),
        ("Underlined\n===", "Underlined"),
        ("Also underlined\n-----", "Also underlined"),
    ],
)
def test_what_is_a_heading(line: str, name: str) -> None:
    assert outline(f"{line}\n\ntext") == [((name,), ["text"])]


@pytest.mark.parametrize(
    "line", ["#hashtag", "####### seven", "    # indented as code", "\t# as well", "a paragraph\nof two lines\n---"]
)
def test_what_is_none(line: str) -> None:
    assert outline(f"{line}\n\ntext")[0][0] == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_line_ends(end: str) -> None:
    assert outline(end.join(["# A", "", "one", "", "# B", "", "two", ""])) == [(("A",), ["one"]), (("B",), ["two"])]


@pytest.mark.parametrize(
    "code",
    [
        "```\n# no heading\n\n| no table\n```",
        "~~~ python\n```\n# no heading\n~~~",
        "````\n```\n# no heading\n```\n````",
        "  ```\n  # no heading\n  ```",
    ],
)
def test_code_is_one_block_whatever_it_holds(code: str) -> None:
    text = f"# A\n\nbefore\n{code}\nafter\n"

    (section,) = sections(text)

    assert outline(text) == [(("A",), ["before", code.strip(), "after"])]
    assert [block.rows for block in section.blocks] == [False, True, False]


def test_code_that_is_never_closed_lasts_to_the_end() -> None:
    assert outline("one\n\n```\ncode\n\n# still code\n") == [((), ["one", "```\ncode\n\n# still code"])]


def test_a_table_is_a_block_of_rows() -> None:
    (section,) = sections("A table:\n| a | b |\n|---|---|\n| 1 | 2 |\n\nafter")

    assert [block.rows for block in section.blocks] == [False, True, False]


@pytest.mark.parametrize("front", ["---\na: b\n\n# b: c\n---", "+++\ntitle = 'A'\n\n# b\n+++"], ids=["YAML", "TOML"])
def test_front_matter_is_no_heading(front: str) -> None:
    assert outline(f"{front}\n# B\n\ntext") == [
        ((), [front]),
        (("B",), ["text"]),
    ]


LINES = [
    "# H",
    "## H",
    "text",
    "",
    "  ",
    "```",
    "~~~",
    "````",
    "| a | b |",
    "---",
    "===",
    "- item",
    "\ufeff",
    "#",
    "\r",
]


@given(st.lists(st.sampled_from(LINES), max_size=30).map("\n".join))
def test_every_character_but_space_lies_in_one_block_or_heading(text: str) -> None:
    covered = [0] * len(text)
    found = sections(text)
    for section, following in zip(found, [*found[1:], None], strict=True):
        assert following is None or section.start <= following.start
        spans = [(section.start, section.opening), *((block.start, block.end) for block in section.blocks)]
        for start, end in spans:
            for at in range(start, end):
                covered[at] += 1

    assert all(count == 1 for count, character in zip(covered, text, strict=True) if not character.isspace())
