from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.records import Score
from chatbot.evaluation.scoring.classes import confusion, macro_f1

labels = st.sampled_from("abcd")
pairs = st.lists(st.tuples(labels, labels | st.none()), max_size=40)


def made(pairs: list[tuple[str, str | None]]) -> list[Score]:
    return [
        Score("no_answer", details={"expected": gold, "answer": None})
        if answer is None
        else Score("scored", float(gold == answer), details={"expected": gold, "answer": answer})
        for gold, answer in pairs
    ]


def by_precision_and_recall(pairs: list[tuple[str, str | None]]) -> float:
    """The definition, the long way round."""
    names = {gold for gold, _ in pairs} | {answer for _, answer in pairs if answer}
    total = 0.0
    for name in names:
        answered = [gold == name for gold, answer in pairs if answer == name]
        expected = [answer == name for gold, answer in pairs if gold == name]
        precision = sum(answered) / len(answered) if answered else 0.0
        recall = sum(expected) / len(expected) if expected else 0.0
        total += 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return total / len(names)


@given(pairs.filter(bool))
def test_macro_f1_is_the_mean_of_the_labels_f1(pairs: list[tuple[str, str | None]]) -> None:
    assert macro_f1(made(pairs)) == pytest.approx(by_precision_and_recall(pairs), abs=1e-12)


def test_a_rare_label_weighs_as_much_as_a_common_one() -> None:
    found = macro_f1(made([("a", "a")] * 98 + [("b", "a")] * 2))

    assert found == pytest.approx((2 * 98 / (98 + 100)) / 2)


def test_scores_without_labels_do_not_count() -> None:
    others = [Score("error"), Score("refused"), Score("unscored"), Score("scored", 1.0)]

    assert macro_f1(others) is None
    assert macro_f1([*others, *made([("a", "a")])]) == 1


def test_the_confusion_counts_every_pair() -> None:
    every = list(product("ab", ["a", "b", None]))

    assert confusion(made([*every, ("a", None)])) == {**dict.fromkeys(every, 1), ("a", None): 2}
