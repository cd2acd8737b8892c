"""What models write for a tool's input becomes the JSON that its check reads, or stays what it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.strategies.tool_input import arguments, leading_object, unfenced
from chatbot.tools import tool


@tool(impact="none")
def search(query: str, k: int = 3) -> str:
    """Searches."""
    return f"{query} {k}"


@tool(impact="none")
def add(a: float, b: float) -> float:
    """Adds."""
    return a + b


@tool(impact="none")
def now() -> str:
    """Tells the time."""
    return "noon"


@pytest.mark.parametrize(
    "written",
    [
        '{"query": "Apollo 11"}',
        '```json\n{"query": "Apollo 11"}\n```',
        "```\nApollo 11\n```",
        '{"query": "Apollo 11"} which will tell me the year',
        "{'query': 'Apollo 11'}",
        '{"query": "Apollo 11"',
        'query="Apollo 11"',
        "query: Apollo 11",
        "Apollo 11",
        '"Apollo 11"',
        "'Apollo 11'",
        "  Apollo 11\n",
    ],
)
def test_one_parameter_is_read_however_it_is_written(written: str) -> None:
    assert json.loads(arguments(written, search.parameters)) == {"query": "Apollo 11"}


@pytest.mark.parametrize("written", ["3, 4", "a=3, b=4", "{'a': 3, 'b': 4}", '{"a": 3, "b": 4}', "b=4, a=3"])
def test_several_parameters_are_read_by_name_or_in_order(written: str) -> None:
    assert add.arguments.read(arguments(written, add.parameters)) == {"a": 3, "b": 4}


def test_a_value_with_commas_stays_whole() -> None:
    assert json.loads(arguments("Paris, France", search.parameters)) == {"query": "Paris, France"}
    assert json.loads(arguments("query=Paris, France", search.parameters)) == {"query": "Paris, France"}


def test_text_stays_text_and_numbers_become_numbers() -> None:
    assert json.loads(arguments("42", search.parameters)) == {"query": "42"}
    assert json.loads(arguments("query=42, k=7", search.parameters)) == {"query": "42", "k": 7}
    assert json.loads(arguments("query='x', k=None", search.parameters)) == {"query": "x", "k": None}


@pytest.mark.parametrize("written", ["", "None", "{}", "()"])
def test_a_tool_without_parameters_is_given_none(written: str) -> None:
    assert arguments(written, now.parameters) == "{}"


@pytest.mark.parametrize("written", ["3", "{broken", "one and two"])
def test_what_fits_nothing_is_left_for_the_tool_to_refuse(written: str) -> None:
    assert arguments(written, add.parameters) == written


def test_an_object_goes_to_the_tool_as_it_was_written_doubled_keys_and_all() -> None:
    assert arguments('{"a": 1, "a": 2}', add.parameters) == '{"a": 1, "a": 2}'


def test_a_fence_that_is_never_closed_is_left_out() -> None:
    assert unfenced('```json\n{"a": 1}') == '{"a": 1}'
    assert unfenced("x\n```") == "x"


TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(["{", "}", "[", '"', "'", "query", "=", ":", ",", "```", "\n", " ", "\\", "1", "x", "é"])
    ).map("".join),
)


@given(TEXTS)
def test_whatever_the_text_it_never_fails(written: str) -> None:
    for each in (search, add, now):
        assert isinstance(arguments(written, each.parameters), str)
    assert isinstance(arguments(written, {}), str)
    found = leading_object(written)
    assert found is None or isinstance(json.loads(found), dict)


@given(st.dictionaries(st.sampled_from(["query", "k"]), st.text() | st.integers(), min_size=1))
def test_json_is_never_changed(value: dict[str, object]) -> None:
    assert json.loads(arguments(json.dumps(value), search.parameters)) == value


@given(st.text(min_size=1).filter(lambda text: not set(text) & set("{}[]\"'`=:~") and text.strip() == text))
def test_plain_words_reach_the_only_required_parameter_as_they_are(text: str) -> None:
    assert json.loads(arguments(text, search.parameters)) == {"query": text}


@pytest.mark.parametrize("piece", ["{", "[", "'", '"', "a=", " ", "\n", "```\n", "\\", "query=1,", '{"query":'])
def test_long_junk_is_read_in_linear_steps(piece: str) -> None:
    """Anything but linear would take minutes."""
    arguments(piece * 50_000, search.parameters)
