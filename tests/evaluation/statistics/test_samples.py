"""Chances over several samples: unbiased, where the usual plug-in is not."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.statistics.samples import majority_at_k, majority_curve, pass_all_k, pass_at_k

draws = st.integers(1, 9).flatmap(
    lambda n: st.tuples(st.lists(st.booleans(), min_size=n, max_size=n), st.integers(1, n))
)


@given(draws)
def test_they_are_the_shares_of_all_ways_to_choose(draw: tuple[list[bool], int]) -> None:
    samples, k = draw
    chosen = list(combinations(samples, k))
    n, right = len(samples), sum(samples)
    assert pass_at_k(n, right, k) == pytest.approx(sum(map(any, chosen)) / len(chosen))
    assert pass_all_k(n, right, k) == pytest.approx(sum(map(all, chosen)) / len(chosen))


def test_pass_at_k_is_unbiased_where_the_plug_in_is_not() -> None:
    right = np.random.default_rng(1).binomial(10, 0.2, 40_000)
    truth = 1 - 0.8**5
    assert np.mean([pass_at_k(10, int(c), 5) for c in right]) == pytest.approx(truth, abs=0.005)
    assert np.mean(1 - (1 - right / 10) ** 5) == pytest.approx(0.594, abs=0.005)


answers = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=8)


@given(answers, st.data())
def test_a_vote_of_one_is_the_share_of_right_samples_and_of_all_is_the_vote(
    given_answers: list[str | None], data: st.DataObject
) -> None:
    n = len(given_answers)
    assert majority_at_k(given_answers, "a", 1) == pytest.approx(given_answers.count("a") / n)
    counts = [given_answers.count(each) for each in "abc"]
    leaders = counts.count(max(counts))
    whole = 1 / leaders if counts[0] == max(counts) > 0 else 0.0
    assert majority_at_k(given_answers, "a", n) == pytest.approx(whole)


def test_where_there_are_too_many_ways_some_are_drawn() -> None:
    samples = ["a"] * 24 + ["b"] * 16
    assert comb(40, 5) > 1_000
    exact = sum(comb(24, right) * comb(16, 5 - right) for right in (3, 4, 5)) / comb(40, 5)
    assert majority_at_k(samples, "a", 5) == pytest.approx(exact, abs=0.05)
    assert majority_at_k(samples, "a", 5) == majority_at_k(samples, "a", 5)


def test_samples_without_an_answer_do_not_vote() -> None:
    assert majority_at_k([None, None, "a"], "a", 3) == 1
    assert majority_at_k([None, None, None], "a", 3) == 0


@pytest.mark.parametrize("call", [(3, 1, 4), (3, 4, 2), (3, 1, 0)])
def test_what_cannot_be_drawn_is_refused(call: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        pass_at_k(*call)


@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=10), st.sets(st.sampled_from("abc")))
def test_the_curve_of_votes_is_what_all_votes_come_to(answers: list[str | None], right: set[str]) -> None:
    curve = majority_curve(answers, right)
    for k in range(1, len(answers) + 1):
        assert curve[k - 1] == pytest.approx(sum(majority_at_k(answers, gold, k) for gold in right))


def test_a_vote_of_forty_is_counted_and_not_drawn() -> None:
    answers = ["a"] * 16 + ["b"] * 14 + ["c"] * 8 + [None] * 2
    curve = majority_curve(answers, {"a"})
    assert curve[0] == pytest.approx(0.4) and curve[39] == 1
    assert curve[10] == pytest.approx(majority_at_k(answers, "a", 11), abs=0.05)
