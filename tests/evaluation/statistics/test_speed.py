"""Latency and cost."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.evaluation.statistics.speed import quantile, ratio

RANDOM = np.random.default_rng(1)


def test_a_median_and_a_tail_with_their_intervals() -> None:
    seconds = RANDOM.lognormal(0, 0.5, 400)
    median, tail = quantile(seconds, 0.5), quantile(seconds, 0.95)
    assert median.value == pytest.approx(float(np.median(seconds)))
    assert 1.0 in median.interval
    assert np.exp(0.5 * 1.645) in tail.interval
    assert tail.interval.half_width > median.interval.half_width


def test_a_ratio_is_paired_by_item() -> None:
    slow = RANDOM.lognormal(0, 1, 300)
    found = ratio(slow, slow / 3 * RANDOM.normal(1, 0.01, 300))
    assert found.value == pytest.approx(3, rel=0.01)
    assert found.interval.half_width < 0.02
    assert np.isnan(ratio([1.0, 2.0], [0.0, 0.0]).value)
