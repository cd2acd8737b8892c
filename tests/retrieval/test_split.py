"""Chunks: exact, complete, in order, inside the window, along the structure of the text."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatbot.retrieval.embed_tokens import packaged_tokens
from chatbot.retrieval.formats import source_code
from chatbot.retrieval.split import CHARACTERS_PER_TOKEN, Chunk, split

CLICK = Path(__file__).parents[2] / "../shared/data/click_docs"
WINDOW = 254


def chunks_of(text: str, *, window: int = WINDOW, title: str = "") -> list[Chunk]:
    return split(text, window=window, token_starts=packaged_tokens().starts, title=title)


def texts_of(text: str, *, window: int = WINDOW, title: str = "") -> list[str]:
    return [text[chunk.start : chunk.end] for chunk in chunks_of(text, window=window, title=title)]


def assert_sound(text: str, chunks: list[Chunk], window: int) -> None:
    spans = [(chunk.start, chunk.end) for chunk in chunks]
    assert all(start < end for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    outside = [text[a:b] for a, b in pairwise([0, *(at for span in spans for at in span), len(text)])][::2]
    assert not "".join(outside).strip(), "a character is in no chunk"
    sizes = packaged_tokens().count([chunk.searched(text) for chunk in chunks])
    assert max(sizes, default=0) <= window
    assert all(end - start <= window * CHARACTERS_PER_TOKEN for start, end in spans)
    for chunk in chunks:
        before = text[: chunk.start].replace("\r\n", "\n").replace("\r", "\n")
        assert chunk.line == before.count("\n") + 1


PARAGRAPH = st.text(st.sampled_from("ab é漢。.,!?-_'\t ½€🙂ﬁ\u0301\u200d\u3000"), max_size=80)
LONG_WORD = st.integers(50, 400).map(lambda length: "xyz" * length)
MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(["# Heading", "## Sub", "```", "| a | b |", "- item", "---", "", "\r", "1. one", "\ufeff"]),
        PARAGRAPH,
        LONG_WORD,
        st.integers(1, 120).map(lambda count: "word, " * count),
    ),
    max_size=25,
).map("\n".join)


@settings(deadline=None)
@given(MARKDOWN, st.sampled_from([16, 40, WINDOW]), st.sampled_from(["", "Title", "A very long title " * 40]))
@example("# " + "Heading " * 300 + "\n\ntext", 40, "")
@example("x" * 3000 + " " + "word " * 300, WINDOW, "T")
def test_every_character_lies_in_one_chunk_that_fits_the_window(text: str, window: int, title: str) -> None:
    assert_sound(text, chunks_of(text, window=window, title=title), window)


def test_text_that_is_not_valid_unicode_is_split_too() -> None:
    text = "\ud800 \0 \u2028 \x85 a"

    assert texts_of(text) == [text]


def test_real_documentation_is_split_soundly() -> None:
    if not CLICK.is_dir():
        pytest.skip("../shared/data is not here")
    for page in sorted(CLICK.glob("*.md")):
        text = page.read_bytes().decode()
        assert_sound(text, chunks_of(text, title=page.stem), WINDOW)


def test_small_paragraphs_share_a_chunk_and_sections_do_not() -> None:
    text = "# A\n\nOne.\n\nTwo.\n\n# B\n\nThree.\n"

    assert texts_of(text) == ["# A\n\nOne.\n\nTwo.", "# B\n\nThree."]
    assert [chunk.heading for chunk in chunks_of(text)] == [("A",), ("B",)]
    assert [chunk.line for chunk in chunks_of(text)] == [1, 7]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = " ".join(f"This is sentence number {number} of a long paragraph." for number in range(100))

    parts = texts_of(text)

    assert len(parts) > 3
    assert all(part.startswith("This is") and part.endswith(".") for part in parts)


def test_list_items_keep_their_markers() -> None:
    text = "\n".join(f"{number}. Item number {number} of a rather long list of things" for number in range(1, 80))

    assert all(part[0].isdigit() for part in texts_of(text))


def fits(text: str, window: int) -> bool:
    return packaged_tokens().count([text])[0] <= window - min(32, window // 4)


CODE = st.integers(1, 12).map(lambda lines: "```python\n" + "\n\n".join(["call(argument)"] * lines) + "\n```")
TABLE = st.integers(1, 8).map(lambda rows: "\n".join(["| one cell | another cell |"] * rows))
PROSE = st.integers(1, 40).map(lambda words: "Some words of prose. " * words)


@settings(deadline=None)
@given(st.lists(st.one_of(CODE, TABLE, PROSE, st.just("# Heading")), min_size=1, max_size=8))
def test_code_and_tables_that_fit_are_never_cut_and_rows_never(parts: list[str]) -> None:
    text, window = "\n\n".join(parts), 80
    chunks = [text[chunk.start : chunk.end] for chunk in chunks_of(text, window=window)]

    for part in parts:
        if part.startswith(("```", "|")) and fits(part, window):
            assert sum(part in chunk for chunk in chunks) >= 1
    for chunk in chunks:
        assert all(line.endswith("|") for line in chunk.splitlines() if line.startswith("|"))
        assert all(line == "call(argument)" for line in chunk.splitlines() if "call" in line)


HEADED = st.tuples(st.integers(1, 12), st.integers(0, 40)).map(
    lambda size: "\n".join(
        [f"{'| column ' * size[0]}|", f"{'|---' * size[0]}|", *[f"{'| cell ' * size[0]}|"] * size[1]]
    )
)


@settings(deadline=None)
@given(st.lists(st.one_of(HEADED, PROSE), min_size=1, max_size=3), st.sampled_from([40, 80, WINDOW]))
def test_every_piece_of_a_table_is_embedded_with_its_header_within_the_window(parts: list[str], window: int) -> None:
    text = "\n\n".join(parts)
    chunks = chunks_of(text, window=window, title="Prices")

    assert_sound(text, chunks, window)
    for chunk in chunks:
        if text[chunk.start : chunk.end].startswith("| cell"):
            assert "\n| column" in chunk.searched(text)
            assert "column" not in text[chunk.start : chunk.end]


def code_chunks(code: str) -> list[tuple[str, str]]:
    found = source_code.convert(code.encode(), "python")
    chunks = split(code, window=WINDOW, token_starts=packaged_tokens().starts, title="shop", places=found.anchors)
    assert_sound(code, chunks, WINDOW)
    return [(chunk.lead, code[chunk.start : chunk.end].split("\n")[0].strip()) for chunk in chunks]


def test_code_is_split_at_functions_and_comments_are_no_headings() -> None:
    body = "        # a comment\n" + "        call(argument)\n" * 9

    code = f"# Imports\nimport os\n\n\ndef first():\n{body}\n\nclass Shop:\n    def order(self):\n{body}"

    assert code_chunks(code) == [
        ("shop", "# Imports"),
        ("shop > first", "def first():"),
        ("shop > Shop", "class Shop:"),
        ("shop > Shop > order", "def order(self):"),
    ]


def test_functions_of_a_few_lines_stand_together() -> None:
    methods = "".join(f"    def method{number}(self):\n        return {number}\n\n" for number in range(3))

    assert code_chunks(f"class Shop:\n{methods}") == [("shop > Shop", "class Shop:")]


def test_a_long_function_is_cut_between_lines() -> None:
    code = "def long():\n" + "".join(f"    call_number_{number}(argument)\n" for number in range(200))
    found = source_code.convert(code.encode(), "python")

    for chunk in split(code, window=WINDOW, token_starts=packaged_tokens().starts, places=found.anchors):
        assert code[chunk.start : chunk.end].endswith((")", ":"))
        assert chunk.heading == ("long",)


def test_a_heading_is_not_parted_from_its_text() -> None:
    text = "# Heading\n\n" + "A sentence that says something. " * 100

    assert texts_of(text)[0].startswith("# Heading\n\nA sentence")


def test_what_is_searched_begins_with_title_and_headings_once() -> None:
    (chunk,) = chunks_of("# A\n\n## B\n\ntext", title="A")

    assert chunk.searched("# A\n\n## B\n\ntext") == "A > B\n# A\n\n## B\n\ntext"


def test_of_long_headings_the_nearest_is_kept() -> None:
    text = "# " + "far " * 40 + "\n\n## near\n\ntext"

    assert chunks_of(text)[0].lead == "near"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 300_000,
        "漢" * 50_000,
        "a/b." * 30_000,
        "# Heading\n" * 20_000,
        "# H\n\nt\n\n" * 5_000,
        "a\n---\n" * 20_000,
        "```\n" * 20_001,
        "# " * 100_000,
        "| a |\n" * 20_000,
        "- a\n" * 20_000,
        "\n" * 200_000,
        "---\n" * 20_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_text_that_is_no_prose_is_split_too(text: str) -> None:
    chunks = chunks_of(text)

    assert "".join("".join(text[chunk.start : chunk.end].split()) for chunk in chunks) == "".join(text.split())


def test_a_label_before_a_heading_is_in_the_passage_that_it_opens() -> None:
    text = "(commands)=\n\n# Commands\n\n(labels)\n\n## Options\n\n(more)=\n\n## Groups\n\nA group holds commands."

    assert [(text[each.start : each.end].split("\n")[0], each.heading) for each in chunks_of(text)] == [
        ("(commands)=", ("Commands", "Options")),
        ("## Groups", ("Commands", "Groups")),
    ]


def test_a_brief_section_beside_others_stands_for_itself() -> None:
    chunks = chunks_of("# Notes\n\n## Licence\n\nMIT.\n\n## Thanks\n\nTo all.")

    assert [each.heading for each in chunks] == [("Notes", "Licence"), ("Notes", "Thanks")]


def test_an_opening_of_a_sentence_is_a_passage() -> None:
    text = "# Notes\n\nRead them first.\n\n## Keys\n\nThe box."

    assert [each.heading for each in chunks_of(text)] == [("Notes",), ("Notes", "Keys")]
