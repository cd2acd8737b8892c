from __future__ import annotations

import pytest

from chatbot.errors import UsageError
from chatbot.evaluation.scoring.sources import Source, read_sources
from chatbot.messages import Citation, Passage


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ("a.md", (Source("a.md"),)),
        (["a.md", {"source": "b.md", "quote": "so it is"}], (Source("a.md"), Source("b.md", "so it is"))),
        ("", ()),
        (None, ()),
    ],
)
def test_sources_are_documents_or_passages_of_them(value: object, sources: tuple[Source, ...]) -> None:
    assert read_sources(value) == sources


@pytest.mark.parametrize("value", [3, [""], [{"quote": "x"}], [{"source": "a", "page": 3}]])
def test_what_names_no_source_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="is no source"):
        read_sources(value)


@pytest.mark.parametrize(("quote", "held"), [("", True), ("two  THREE", True), ("three two", False)])
def test_a_passage_holds_a_quotation_whatever_its_white_space_and_case(quote: str, held: bool) -> None:
    passage = Passage("One two\nthree four", 0, 18, 1, path="a.md")

    assert Source("a.md", quote).is_held_by(passage) == held
    assert not Source("b.md", quote).is_held_by(passage)


@pytest.mark.parametrize(
    ("quote", "cited"), [("", True), ("so it is", True), ("and so it is today", True), ("no", False)]
)
def test_a_citation_quotes_a_source_in_part_or_with_more(quote: str, cited: bool) -> None:
    assert Source("a.md", quote).is_cited_by(Citation(1, "So it  is today", 0, 15, 1, path="a.md")) == cited
