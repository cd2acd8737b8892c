"""The comparisons of openai/evals, case by case as their code has them."""

from __future__ import annotations

import pytest

from chatbot.evaluation.importing.graders import fuzzy_match, same_json, starts_with
from chatbot.evaluation.records import Item, Response


def item(ideal: object) -> Item:
    return Item("1", {"ideal": ideal})


@pytest.mark.parametrize(
    ("said", "ideal", "right"),
    [(" 42, I think", "42", True), ("It is 42", "42", False), ("B", ["A", "B"], True), ("b", ["A", "B"], False)],
)
def test_match_is_the_beginning_of_the_reply(said: str, ideal: object, right: bool) -> None:
    assert starts_with(item(ideal), Response(said)) == right


@pytest.mark.parametrize(
    ("said", "ideal", "right"),
    [
        ("The Eiffel Tower!", "eiffel tower", True),
        ("Eiffel", "the eiffel tower", True),
        ("Louvre", ["eiffel tower", "a Louvre."], True),
        ("Louvre", "eiffel tower", False),
        ("", "eiffel tower", False),
        ("!?", "the", True),
    ],
)
def test_fuzzy_match_goes_both_ways(said: str, ideal: object, right: bool) -> None:
    assert fuzzy_match(item(ideal), Response(said)) == right


def test_json_match_is_equality_of_values() -> None:
    assert same_json(item('{"a": 1, "b": [2]}'), Response('{"b": [2], "a": 1}')) == (True, "")
    assert same_json(item(["1", "2"]), Response("2"))[0]
    assert same_json(item("1"), Response("one")) == (False, "the reply is not JSON")
