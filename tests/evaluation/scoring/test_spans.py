from __future__ import annotations

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, gold_and_other, rows, said, score, scorer, worth

from chatbot.evaluation.records import Item
from chatbot.evaluation.scoring.spans import exact_match, normalised, word_f1
from chatbot.messages import Citation

words = st.lists(
    st.sampled_from(["the", "a", "An", "cat", "Cat.", "sat", "1,000", "(on)", "mat", "mat-like"]), max_size=8
)


def reference_normal(text: str) -> str:
    """Written after the description in the paper, one step at a time."""
    lower = text.lower()
    kept = [character for character in lower if character not in set(string.punctuation)]
    without = re.sub(r"\b(a|an|the)\b", " ", "".join(kept))
    return " ".join(without.split())


def reference_f1(answer: str, gold: str) -> float:
    said, wanted = reference_normal(answer).split(), reference_normal(gold).split()
    if not said or not wanted:
        return 1.0 if said == wanted else 0.0
    left, same = Counter(wanted), 0
    for word in said:
        if left[word] > 0:
            left[word] -= 1
            same += 1
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


@given(words, words)
def test_f1_and_em_are_those_of_the_reference(answer: list[str], gold: list[str]) -> None:
    said, wanted = " ".join(answer), " ".join(gold)

    assert word_f1(said, wanted) == pytest.approx(reference_f1(said, wanted), abs=1e-12)
    assert exact_match(said, wanted) == float(reference_normal(said) == reference_normal(wanted))


@given(any_text, any_text)
def test_any_text_has_measures_from_0_to_1_that_do_not_depend_on_which_is_the_gold(one: str, other: str) -> None:
    assert normalised(one) == reference_normal(one)
    assert 0 <= word_f1(one, other) == word_f1(other, one) <= 1
    assert word_f1(one, one) == exact_match(one, one) == 1
    assert exact_match(one, other) <= word_f1(one, other)


@pytest.mark.parametrize(
    ("answer", "golds", "f1", "em"),
    [
        ("the Denver Broncos", ["Denver Broncos"], 1, 1),
        ("Denver Broncos!", ["denver broncos"], 1, 1),
        ("Denver", ["Denver Broncos"], 2 / 3, 0),
        ("Denver", ["Carolina", "Denver Broncos", "Broncos"], 2 / 3, 0),
        ("Carolina", ["Denver Broncos"], 0, 0),
        ("cat cat", ["cat"], 2 / 3, 0),
        ("", ["cat"], "no_answer", "no_answer"),
        ("cat", [], "unscored", "unscored"),
    ],
)
def test_the_best_of_several_golds_counts(answer: str, golds: list[str], f1: object, em: object) -> None:
    assert worth(score("{kind: span_f1}", answer, answers=golds)) == pytest.approx(f1)
    assert worth(score("{kind: span_em}", answer, answers=golds)) == em
    assert worth(score("{kind: span_f1}", answer, answers=golds[::-1])) == pytest.approx(f1)


def test_markers_of_citations_are_no_words_of_the_answer() -> None:
    cited = said("Denver Broncos [1][2]", citations=(Citation(1, "…", 0, 1, 1),))

    assert score("{kind: span_em}", cited, answers=["Denver Broncos"]).value == 1
    assert score("{kind: span_em}", "apollo [11]", answers=["Apollo 11"]).value == 1


def test_the_whole_reply_is_scored_where_the_entry_says_so() -> None:
    assert worth(score("{kind: span_em, of: text}", said("Denver", answer=None), answers=["Denver"])) == 1
    assert worth(score("{kind: span_em}", said("Denver", answer=None), answers=["Denver"])) == "no_answer"


def test_golds_of_xquad_score_1_and_those_of_other_questions_less() -> None:
    questions = rows("xquad_en/questions.jsonl")
    items = [Item(str(row["id"]), row) for row in questions]
    answers = [said(str(row["answers"][0])) for row in questions]  # type: ignore[index]
    for kind in ("span_f1", "span_em"):
        own, other = gold_and_other(scorer(f"{{kind: {kind}}}", fields=questions[0]), items, answers)
        assert own == 1
        assert other > 0.99
