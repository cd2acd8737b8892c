"""The verdict in sentences: the one that a reader came for is first."""

from __future__ import annotations

from dataclasses import replace

from test_summary import grid, layout

from chatbot.evaluation.report.figures import Measure
from chatbot.evaluation.report.words import cautions, headline, sentence
from chatbot.evaluation.summary import Summary, summarise

RIGHT = Measure("right")


def run(*rows: str, margin: float | None = None) -> Summary:
    """A row of marks a variant, named a, b, …; `a` is the baseline."""
    return summarise(grid(*rows), layout("abcdefgh"[: len(rows)], len(rows[0])))


def test_the_best_variant_and_by_how_much_comes_first() -> None:
    found = run("+-" * 60, "+" * 120)
    assert headline(found, RIGHT) == "b is better than a, by 50.0 points"


def test_others_that_are_better_are_named_behind_the_best() -> None:
    found = run("+-" * 60, "+++-" * 30, "+" * 120)
    assert headline(found, RIGHT) == "c is better than a, by 50.0 points, and so is b"


def test_where_none_is_better_it_says_what_they_are() -> None:
    found = run("+-" * 60, "-" * 120, "+-" * 59 + "++")
    assert headline(found, RIGHT) == "No variant is shown to be better than a: b is worse; c is undecided"


def test_one_variant_stands_for_itself() -> None:
    assert headline(run("++-+"), RIGHT).startswith("a: right 75.0\u00a0% [30.1\u00a0%, 95.4\u00a0%] on 4 items")


def test_nothing_and_too_little_are_told_as_such() -> None:
    assert headline(run("...."), RIGHT) == "Nothing has a score yet"
    cut = [
        (replace(came, response=replace(came.response, finish="length")), scores)
        for came, scores in grid("+" * 100, "-" * 100)
    ]
    assert headline(summarise(cut, layout("ab", 100)), RIGHT) == "No result: too many replies are not whole"


def test_a_comparison_is_told_with_its_test_and_what_would_tell_more() -> None:
    (undecided,) = run("+-" * 20, "+-" * 18 + "++++").against
    told = sentence(undecided, RIGHT, "a")
    assert told.startswith("b is undecided against a: +5.0 points [")
    assert "McNemar" in told and "Right alone on 2, wrong alone on 0 of 40 items." in told and "more would tell" in told


def test_a_reader_is_warned_of_what_is_missing_and_what_has_no_score() -> None:
    told = cautions(run("+" * 98 + "?.", "+" * 100))
    assert told[0] == "This run is not whole: 1 cell were not asked. Run it again to go on."
    assert "a: 1 no answer, counted as wrong" in told[1]
