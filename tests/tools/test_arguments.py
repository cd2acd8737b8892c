"""What a model writes as arguments: read strictly, coerced only where nothing is lost, and explained where wrong."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools import Tool


def book(title: str, copies: int = 1, price: float = 0.0, gift: bool = False, tags: list[str] | None = None) -> str:
    return title


def choose(kind: Literal["hard", "soft"]) -> str:
    return kind


BOOK = Tool.from_function(book).arguments
CHOOSE = Tool.from_function(choose).arguments


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"title": "Emma"}', {"title": "Emma"}),
        ('{"title": "Emma", "copies": 3}', {"title": "Emma", "copies": 3}),
        ('{"title": "Emma", "copies": "3"}', {"title": "Emma", "copies": 3}),
        ('{"title": "Emma", "copies": 3.0}', {"title": "Emma", "copies": 3}),
        ('{"title": "Emma", "price": 4}', {"title": "Emma", "price": 4.0}),
        ('{"title": "Emma", "gift": "true"}', {"title": "Emma", "gift": True}),
        ('{"title": 17}', {"title": "17"}),
        ('{"title": "Emma", "tags": "[\\"a\\", \\"b\\"]"}', {"title": "Emma", "tags": ["a", "b"]}),
        ('{"title": "Emma", "tags": null}', {"title": "Emma", "tags": None}),
    ],
)
def test_values_are_coerced_where_nothing_is_lost(written: str, read: dict[str, Any]) -> None:
    assert BOOK.read(written) == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{}", "title"),
        ('{"title": "Emma", "copies": "3.7"}', "copies"),
        ('{"title": "Emma", "copies": 3.7}', "copies"),
        ('{"title": "Emma", "copies": true}', "copies"),
        ('{"title": "Emma", "copies": "three"}', "copies"),
        ('{"title": "Emma", "gift": "perhaps"}', "gift"),
        ('{"title": "Emma", "tags": "a"}', "tags"),
        ('{"titel": "Emma"}', "titel"),
        ('{"title": "Emma", "price": NaN}', "NaN"),
        ('{"title": "Emma", "title": "Persuasion"}', "title"),
        ('["Emma"]', "object"),
        ('{"title": "Em', "JSON"),
        ("[" * 100_000, ""),
        ('{"title": "' + "x" * 1_000_001 + '"}', ""),
    ],
)
def test_what_is_wrong_names_the_parameter(written: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        BOOK.read(written)
    assert said in str(caught.value)


def test_a_choice_that_is_none_is_told_the_choices() -> None:
    with pytest.raises(ToolError, match=r"kind.*'hard'.*'soft'"):
        CHOOSE.read('{"kind": "hrad"}')


def test_no_text_at_all_means_no_arguments() -> None:
    nothing = Tool.from_function(lambda: "", name="nothing").arguments
    assert nothing.read("") == nothing.read("{}") == {}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@given(
    st.one_of(
        st.text(max_size=60),
        st.dictionaries(st.sampled_from(["title", "copies", "price", "tags", "x"]), JSON).map(json.dumps),
    )
)
def test_any_text_is_arguments_or_an_error_for_the_model(text: str) -> None:
    try:
        read = BOOK.read(text)
    except ToolError:
        return
    assert isinstance(read["title"], str)
    assert type(read.get("copies", 1)) is int
