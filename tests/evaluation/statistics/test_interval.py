"""Quantiles and what an interval can say of itself."""

from __future__ import annotations

import pytest
from scipy import stats

from chatbot.evaluation.statistics.interval import Interval, normal_quantile, t_two_sided, two_sided


@pytest.mark.parametrize("probability", [0.001, 0.2, 0.5, 0.975])
def test_quantiles_are_scipys(probability: float) -> None:
    assert normal_quantile(probability) == pytest.approx(float(stats.norm.ppf(probability)), abs=1e-9)


def test_two_sided_levels() -> None:
    assert two_sided(0.95) == pytest.approx(1.959963984540054, abs=1e-9)
    assert t_two_sided(0.95, 10) == pytest.approx(2.2281388519, abs=1e-9)


def test_an_interval_holds_its_ends() -> None:
    interval = Interval(0.2, 0.6)
    assert 0.2 in interval and 0.6 in interval and 0.61 not in interval
    assert interval.half_width == pytest.approx(0.2)
