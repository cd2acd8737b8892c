"""Passages that grow to what surrounds them: exact slices still, of one section where it fits, and never twice."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from words import Words

from chatbot import Knowledge
from chatbot.messages import Evidence, Passage
from chatbot.retrieval.cite import resolve
from chatbot.retrieval.expand import expanded
from chatbot.retrieval.search import Ranking

SENTENCE = "Parcels to {0} take {1} days and are handed over to the neighbours where nobody is at home."
PAGE = "\n\n".join(
    [
        "# Shipping",
        "Everything leaves the house within a day.",
        "## Europe",
        *(
            SENTENCE.format(country, n + 2)
            for n, country in enumerate(("France", "Norway", "Spain", "Italy", "Greece", "Poland"))
        ),
        "## Overseas",
        *(SENTENCE.format(country, n + 9) for n, country in enumerate(("Japan", "Peru", "Kenya", "Chile"))),
        "# Returns",
        "Goods can be sent back within a month, worn or not, if they are clean and the tag is on them."
        + " Money follows." * 9,
    ]
)


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    """Chunks of two or three sentences: the embedder reads 64 tokens."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(PAGE, encoding="utf-8")
    return Knowledge(tmp_path / "docs", index=tmp_path / "index.db", embedder=Words())


CHUNKS = Ranking(varied=False)
"""Each chunk by itself, as it was found."""


def best(knowledge: Knowledge, expand: int, question: str = "How long do parcels to Norway take?") -> Passage:
    return knowledge.search(question, 1, ranking=CHUNKS, expand=expand)[0]


def test_a_passage_grows_to_the_widest_part_that_fits(knowledge: Knowledge) -> None:
    found, section, part, whole = (best(knowledge, tokens) for tokens in (0, 210, 370, 1000))

    assert "Norway" in found.text and "Poland" not in found.text
    assert section.text.startswith("## Europe") and section.text.endswith(SENTENCE.format("Poland", 7))
    assert part.text.startswith("# Shipping") and part.text.endswith(SENTENCE.format("Chile", 12))
    assert whole.text == PAGE
    assert [each.heading for each in (section, part, whole)] == [("Shipping", "Europe"), ("Shipping",), ()]
    assert [each.score for each in (section, part, whole)] == [found.score] * 3


def test_a_chunk_of_a_section_that_does_not_fit_grows_by_its_neighbours(knowledge: Knowledge) -> None:
    found, grown = best(knowledge, 0), best(knowledge, 150)

    assert found.text in grown.text and len(grown.text) > len(found.text)
    assert "Overseas" not in grown.text and "Everything" not in grown.text


def test_what_another_passage_has_taken_in_is_not_shown_again(knowledge: Knowledge) -> None:
    assert len(knowledge.search("parcels take days", 9, ranking=CHUNKS)) > 3
    assert [passage.text for passage in knowledge.search("parcels take days", 9, expand=1000)] == [PAGE]


def test_a_quotation_of_a_grown_passage_stands_at_its_line(knowledge: Knowledge) -> None:
    said = SENTENCE.format("Spain", 4)

    _, [citation] = resolve(f"{said} [1]", [Evidence(1, best(knowledge, 370))], stale=lambda _: False)

    assert citation.quote == said == PAGE[citation.start : citation.end]
    assert PAGE.splitlines()[citation.line - 1] == said


TEXTS = st.lists(
    st.sampled_from(["# A", "## B", "## C", "# D", "cats sleep", "dogs bark at cats", "x" * 90]), max_size=40
)


@settings(max_examples=30, deadline=None)
@given(TEXTS.map("\n\n".join), st.integers(1, 400))
def test_any_grown_passages_are_slices_that_fit_and_do_not_overlap(text: str, tokens: int) -> None:
    knowledge = Knowledge.from_records([{"id": "a", "text": text}], embedder=Words())

    chunks, grown = (knowledge.search("cats sleep", 50, ranking=CHUNKS, expand=expand) for expand in (0, tokens))

    assert all(text[passage.start : passage.end] == passage.text for passage in grown)
    assert all(len(p.text) <= 3 * tokens or p.text in {chunk.text for chunk in chunks} for p in grown)
    ends = sorted((passage.start, passage.end) for passage in grown)
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))


def test_a_document_that_is_gone_leaves_its_passage_as_it_was() -> None:
    passage = Passage("Cats sleep.", 0, 11, 1)

    assert expanded([(1, passage)], 100, lambda chunk, reach: None) == [passage]
