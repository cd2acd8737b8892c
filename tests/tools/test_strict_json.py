import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.tools.strict_json import strict_json

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=10,
)


@given(JSON)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert strict_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("{'a': 1}", "double quotes"),
        ('{"a": NaN}', "NaN is not a value of JSON"),
        ("-Infinity", "-Infinity is not a value of JSON"),
        ("1e999", "1e999 is too large"),
        ("9" * 1_001, "more than 1,000 digits"),
        ('{"a": 1, "a": 1}', "the key 'a' is given twice"),
        ('[{"b": {"c": 1, "c": 2}}]', "the key 'c' is given twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("{} {}", "Extra data"),
    ],
)
def test_what_is_not_json_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        strict_json(text)


@given(st.one_of(st.text(), st.text(alphabet='{}[]",:0123456789.eE-+truefalsnlINy \\u')))
def test_any_text_is_a_value_or_a_value_error(text: str) -> None:
    try:
        value = strict_json(text)
    except ValueError:
        return
    json.dumps(value, allow_nan=False)
