"""Keywords of JSON Schema from values as people write them."""

from __future__ import annotations

import math

import pytest

from chatbot.errors import UsageError
from chatbot.tools.loose_keyword import Place, keyword

PLACE = Place("book", ("guests", "age"))


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("description", "How old", "How old"),
        ("minimum", 3, 3),
        ("minimum", "3", 3),
        ("maximum", "0.5", 0.5),
        ("minItems", "2", 2),
        ("maxLength", 5.0, 5),
        ("uniqueItems", True, True),
        ("enum", ("a", "b"), ["a", "b"]),
        ("const", None, None),
        ("examples", [1], [1]),
        ("title", "Age of a guest", "Age of a guest"),
        ("pattern", "^[a-z]+$", "^[a-z]+$"),
        ("dependentRequired", {"a": ["b"]}, {"a": ["b"]}),
    ],
)
def test_a_keyword_is_kept_with_a_value_that_the_standard_allows(key: str, value: object, kept: object) -> None:
    assert keyword(key, value, {}, PLACE) == (key, kept)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", "Age"),
        ("title", "age"),
        ("description", 3),
        ("description", ""),
        ("minimum", None),
        ("uniqueItems", False),
        ("enum", []),
        ("xml", {"name": "age"}),
        ("x-internal", True),
        ("optional", True),
        ("$id", "https://example.com/age"),
    ],
)
def test_what_says_nothing_or_is_not_the_standards_is_left_out(key: str, value: object) -> None:
    assert keyword(key, value, {}, PLACE) is None


def test_exclusive_bounds_that_are_flags_become_the_bounds() -> None:
    draft_4 = {"minimum": 3, "exclusiveMinimum": True}

    assert keyword("minimum", 3, draft_4, PLACE) is None
    assert keyword("exclusiveMinimum", True, draft_4, PLACE) == ("exclusiveMinimum", 3)
    assert keyword("exclusiveMinimum", False, {"minimum": 3}, PLACE) is None


@pytest.mark.parametrize("pattern", ["(a+)+b", r"\p{Lu}", "["])
def test_a_pattern_that_may_run_on_or_is_none_is_told_in_words(pattern: str) -> None:
    found = keyword("pattern", pattern, {"description": "A code"}, PLACE)

    assert found == ("description", f"A code (pattern: {pattern})")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("minimum", "much"),
        ("minimum", True),
        ("maximum", math.nan),
        ("minLength", -1),
        ("minLength", 1.5),
        ("multipleOf", 0),
        ("enum", "a, b"),
        ("enum", [object()]),
        ("const", math.inf),
        ("pattern", 3),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_the_parameters_name(key: str, value: object) -> None:
    with pytest.raises(UsageError, match=r"book cannot be a tool: its parameter 'guests.age'"):
        keyword(key, value, {}, PLACE)
