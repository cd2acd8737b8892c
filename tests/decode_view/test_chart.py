"""The chart of a view: everything is in its letters, and nothing is wider than the terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from decode_views import view

from chatbot.decode_view.chart import Look, chart
from chatbot.decode_view.tokens import columns
from chatbot.models.next_token import Candidate, Distribution, Reweighed, Step

HERE = Look()


def drawn(look: Look = HERE) -> str:
    return "\n".join(line.text for line in chart(view(), look))


@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, blocks: bool) -> None:
    assert [line for line in drawn(Look(width, blocks=blocks)).splitlines() if columns(line) > width] == []


def test_the_next_token_has_bars_and_says_what_is_hidden() -> None:
    text = drawn()
    assert "Next token: at least 1.79 bits of entropy" in text and "the 4 likeliest tokens are told" in text
    assert re.search(r"^  1 The +52\.0 % █{27}", text, re.MULTILINE)
    assert re.search(r"^    all others +8\.0 % █", text, re.MULTILINE)


def test_each_strategy_has_its_entropy_its_tokens_and_its_column() -> None:
    text = drawn()
    assert re.search(r"^a   greedy +█\.\.\. +0\.00 +1$", text, re.MULTILINE)
    assert re.search(r"^f   min-p=0\.1 +█▅\.\. +0\.95 +2$", text, re.MULTILINE)
    assert re.search(r"^  percent +before +a  +b  +", text, re.MULTILINE)
    assert re.search(r"^  Paris +31\.0 +· ", text, re.MULTILINE)
    assert "above 1 it raises tokens that the service does not tell of" in text


def test_the_way_shows_each_token_with_its_rank_and_the_others() -> None:
    text = drawn()
    assert re.search(r"^  3  ␣is +40\.0 +2 +≥1\.\d\d  ␣of 50\.0  , 1\.0$", text, re.MULTILINE)
    assert re.search(r"^  2  ␣capital .* ⏎ 3\.0$", text, re.MULTILINE)


def test_the_tree_marks_the_way_without_colour() -> None:
    text = drawn()
    assert re.search(r"^ +52\.0 +52\.0   ├─ The \*$", text, re.MULTILINE)
    assert re.search(r"^ +81\.0 +42\.1   │  ├─ ␣capital \*$", text, re.MULTILINE)
    assert "|- The *" in drawn(Look(blocks=False))


def test_what_strategies_write_stands_below_their_names() -> None:
    text = drawn()
    assert "\ngreedy " in text and "\n    “The capital is <b>Paris</b>”" in text
    assert "\n    the service does not know beams — ask a local model" in text


def test_no_block_is_drawn_where_none_can_be_shown() -> None:
    assert not set("█▏▎▍▌▋▊▉▁▂▃▄▅▆▇├└│─·") & set(drawn(Look(blocks=False)))


def test_a_token_that_a_strategy_raises_is_listed_though_it_was_unlikely() -> None:
    before = Distribution((Candidate("a", 0.6, 1), Candidate("b", 0.4, 2)), 0.0, 0.97, 2)
    raised = Reweighed("logit-bias", Distribution((Candidate("c", 1.0, 3),), 0.0, 0.0, 1))
    step = Step(before, (raised,), Candidate("a", 0.6, 1), 1)
    lines = [line.text for line in chart(replace(view(), steps=(step,)), HERE)]
    assert any(re.match(r"  c +<\.01 +100\.0$", line) for line in lines)
