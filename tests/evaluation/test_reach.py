"""Which difference a run can show: as the formulas say of what a pilot has seen."""

from __future__ import annotations

from math import inf

import pytest

from chatbot.evaluation.reach import DISCORDANCE, reach
from chatbot.evaluation.statistics.power import items_for, smallest_difference, smallest_difference_of_means


def pilot(items: int, differ: int) -> dict[int, dict[int, float]]:
    """Two variants, which differ on so many items."""
    return {0: dict.fromkeys(range(items), 1.0), 1: {item: float(item >= differ) for item in range(items)}}


def test_without_a_pilot_a_share_is_assumed() -> None:
    found = reach({}, 0, 200, variants=2)
    assert (found.discordance, found.pilot, found.difference) == (DISCORDANCE, 0, smallest_difference(200, DISCORDANCE))
    assert reach({0: {1: 1.0}, 1: {1: 0.0}}, 0, 200, variants=2).pilot == 0, "one item says nothing"


def test_a_pilot_says_on_how_many_items_variants_differ() -> None:
    found = reach(pilot(20, 2), 0, 200, variants=2)
    assert (found.discordance, found.pilot, found.difference) == (0.1, 20, smallest_difference(200, 0.1))


def test_of_several_the_one_that_is_hardest_to_show_decides_and_the_test_is_stricter() -> None:
    three = {**pilot(20, 2), 2: {item: float(item >= 8) for item in range(20)}}
    found = reach(three, 0, 200, variants=3)
    assert (found.discordance, found.comparisons) == (0.4, 2)
    assert found.difference == smallest_difference(200, 0.4, alpha=0.025)


def test_scores_between_0_and_1_go_by_their_spread() -> None:
    scores = {0: dict.fromkeys(range(40), 0.5), 1: {n: 0.5 + (0.1 if n % 2 else -0.1) for n in range(40)}}
    found = reach(scores, 0, 200, variants=2, margin=0.02)
    deviation = 0.1 * (40 / 39) ** 0.5
    assert found.discordance is None
    assert found.difference == pytest.approx(smallest_difference_of_means(200, deviation))
    assert found.items_for_margin is not None
    assert smallest_difference_of_means(found.items_for_margin, deviation) == pytest.approx(0.02, rel=0.01)


def test_items_of_a_cluster_count_for_less() -> None:
    """Four items of each document are right or wrong together."""
    scores = {0: dict.fromkeys(range(80), 1.0), 1: {n: float(n // 4 % 3 > 0) for n in range(80)}}
    clusters = [n // 4 for n in range(80)]
    alone, together = reach(scores, 0, 4_000, variants=2), reach(scores, 0, 4_000, variants=2, clusters=clusters)
    assert together.difference == pytest.approx(2 * alone.difference, rel=0.1)


def test_what_a_set_cannot_show_and_what_the_margin_takes() -> None:
    found = reach({}, 0, 4, variants=2, margin=0.05)
    assert found.difference == inf
    assert found.items_for_margin == items_for(0.05, DISCORDANCE)
    assert reach({}, 0, 4, variants=2, margin=0.5).items_for_margin is None
