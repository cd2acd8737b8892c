from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import said, score, scorer, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Response
from chatbot.evaluation.scoring.retrieved import measures
from chatbot.messages import Passage

names = st.sampled_from("abcdefgh")
rankings = st.lists(names, unique=True, max_size=8)
graded = st.dictionaries(names, st.integers(1, 4).map(float), min_size=1, max_size=6)


def retrieved(*sources: str) -> Response:
    return said("x", passages=tuple(Passage("text", at, at + 4, 1, path=name) for at, name in enumerate(sources)))


def ndcg_by_hand(found: list[str], grades: dict[str, float], k: int) -> float:
    """As scikit-learn's ndcg_score: linear gains over log2(rank + 1), against the ideal order."""
    gain = 0.0
    for position in range(min(k, len(found))):
        gain += grades.get(found[position], 0) / math.log2(position + 2)
    ideal = 0.0
    for position, grade in enumerate(sorted(grades.values())[::-1]):
        if position < k:
            ideal += grade / math.log2(position + 2)
    return gain / ideal


@given(rankings, graded, st.integers(1, 10))
def test_ndcg_is_that_of_the_formula(found: list[str], grades: dict[str, float], k: int) -> None:
    assert measures(found, grades, k)["ndcg"] == pytest.approx(ndcg_by_hand(found, grades, k), abs=1e-12)


@given(rankings, graded, st.integers(1, 10))
def test_measures_lie_between_0_and_1(found: list[str], grades: dict[str, float], k: int) -> None:
    values = measures(found, grades, k)

    assert all(0 <= value <= 1 + 1e-12 for value in values.values())
    assert (values["hit"] == 0) == (values["mrr"] == 0) == (values["ndcg"] == 0) == (values["recall"] == 0)


@given(graded)
def test_the_best_ranking_is_worth_1(grades: dict[str, float]) -> None:
    best = sorted(grades, key=lambda name: -grades[name])

    assert measures(best, grades, len(best)) == pytest.approx(dict.fromkeys(measures(best, grades, 1), 1))


def test_a_ranking_worked_out_by_hand() -> None:
    values = measures(["x", "b", "y", "a"], {"a": 3, "b": 1, "c": 2}, 4)

    assert values["ndcg"] == pytest.approx((1 / math.log2(3) + 3 / math.log2(5)) / (3 + 2 / math.log2(3) + 1 / 2))
    assert values["recall"] == pytest.approx(2 / 3)
    assert values["precision"] == 0.5
    assert values["mrr"] == 0.5
    assert values["hit"] == 1


@pytest.mark.parametrize(
    ("entry", "relevant", "value"),
    [
        ("{kind: retrieval, measure: recall, k: 1}", ["a", "b"], 0.5),
        ("{kind: retrieval, measure: recall}", ["a", "b"], 1),
        ("{kind: retrieval, measure: mrr}", "b", 0.5),
        ("{kind: retrieval, measure: hit, k: 1}", "b", 0),
        ("{kind: retrieval}", {"a": 2, "b": 1, "c": 0}, 1),
        ("{kind: retrieval}", {"c": 1}, 0),
        ("{kind: retrieval}", [], "unscored"),
        ("{kind: retrieval}", {"c": 0}, "unscored"),
        ("{kind: retrieval}", {"a": "much"}, "unscored"),
        ("{kind: retrieval}", None, "unscored"),
    ],
)
def test_documents_count_once_where_their_first_passage_stands(entry: str, relevant: object, value: object) -> None:
    assert worth(score(entry, retrieved("a", "a", "b", "a"), relevant=relevant)) == value


def test_finding_nothing_is_wrong_and_declining_changes_nothing() -> None:
    assert worth(score("{kind: retrieval}", retrieved(), relevant="a")) == 0
    assert worth(score("{kind: retrieval}", said("", declined=True), relevant="a")) == 0


def test_what_was_missed_is_told() -> None:
    assert score("{kind: retrieval, k: 2}", retrieved("a"), relevant=["a", "b"]).reason == "not among the first 2: b"


def test_a_mistake_is_told_with_its_line() -> None:
    for entry in ("{kind: retrieval, k: 0}", "{kind: retrieval, measure: map}", "{kind: retrieval, relevant: {a: x}}"):
        with pytest.raises(PromptError, match=r"suite\.yaml:3: "):
            scorer(entry)


def test_a_quotation_makes_the_passage_count_that_holds_it() -> None:
    texts = ("the wrong half", "The right\n half is here", "the right half again")
    found = said("x", passages=tuple(Passage(text, at, at + 9, 1, path="a.pdf") for at, text in enumerate(texts)))
    relevant = [{"source": "a.pdf", "quote": "the right half"}]

    assert worth(score("{kind: retrieval, measure: mrr}", found, relevant=relevant)) == 0.5
    assert worth(score("{kind: retrieval, measure: hit, k: 1}", found, relevant=relevant)) == 0
    missed = score("{kind: retrieval, k: 1}", found, relevant=relevant)
    assert missed.reason == "not among the first 1: a.pdf: the right half"
    elsewhere = [{"source": "b.pdf", "quote": "the right half"}]
    assert worth(score("{kind: retrieval}", found, relevant=elsewhere)) == 0
