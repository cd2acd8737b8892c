"""The default verdict: which test is taken when, and what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.statistics.discordance import bonett_price, mcnemar
from chatbot.evaluation.statistics.verdict import Comparison, compare, judge, not_inferior

RANDOM = np.random.default_rng(1)


def binary(both: int, only_first: int, only_second: int, neither: int) -> tuple[list[int], list[int]]:
    first = [1] * both + [1] * only_first + [0] * only_second + [0] * neither
    second = [1] * both + [0] * only_first + [1] * only_second + [0] * neither
    return first, second


def said(*comparisons: Comparison, margin: float | None = None) -> list[str]:
    return [each.verdict for each in judge(comparisons, margin=margin)]


def test_right_and_wrong_are_compared_by_their_discordant_items() -> None:
    found = compare(*binary(100, 30, 10, 60))
    assert found.difference == bonett_price(30, 10, 200)
    assert found.test == mcnemar(30, 10)
    assert found.table is not None and found.table.discordance == 0.2
    assert said(found) == ["better"]
    assert said(compare(*binary(100, 10, 30, 60))) == ["worse"]


def test_scores_between_are_compared_by_students_t_and_few_of_them_by_flips() -> None:
    many = compare(RANDOM.random(40), RANDOM.random(40))
    few = compare(RANDOM.random(12), RANDOM.random(12))
    assert (many.test.method, few.test.method) == ("paired t", "sign flip, exact")
    assert (many.difference.interval.method, few.difference.interval.method) == ("paired t", "bootstrap, BCa")
    assert many.table is None


def test_clusters_are_heeded_whatever_the_scores() -> None:
    first, second = (RANDOM.integers(0, 2, 120).astype(float) for _ in range(2))
    clustered = compare(first, second, clusters=np.repeat(range(30), 4).tolist())
    few = compare(first, second, clusters=np.repeat(range(10), 12).tolist())
    assert clustered.test.method == "paired t, clustered"
    assert few.test.method == "sign flip, exact"
    assert clustered.table is not None


def test_what_lies_inside_the_margin_is_equivalent_and_only_with_a_margin() -> None:
    alike = compare(*binary(900, 20, 20, 60))
    assert said(alike, margin=0.03) == ["equivalent"]
    assert said(alike) == ["undecided"]
    assert said(compare(*binary(90, 2, 2, 6)), margin=0.03) == ["undecided"]


def test_a_real_difference_that_does_not_matter_is_equivalent() -> None:
    assert said(compare(*binary(9_800, 60, 20, 120)), margin=0.03) == ["equivalent"]


def test_whoever_tries_many_needs_more() -> None:
    lucky = compare(*binary(100, 14, 4, 82))
    assert said(lucky) == ["better"]
    others = [compare(*binary(100, 9, 9, 82))] * 7
    assert said(lucky, *others)[0] == "undecided"


def test_undecided_says_how_many_items_more() -> None:
    (seen,) = judge([compare(*binary(150, 16, 8, 26))])
    assert seen.verdict == "undecided"
    assert seen.more_items is not None and 300 < seen.more_items < 800
    (nothing,) = judge([compare(*binary(150, 12, 12, 26))])
    assert nothing.more_items is None
    (margin,) = judge([compare(*binary(150, 12, 12, 26))], margin=0.02)
    assert margin.more_items is not None
    (alike,) = judge([compare(*binary(20, 0, 0, 10))], margin=0.05)
    assert alike.verdict == "undecided" and alike.more_items is not None and 30 < alike.more_items < 300


def test_items_that_share_a_cluster_or_a_run_with_many_variants_take_more_of_them() -> None:
    first, second = binary(150, 16, 8, 26)
    alone = compare(first, second)
    together = compare(first, second, clusters=[place // 4 for place in range(200)])
    (one,), (clustered,), (of_five, *_) = judge([alone]), judge([together]), judge([alone] * 5)
    assert one.more_items and clustered.more_items and of_five.more_items
    assert clustered.more_items > one.more_items and of_five.more_items > one.more_items


def test_clusters_and_means_that_never_differ_are_not_known_to_be_alike() -> None:
    """No score differs, and so nothing says how they spread: five documents do not show what holds for all."""
    alike = [1.0, 0.0, 1.0, 1.0, 0.0] * 5
    few = compare(alike, alike, clusters=[place % 5 for place in range(25)])
    many = compare(alike * 20, alike * 20, clusters=list(range(500)))
    halves = compare([0.5] * 25, [0.5] * 25)
    assert (few.difference.value, few.difference.n, few.test.p) == (0, 25, 1)
    assert few.difference.interval.high > 0.2 and not_inferior(few, 0.05) is None
    assert halves.difference.interval.low < -0.05 and said(halves, margin=0.05) == ["undecided"]
    assert not_inferior(many, 0.05) is True


def test_of_what_is_spent_less_is_better() -> None:
    more = compare(*binary(100, 30, 10, 60))
    assert [judge([more], less_is_better=flag)[0].verdict for flag in (False, True)] == ["better", "worse"]


def test_a_gate_passes_fails_or_does_not_know() -> None:
    assert not_inferior(compare(*binary(900, 20, 20, 60)), 0.03) is True
    assert not_inferior(compare(*binary(100, 2, 40, 60)), 0.03) is False
    assert not_inferior(compare(*binary(30, 3, 3, 10)), 0.03) is None


scores = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=80)


@given(scores, st.sampled_from([None, 0.02, 0.2]))
def test_swapping_variant_and_baseline_turns_the_verdict(rows: list[tuple[int, int]], margin: float | None) -> None:
    first, second = zip(*rows, strict=True)
    turned = {"better": "worse", "worse": "better"}
    one, two = said(compare(first, second), margin=margin), said(compare(second, first), margin=margin)
    assert [turned.get(each, each) for each in one] == two


@pytest.mark.slow
def test_equal_variants_are_called_better_or_worse_in_one_run_of_twenty_at_most() -> None:
    random = np.random.default_rng(9)
    wrong, runs = 0, 3_000
    for _ in range(runs):
        hard = random.random(150)
        first, second = ((0.5 * hard + 0.5 * random.random(150) < 0.55).astype(int) for _ in range(2))
        wrong += judge([compare(first, second)])[0].verdict != "undecided"
    assert wrong / runs < 0.055
