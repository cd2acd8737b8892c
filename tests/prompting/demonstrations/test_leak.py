"""The item under test is never its own demonstration, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.messages import Segment
from chatbot.prompting.demonstrations.leak import gives_away, same

PROBLEM = (
    "Mara buys 4 notebooks at 3 euros each and a pen for 2 euros. She pays with a 20 euro note. How many euros does "
    "she get back from the friendly shopkeeper on the corner?"
)
STORY = (
    "A shepherd leads his flock up the valley before dawn. His dog runs ahead and barks at the river. What does the "
    "shepherd hear first when he comes to the old bridge?"
)


@pytest.mark.parametrize("text", [PROBLEM, STORY])
def test_the_same_text_in_other_clothes_is_the_same(text: str) -> None:
    sentences = text.split(". ")
    for other in (
        text,
        text.upper(),
        text.replace(".", " !").replace(",", ""),
        text.replace(" ", "\n  "),
        text.replace(" the ", " a ", 2),
        text.replace("a", "\uff41").replace("e", "e\u200b"),
        f"Question 12: {text} Answer:",
        ". ".join([sentences[1], sentences[0], *sentences[2:]]),
    ):
        assert same(text, other), other


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("It costs $1,000.50 in 2 parts.", "it costs 1000.5 in two parts"),
        ("What is 7 × 8?", "what is 7*8"),
        ("İstanbul", "i\u0307stanbul"),
        ("Ｗｈａｔ？", "what"),
    ],
)
def test_ways_of_writing_do_not_count(first: str, second: str) -> None:
    assert same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PROBLEM, PROBLEM.replace("4 notebooks", "5 notebooks")),
        (PROBLEM, PROBLEM.replace("a 20 euro", "a 2.0 euro")),
        (PROBLEM, "Tom buys 4 books. How many pages do they have?"),
        (PROBLEM, ""),
        ("What is the chemical symbol of sodium?", "What is the chemical symbol of potassium?"),
        ("5 + 3", "5 - 3"),
        ("5 / 3", "5 3"),
        ("-5 + 3", "5 + 3"),
        ("😀", "😡"),
        ("no", "not no"),
    ],
)
def test_another_item_is_another_one(first: str, second: str) -> None:
    assert not same(first, second)


def test_all_inputs_that_items_share_must_be_the_same() -> None:
    one = {"text": "Good morning to all of you!", "language": "French"}
    assert gives_away(one, {"text": "good morning to all of you", "language": "french"})
    assert not gives_away(one, one | {"language": "German"})
    assert gives_away(one | {"note": "urgent"}, one)
    assert gives_away(one | {"note": None}, one | {"note": "urgent"})
    assert not gives_away({"note": "x"}, one)
    assert not gives_away({}, {})


def test_inputs_of_every_kind_are_compared() -> None:
    assert not gives_away({"left": 3, "right": 4}, {"left": 3, "right": 5})
    assert gives_away({"left": 3, "right": 4}, {"left": 3, "right": 4})
    assert gives_away({"question": Segment("How far is it?", "user")}, {"question": "How far is it"})
    options = {"question": "Which one flies?", "choices": ["a stone", "a bird"]}
    assert gives_away(options, options | {"choices": ["a bird", "a stone"]})
    assert not gives_away(options, options | {"choices": ["a bird", "a brick"]})
    assert gives_away({"row": {"name": "Ann", "age": 3}}, {"row": {"age": 3, "name": "ann"}})


words = st.lists(st.sampled_from(["two", "2", "the", "sea", "is", "blue", "-3", "+", "1,000", "😀", "."]), max_size=40)


@given(words.map(" ".join) | st.text(max_size=80), words.map(" ".join) | st.text(max_size=80))
def test_it_is_the_same_in_both_directions_and_of_itself(first: str, second: str) -> None:
    assert same(first, first)
    assert same(first, second) == same(second, first)
    assert same(f"  {first.upper()} !", first.upper())


@given(words.map(" ".join), words.map(" ".join))
def test_the_thresholds_only_ever_add_to_what_is_the_same(first: str, second: str) -> None:
    strict = same(first, second, same_numbers=1.0, without_numbers=1.0)
    assert not strict or same(first, second)
