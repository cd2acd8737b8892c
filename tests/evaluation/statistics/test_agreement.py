"""Agreement of judges: as statsmodels counts it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import cohens_kappa as cohen
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss

from chatbot.evaluation.statistics.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha, raw_agreement

verdicts = st.lists(st.tuples(*[st.sampled_from(["good", "fair", "bad"])] * 3), min_size=2, max_size=40)


@given(verdicts)
def test_the_kappas_are_those_of_statsmodels(rows: list[tuple[str, ...]]) -> None:
    assume(all(len({row[judge] for row in rows}) > 1 for judge in range(3)))  # statsmodels divides by 0
    first, second, _ = zip(*rows, strict=True)
    names = ["good", "fair", "bad"]
    table = [[sum(a == x and b == y for a, b in zip(first, second, strict=True)) for y in names] for x in names]
    assert cohen_kappa(first, second) == pytest.approx(cohen(table).kappa, abs=1e-9)
    counts, _ = aggregate_raters([[names.index(verdict) for verdict in row] for row in rows], n_cat=3)
    assert fleiss_kappa(rows) == pytest.approx(float(fleiss(counts)), abs=1e-9)


def test_judges_who_always_agree_and_judges_who_only_say_one_thing() -> None:
    assert cohen_kappa(["a", "b"], ["a", "b"]) == fleiss_kappa([["a", "a"], ["b", "b"]]) == 1
    assert cohen_kappa(["a", "a"], ["a", "a"]) == fleiss_kappa([["a", "a"]]) == krippendorff_alpha([["a", "a"]]) == 1


def test_kappa_falls_where_one_verdict_is_rare_though_the_share_is_the_same() -> None:
    even = (["a"] * 50 + ["b"] * 50, ["a"] * 45 + ["b"] * 50 + ["a"] * 5)
    rare = (["a"] * 95 + ["b"] * 5, ["a"] * 90 + ["b"] * 5 + ["a"] * 5)
    assert raw_agreement(*even) == raw_agreement(*rare) == 0.9
    assert cohen_kappa(*even) > 0.75 > 0 > cohen_kappa(*rare)


def test_alpha_of_the_published_example_with_verdicts_that_are_missing() -> None:
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units
    observers = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    rows = [[None if mark == "." else mark for mark in unit] for unit in zip(*observers, strict=True)]
    assert krippendorff_alpha(rows) == pytest.approx(0.743, abs=0.0005)


def test_alpha_with_all_verdicts_is_near_fleiss() -> None:
    rows = [["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"], ["a", "b", "b"]] * 20
    assert krippendorff_alpha(rows) == pytest.approx(fleiss_kappa(rows), abs=0.01)


def test_each_item_needs_all_verdicts_for_fleiss_and_two_for_alpha() -> None:
    with pytest.raises(ValueError, match="see krippendorff_alpha"):
        fleiss_kappa([["a", "b"], ["a"]])
    with pytest.raises(ValueError, match="no item has two verdicts"):
        krippendorff_alpha([["a", None], [None, "b"]])
