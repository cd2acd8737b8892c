from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, said, score, scorer, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Response
from chatbot.messages import Citation, Evidence, Passage
from chatbot.retrieval.cite import resolve

RETURNS = "You can return goods within 30 days. The buyer pays for the parcel. Refunds take five days."


def cite(number: int, path: str, quote: str = "A sentence.") -> Citation:
    return Citation(number, quote, 0, len(quote), 1, path=path)


def citing(*paths: str) -> Response:
    return said("x", citations=tuple(cite(number, path) for number, path in enumerate(paths, 1)))


@pytest.mark.parametrize(
    ("cited", "sources", "precision", "recall", "f1"),
    [
        (["a.md"], ["a.md"], 1, 1, 1),
        (["a.md"], "a.md", 1, 1, 1),
        (["a.md", "a.md"], ["a.md"], 1, 1, 1),
        (["a.md", "b.md"], ["a.md"], 0.5, 1, 2 / 3),
        (["a.md"], ["a.md", "b.md"], 1, 0.5, 2 / 3),
        (["b.md", "a.md"], ["a.md", "b.md"], 1, 1, 1),
        (["c.md"], ["a.md"], 0, 0, 0),
        ([], ["a.md"], 0, 0, 0),
        ([], [], 1, 1, 1),
        (["a.md"], [], 0, 0, 0),
        (["a.md"], [{"source": "a.md", "quote": "sentence"}], 1, 1, 1),
        (["a.md"], [{"source": "a.md", "quote": "Before it. A  SENTENCE. And more."}], 1, 1, 1),
        (["a.md"], [{"source": "a.md", "quote": "Another one."}], 0, 0, 0),
        (["a.md"], [{"source": "b.md", "quote": "sentence"}], 0, 0, 0),
    ],
)
def test_citations_are_right_where_they_are_of_the_sources(
    cited: list[str], sources: object, precision: float, recall: float, f1: float
) -> None:
    found = score("{kind: citations}", citing(*cited), sources=sources)

    assert found.value == pytest.approx(f1)
    assert found.details == pytest.approx({"precision": precision, "recall": recall, "f1": f1})
    assert worth(score("{kind: citations, measure: recall}", citing(*cited), sources=sources)) == pytest.approx(recall)


def test_what_is_missing_and_what_is_wrong_is_told() -> None:
    assert score("{kind: citations}", citing("c.md"), sources=["a.md"]).reason == "not cited: a.md; wrong: c.md:1"


@given(st.lists(st.sampled_from("abc"), max_size=5), st.lists(st.sampled_from("abc"), max_size=4))
def test_the_order_of_citations_and_sources_does_not_matter(cited: list[str], sources: list[str]) -> None:
    one = score("{kind: citations}", citing(*cited), sources=sources)
    other = score("{kind: citations}", citing(*cited[::-1]), sources=sources[::-1])

    assert one.value == other.value
    assert one.value is not None and 0 <= one.value <= 1


@pytest.mark.parametrize("sources", [[3], [{"path": "a.md"}], [{"source": "a.md", "line": 3}], [""]])
def test_what_names_no_source_is_refused(sources: object) -> None:
    assert worth(score("{kind: citations}", citing("a.md"), sources=sources)) == "unscored"
    with pytest.raises(PromptError, match=r"suite\.yaml:3: .* is no source"):
        scorer(f"{{kind: citations, sources: {sources}}}".replace("'", '"'))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("You can return goods within 30 days [1].", 1),
        ("You can return goods within 30 days. [1]", 1),
        ("You can return goods within 30 days [1]. The buyer pays for the parcel [1].", 1),
        ("Goods can be returned within 30 days [1].", 1),
        ("Goods can be returned within 30 days [1]. Shipping is always free.", 0.5),
        ("Our shop was founded in Berlin by two sisters [1].", 0),
        ("You can return goods within 30 days.", 0),
        ("You can return goods within 30 days. The buyer pays for the parcel. [1][2]", 1),
        ("Within 30 days you can return goods. Refunds take five days. [1][2]", 0.5),  # only the second is quoted
        ("- You can return goods within 30 days. [1]\n- Refunds take five days. [1]\n", 1),
        ("", "no_answer"),
        ("# Only a heading", "no_answer"),
    ],
)
def test_a_sentence_is_supported_by_the_quotes_that_are_cited_for_it(text: str, value: object) -> None:
    evidence = [Evidence(number, Passage(RETURNS, 0, len(RETURNS), 1, path="returns.md")) for number in (1, 2)]
    cleaned, citations = resolve(text, evidence, stale=lambda passage: False)

    assert worth(score("{kind: support}", said(cleaned, citations=citations))) == value


def test_unsupported_sentences_are_told_and_the_share_that_is_enough_can_be_set() -> None:
    half = said("Goods return, parcel free [1].", citations=(cite(1, "a.md", "Goods can be returned."),))

    assert worth(score("{kind: support}", half)) == 1
    found = score("{kind: support, least: 0.9}", half)
    assert worth(found) == 0
    assert found.details["unsupported"] == ["Goods return, parcel free."]


@given(any_text, st.lists(st.tuples(st.integers(0, 3), any_text), max_size=3))
def test_any_answer_has_a_share_from_0_to_1_or_none(text: str, quotes: list[tuple[int, str]]) -> None:
    citations = tuple(cite(number, "a.md", quote) for number, quote in quotes)
    found = score("{kind: support}", said(text, citations=citations))

    assert found.status == "no_answer" or (found.value is not None and 0 <= found.value <= 1)
