"""JSON is found in fences and in prose, and read by its path."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import UsageError
from chatbot.prompting.json_values import as_text, at_path, read_path, stated_values, values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_an_object_is_found_in_prose(value: dict[str, object]) -> None:
    assert next(values(f"See [1]. Here it is: {json.dumps(value)} I hope it fits.", longest=True)) in (value, [1])


def test_a_path_leads_through_names_and_indexes() -> None:
    value = {"a": [{"b c": 1}, 2]}
    assert at_path(value, read_path("$.a[0]['b c']")) == 1
    assert at_path(value, read_path("$.a[-1]")) == 2
    for path in ("$.b", "$.a.b", "$.a[7]", "$[0]"):
        with pytest.raises(LookupError):
            at_path(value, read_path(path))
    with pytest.raises(UsageError, match="is no path"):
        read_path("$.a[*]")


def test_values_have_a_normal_form() -> None:
    assert [as_text(value) for value in (1.0, True, None, " x ", {"b": 1, "a": "ü"})] == [
        "1", "true", None, "x", '{"a": "ü", "b": 1}',
    ]  # fmt: skip


def test_an_answer_in_an_object_is_stated_and_null_is_none() -> None:
    assert list(stated_values('So: {"Final Answer": 5, "steps": 3}')) == ["5"]
    assert list(stated_values('{"answer": null}')) == [""]
    assert list(stated_values("no {} here, NaN: [NaN]")) == []
