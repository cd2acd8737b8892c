"""Judged shares, corrected by labels: the truth is held as often as it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from chat_server import says
from judging_models import Decides, grades, judged_bench
from numpy.random import Generator

from chatbot.evaluation.judging.correction import Correction, correction_of
from chatbot.evaluation.judging.panel import Panel
from chatbot.evaluation.judging.reliability import PanelTally

NAMES = ("direct", "steps")


@pytest.fixture
def panel(tmp_path: Path, chat_server) -> Panel:  # type: ignore[no-untyped-def]
    made = judged_bench(tmp_path, chat_server(says("")), "rubric", [Decides("judge", grades(1, 1))])
    return made.panels[0]


def tallied(panel: Panel, right: dict[str, tuple[int, int]], **labels: list[tuple[str, str]]) -> PanelTally:
    """A tally in which each variant has so many right of so many, the first ones, and these labels."""
    tally = PanelTally(panel)
    for place, name in enumerate(NAMES):
        count, n = right[name]
        tally.shares[place] = {item: [float(item < count)] for item in range(n)}
    tally.with_people = labels
    return tally


def pairs(found: int, right: int, rejected: int, wrong: int) -> list[tuple[str, str]]:
    """Labels, and what judges said: of the right ones so many found, of the wrong ones so many rejected."""
    said = [("right", "right")] * found + [("right", "wrong")] * (right - found)
    return said + [("wrong", "wrong")] * rejected + [("wrong", "right")] * (wrong - rejected)


def test_all_labels_serve_all_variants_until_each_has_enough(panel: Panel) -> None:
    shares = {"direct": (60, 100), "steps": (74, 100)}
    found = correction_of(tallied(panel, shares, direct=pairs(45, 50, 40, 50)), NAMES, "direct")
    assert found is not None
    direct, steps = found.variants
    assert (direct.judged, direct.estimate.value) == (0.6, pytest.approx((0.6 + 0.8 - 1) / 0.7))
    assert direct.difference is None and steps.difference is not None
    assert steps.difference.value == pytest.approx(0.14 / 0.7)
    apart = correction_of(
        tallied(panel, shares, direct=pairs(45, 50, 40, 50), steps=pairs(20, 20, 20, 20)), NAMES, "direct"
    )
    assert apart is not None
    assert apart.variants[1].estimate.value == pytest.approx(0.74)
    assert apart.variants[1].difference is None


def test_without_labels_of_both_kinds_it_says_why_not(panel: Panel) -> None:
    shares = {"direct": (60, 100), "steps": (74, 100)}
    assert correction_of(tallied(panel, shares), NAMES, "direct") is None
    found = correction_of(tallied(panel, shares, direct=pairs(10, 10, 0, 0)), NAMES, "direct")
    assert found is not None and not found.variants
    assert "by items that people call right and items that they call wrong" in found.why_not
    coin = correction_of(tallied(panel, shares, direct=pairs(10, 20, 10, 20)), NAMES, "direct")
    assert coin is not None and "that is no judge" in coin.why_not


def test_items_that_share_a_cluster_widen_the_interval(panel: Panel) -> None:
    tally = tallied(panel, {"direct": (60, 120), "steps": (60, 120)}, direct=pairs(45, 50, 40, 50))
    alone = correction_of(tally, NAMES, "direct")
    clustered = correction_of(tally, NAMES, "direct", [str(item // 6) for item in range(120)])
    assert alone is not None and clustered is not None
    widths = [each.variants[0].estimate.interval.half_width for each in (alone, clustered)]
    assert widths[1] > 1.3 * widths[0]


def simulated(panel: Panel, random: Generator, truth: dict[str, float]) -> Correction:
    """A run of 300 items, judged with a sensitivity of .9 and a specificity of .75, and 100 labels of its responses."""
    tally = PanelTally(panel)
    labels = []
    for place, name in enumerate(NAMES):
        right = random.random(300) < truth[name]
        judged = np.where(right, random.random(300) < 0.9, random.random(300) < 0.25)
        tally.shares[place] = {item: [float(value)] for item, value in enumerate(judged)}
        words = ("wrong", "right")
        chosen = random.choice(300, 50, replace=False)
        labels += [(words[int(right[item])], words[int(judged[item])]) for item in chosen]
    tally.with_people = {"direct": labels}
    found = correction_of(tally, NAMES, "direct")
    assert found is not None
    return found


@pytest.mark.parametrize("runs", [200, pytest.param(3_000, marks=pytest.mark.slow)])
def test_the_truth_is_held_as_often_as_it_says(panel: Panel, runs: int) -> None:
    random, truth = np.random.default_rng(11), {"direct": 0.6, "steps": 0.7}
    held = dict.fromkeys((*NAMES, "difference"), 0)
    biased = 0
    for _ in range(runs):
        found = simulated(panel, random, truth)
        for each in found.variants:
            held[each.name] += truth[each.name] in each.estimate.interval
        difference = found.variants[1].difference
        assert difference is not None
        held["difference"] += 0.1 in difference.interval
        biased += abs(found.variants[0].judged - 0.6) < 1.96 * (0.24 / 300) ** 0.5
    assert min(held.values()) / runs > 0.92
    assert biased / runs < 0.9
