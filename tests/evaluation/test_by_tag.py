"""The headline metric by tag."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from marks import layout

from chatbot.evaluation.by_tag import by_tag
from chatbot.evaluation.statistics.discordance import bonett_price
from chatbot.evaluation.statistics.proportions import wilson

LAYOUT = replace(layout("ab", 4), tags=[("long", "hard"), ("hard",), (), ("long",)])
MEANS = [np.array([1, 0, 1, 1.0]), np.array([1, 1, 0, np.nan])]


def test_each_tag_has_the_means_of_its_items_and_the_difference_from_the_baseline() -> None:
    long, hard = by_tag(MEANS, LAYOUT)
    assert [(each.tag, each.items) for each in (long, hard)] == [("long", 2), ("hard", 2)]
    first, other = hard.estimates
    assert first is not None and other is not None
    assert (first.value, first.interval, other.value) == (0.5, wilson(1, 2), 1)
    assert hard.differences == (None, bonett_price(1, 0, 2))
    assert long.differences[1] == bonett_price(0, 0, 1)


def test_a_tag_whose_items_have_no_scores_has_no_figures() -> None:
    nothing = [np.full(4, np.nan)] * 2
    assert {(each.estimates, each.differences) for each in by_tag(nothing, LAYOUT)} == {((None, None), (None, None))}
    assert by_tag(MEANS, layout("ab", 4)) == ()
