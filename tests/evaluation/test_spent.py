"""What a variant takes, and how much more than the baseline, always of the same items."""

from __future__ import annotations

import numpy as np
import pytest
from marks import RIGHT, cell, layout

from chatbot.evaluation.spent import more_of, spent_of
from chatbot.evaluation.tally import Tally, tally
from chatbot.messages import Usage


def tallies(*cells: tuple[int, int, float | None, float]) -> list[Tally]:
    """Cells of a variant, an item, dollars and seconds."""
    made = [
        cell(variant, item, RIGHT, usage=Usage(100 * (variant + 1), 0, cost=dollars, calls=1), seconds=seconds)
        for variant, item, dollars, seconds in cells
    ]
    return tally(made, layout("ab", 50))


def test_a_variant_has_its_mean_cost_and_tokens_and_its_usual_and_slow_time() -> None:
    own, _ = tallies(*[(0, item, 0.1 if item else 5.1, 1 + item / 100) for item in range(50)])
    found = spent_of(own, None)
    assert found.cost is not None and found.cost.value == pytest.approx(0.2)
    assert found.cost.interval.low < 0.2 < found.cost.interval.high
    assert found.tokens is not None and (found.tokens.value, found.tokens.interval.half_width) == (100, 0)
    assert found.median is not None and found.median.value == pytest.approx(1.245)
    assert found.slow is not None and found.slow.interval.high == np.inf  # of 50, none need be among the slowest 5 %


def test_differences_are_of_the_items_that_both_have() -> None:
    own = [(1, item, 0.3 + item, 0.4 * (1 + item)) for item in range(25, 50)]
    base, variant = tallies(*[(0, item, 0.1 + item, 0.2 * (1 + item)) for item in range(40)], *own)
    found = more_of("b", variant, base, None)
    assert found.cost is not None and (found.cost.n, found.cost.value) == (15, pytest.approx(0.2))
    assert found.tokens is not None and found.tokens.value == 100
    assert found.times_as_long is not None and found.times_as_long.value == pytest.approx(2)


def test_what_is_not_known_is_none() -> None:
    base, variant = tallies((0, 0, None, 0.0), (1, 1, None, 1.0))
    assert spent_of(base, None).cost is None
    assert more_of("b", variant, base, None) == more_of("b", base, variant, None)
    assert more_of("b", variant, base, None).times_as_long is None


def test_clusters_are_drawn_whole() -> None:
    rows = [(0, item, float(item // 5), 1.0) for item in range(50)]
    (own, _), groups = tallies(*rows), [str(item // 5) for item in range(50)]
    alone, together = spent_of(own, None).cost, spent_of(own, groups).cost
    assert alone is not None and together is not None
    assert together.interval.half_width > 1.5 * alone.interval.half_width
