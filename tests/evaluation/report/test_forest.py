"""The forest plot: a row a variant, readable without the drawing."""

from __future__ import annotations

import re

from test_summary import grid, layout

from chatbot.evaluation.report.figures import Measure
from chatbot.evaluation.report.forest import forest, percent_of
from chatbot.evaluation.report.scale import linear
from chatbot.evaluation.summary import summarise

FOUND = summarise(grid("+-" * 60, "+" * 120, "+-" * 59 + "++"), layout("abc", 120)).against


def test_every_row_says_name_verdict_difference_interval_and_p() -> None:
    drawn = forest(FOUND, Measure("right"), "a", margin=0.03)
    text = re.sub(r"<[^>]+>", " ", drawn)
    assert "b   better" in text and "+50.0 points" in text and "p &lt; 0.0001" in text
    assert drawn.count('<li class="row ') == 2 and 'class="row undecided"' in drawn


def test_the_margin_is_shaded_around_nought_where_there_is_one() -> None:
    assert forest(FOUND, Measure("right"), "a", margin=0.03).count('class="margin"') == 2
    assert 'class="margin"' not in forest(FOUND, Measure("right"), "a")


def test_the_drawing_is_hidden_from_readers_who_have_the_words() -> None:
    drawn = forest(FOUND, Measure("right"), "a")
    assert drawn.count("<svg") == drawn.count('<svg aria-hidden="true"') + 1, "but the axis, whose row is hidden"
    assert 'class="row axis" aria-hidden="true"' in drawn


def test_a_place_is_a_share_of_the_width() -> None:
    assert percent_of(linear([0.0, 1.0]), 0.25) == "25.00%"
