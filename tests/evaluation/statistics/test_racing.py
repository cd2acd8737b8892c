"""A race among many variants."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.statistics.racing import rounds_of, schedule, survivors


def test_sixteen_run_four_rounds() -> None:
    assert [rounds_of(count) for count in (1, 2, 3, 16, 17)] == [0, 1, 2, 4, 5]
    assert [field for field, _, _ in schedule(16, 500)] == [16, 8, 4, 2]


@given(st.integers(2, 64), st.integers(6, 2_000))
def test_the_rounds_use_every_item_once_in_order_and_cost_less_than_a_full_run(variants: int, items: int) -> None:
    planned = schedule(variants, items)
    assert planned[0][1] == 0 and planned[-1][2] == items
    assert all(start < end for _, start, end in planned)
    assert all(one[2] == two[1] for one, two in pairwise(planned))
    if variants >= 8 and items >= 100:
        assert sum(field * (end - start) for field, start, end in planned) < 0.5 * variants * items


def test_rounds_cost_about_the_same() -> None:
    costs = [field * (end - start) for field, start, end in schedule(16, 1_500)]
    assert max(costs) < 1.1 * min(costs)


def test_the_better_half_stays_in_its_order() -> None:
    assert survivors([("a", 0.1), ("b", 0.5), ("c", 0.5), ("d", 0.4), ("e", 0.9)]) == ("b", "c", "e")


def test_too_few_items_are_refused() -> None:
    with pytest.raises(ValueError, match="16 variants take 4 rounds, and there are 3 items"):
        schedule(16, 3)


@pytest.mark.slow
def test_it_finds_a_good_variant_with_a_third_of_the_calls() -> None:
    random = np.random.default_rng(5)
    regrets, fulls = [], []
    planned = schedule(16, 500)
    assert sum(field * (end - start) for field, start, end in planned) <= 0.35 * 16 * 500
    for _ in range(400):
        truth = np.clip(random.normal(0.7, 0.03, 16), 0, 1)
        scores = random.random((500, 16)) < truth
        alive = tuple(map(str, range(16)))
        for _, _, end in planned:
            alive = survivors([(name, float(scores[:end, int(name)].mean())) for name in alive])
        regrets.append(truth.max() - truth[int(alive[0])])
        fulls.append(truth.max() - truth[scores.mean(axis=0).argmax()])
    assert np.mean(regrets) - np.mean(fulls) < 0.005
