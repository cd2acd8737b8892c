from __future__ import annotations

import re
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Chatbot, Knowledge, sentences
from chatbot.messages import Evidence, Passage
from chatbot.retrieval.cite import MarkerFilter, clean, mentioned, resolve
from chatbot.workspace import find_workspace

KNOWN = {1, 2, 3, 12}

PAGE = "# Returns\n\nGoods can be returned within 30 days. The customer pays the postage.\n\nRefunds take a week.\n"


def evidence(number: int, text: str, start: int = 0) -> Evidence:
    """A passage that begins at offset `start`, on line 5, of its document."""
    return Evidence(number, Passage(text, start, start + len(text), 5, path="returns.md"))


def current(_: Passage) -> bool:
    return False


# --- markers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Thirty days [1].", "Thirty days [1]."),
        ("Thirty days [1][2].", "Thirty days [1][2]."),
        ("Thirty days [1, 2].", "Thirty days [1][2]."),
        ("Thirty days [1;3].", "Thirty days [1][3]."),
        ("Thirty days [1-3].", "Thirty days [1][2][3]."),
        ("Thirty days [ 2 ].", "Thirty days [2]."),
        ("Thirty days 【2】.", "Thirty days [2]."),
        ("Thirty days [12].", "Thirty days [12]."),
        ("Thirty days [7].", "Thirty days."),
        ("Thirty days [1, 7].", "Thirty days [1]."),
        ("Thirty days [7][8] or so.", "Thirty days or so."),
        ("A [link](page.md) and [1](page.md).", "A [link](page.md) and [1](page.md)."),
        ("Take `items[7]` first [7].", "Take `items[7]` first."),
        ("```python\nitems[7]\n```\n\nDone [7].", "```python\nitems[7]\n```\n\nDone."),
        ("Take a[0], x_i[7], rows[0][7] and self.rows[7].", "Take a[0], x_i[7], rows[0][7] and self.rows[7]."),
        ("Vitamin C[1], days[2][7] and e.g.[7].", "Vitamin C[1], days[2] and e.g.."),
        ("A lone ` tick.\n\nAnd [7] after it.", "A lone ` tick.\n\nAnd after it."),
        ("[not a number] [] [a1]", "[not a number] [] [a1]"),
        ("Thirty days [[1]], or [as it says [2]].", "Thirty days [1], or [as it says [2]]."),
        ("Made up [[7]1] of others [8 [7]].", "Made up1] of others [8 ."),
    ],
)
def test_markers_that_point_nowhere_go_and_nothing_else(written: str, shown: str) -> None:
    assert clean(written, KNOWN) == shown


PIECES = st.lists(
    st.sampled_from(
        [
            "[",
            "]",
            "1",
            "2",
            "7",
            "12",
            ",",
            "-",
            " ",
            "\n",
            "\n\n",
            "`",
            "```",
            "(",
            ")",
            "word",
            "【",
            "】",
            "é",
            "a",
            "x_i",
            ".b",
            "0",
            "[0]",
            "[1]",
            " [7]",
        ]
    ),
    max_size=40,
)


@given(PIECES, st.data())
def test_a_stream_shows_the_same_however_it_is_cut(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    borders = [0, *cuts, len(text)]
    stream = MarkerFilter(KNOWN)
    shown = "".join(stream.feed(text[a:b]) for a, b in pairwise(borders)) + stream.flush()
    assert shown == clean(text, KNOWN)


@given(PIECES)
def test_what_is_shown_mentions_only_what_is_known_and_is_clean(pieces: list[str]) -> None:
    shown = clean("".join(pieces), KNOWN)
    assert mentioned(shown) <= KNOWN
    assert clean(shown, KNOWN) == shown


@given(st.text())
def test_text_without_brackets_is_left_alone(text: str) -> None:
    plain = re.sub(r"[\[\]【】]", "", text)
    assert clean(plain, KNOWN) == plain


@pytest.mark.parametrize("unit", [" ", "\n", "`", "[", "[1", "[1,", "[7]", "a[0]", "a_"])
def test_long_texts_of_what_nearly_is_a_marker_come_to_an_end(unit: str) -> None:
    """Work that grows with the square of the length takes minutes here."""
    text = unit * (100_000 // len(unit)) + "x"
    assert len(clean(text, KNOWN)) <= len(text)


def test_a_stream_holds_back_no_more_than_the_beginning_of_a_marker() -> None:
    stream = MarkerFilter(KNOWN)
    assert stream.feed("Thirty days") == "Thirty days"
    assert stream.feed(" [") == ""
    assert stream.feed("1] and") == " [1] and"


# --- citations --------------------------------------------------------------------------------------------------------


def test_a_citation_quotes_the_sentence_that_the_answer_takes() -> None:
    document = "Before.\n" + PAGE
    text, (citation,) = resolve("The customer pays the postage. [1]", [evidence(1, PAGE, start=8)], stale=current)
    assert text == "The customer pays the postage. [1]"
    assert citation.quote == "The customer pays the postage."
    assert document[citation.start : citation.end] == citation.quote
    assert (citation.line, citation.path) == (7, "returns.md")


def test_a_citation_in_other_words_quotes_the_sentence_nearest_to_them() -> None:
    _, (citation,) = resolve("You get refunds after one week [1].", [evidence(1, PAGE)], stale=current)
    assert citation.quote == "Refunds take a week."


def test_two_markers_after_one_sentence_both_support_it() -> None:
    _, citations = resolve("Refunds take a week. [1][2]", [evidence(1, PAGE), evidence(2, PAGE)], stale=current)
    assert [(c.number, c.quote) for c in citations] == [(1, "Refunds take a week."), (2, "Refunds take a week.")]


def test_sentences_that_stand_in_a_row_are_one_quotation() -> None:
    both = "Goods can be returned within 30 days. The customer pays the postage."
    _, (citation,) = resolve(f"{both} [1]", [evidence(1, PAGE)], stale=current)
    assert citation.quote == both


def test_a_block_of_code_is_quoted_with_what_introduces_it() -> None:
    page = "Text.\n\nTo clear the screen:\n\n```python\nimport click\n\nclick.clear()\n```\n\nMore.\n"
    taken = page[page.index("To") : page.index("\n\nMore")]
    _, (citation,) = resolve(f"{taken}\n\n[1]", [evidence(1, page)], stale=current)
    assert citation.quote == taken.removesuffix("\n```")


def test_sentences_apart_are_not_joined_by_what_the_answer_leaves_out() -> None:
    _, (citation,) = resolve("Goods can be returned within 30 days. Refunds take a week. [1]", [evidence(1, PAGE)],
                             stale=current)  # fmt: skip
    assert citation.quote == "Goods can be returned within 30 days."


def test_a_changed_document_is_marked() -> None:
    _, (citation,) = resolve("Refunds take a week. [1]", [evidence(1, PAGE)], stale=lambda _: True)
    assert citation.stale


@given(st.text(min_size=1, max_size=200), st.text(max_size=100), st.integers(0, 50))
def test_a_citation_quotes_its_document_exactly(passage: str, claim: str, start: int) -> None:
    document = "x" * start + passage
    _, citations = resolve(f"{claim}. [1]", [evidence(1, passage, start)], stale=current)
    assert all(document[citation.start : citation.end] == citation.quote for citation in citations)


@pytest.mark.parametrize("every", [pytest.param(8, id="25"), pytest.param(1, id="200", marks=pytest.mark.slow)])
def test_every_citation_of_an_answer_quotes_its_document_exactly(starter: Path, every: int) -> None:
    """Questions are made of the handbook's own sentences; the documents are read from disk, not from the index."""
    workspace = find_workspace(starter)
    pages = {page.name: page.read_text(encoding="utf-8") for page in sorted(workspace.knowledge.glob("*.md"))}
    asked = [
        f"Is it so that {page[start:end].rstrip('.')}?"
        for page in pages.values()
        for start, end in sentences.spans(page)[2:80:4]
        if 40 <= end - start <= 160
    ][:200:every]
    with closing(Knowledge(workspace.knowledge, index=workspace.index_of(workspace.knowledge))) as knowledge:
        bot = Chatbot("extractive", knowledge=knowledge, durable=False)
        answers = [bot.conversation().ask(question) for question in asked]
    citations = [citation for answer in answers for citation in answer.citations]
    assert len(answers) == 200 // every
    assert len(citations) >= len(answers)
    for citation in citations:
        assert pages[citation.path or ""][citation.start : citation.end] == citation.quote


def test_a_place_that_is_cited_again_and_again_is_looked_at_once() -> None:
    looked: list[Passage] = []

    def stale(passage: Passage) -> bool:
        looked.append(passage)
        return False

    text = "Goods can be returned within 30 days." + "[1]" * 500 + " " + "Refunds take a week. [1] " * 500
    _, citations = resolve(text, [evidence(1, PAGE)], stale=stale)
    assert [each.quote for each in citations] == ["Goods can be returned within 30 days.", "Refunds take a week."]
    assert len(looked) == 2
