"""Values as models write them: what is read, and what is refused rather than guessed."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.call_text.fitting import whole_value
from chatbot.call_text.literals import MAX_DEPTH, Reader, Unreadable, WorkDone

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_json_is_read_as_the_standard_has_it(value: object) -> None:
    assert whole_value(json.dumps(value)) == value
    assert whole_value(json.dumps(value, ensure_ascii=False, indent=2)) == value


@given(VALUES)
def test_pythons_literals_are_read_as_python_does(value: object) -> None:
    assert whole_value(repr(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: 1, b-c: 2, d.e: 3,}", {"a": 1, "b-c": 2, "d.e": 3}),
        ("(1, 'a')", [1, "a"]),
        ("(1,)", [1]),
        ("(1)", 1),
        ("()", []),
        ('"""a "quoted" word"""', 'a "quoted" word'),
        ('"two\nlines"', "two\nlines"),
        (r'"\d+ \u00e9 \ud83d\ude00 \x41 \q"', "\\d+ é \U0001f600 A \\q"),
        (r"r'\d'", r"\d"),
        ("“curly”", "curly"),
        ("‘it is’", "it is"),
        ("[1, // one\n 2, # two\n 3 /* three */]", [1, 2, 3]),
        ("[True, False, None, true, false, null]", [True, False, None, True, False, None]),
        ("[+1, -2, 0x1F, 1_000, .5, 5., 1e3]", [1, -2, 31, 1000, 0.5, 5.0, 1000.0]),
        ("{1: 'one'}", {"1": "one"}),
    ],
)
def test_what_models_write_beside_json_is_read(text: str, value: object) -> None:
    assert whole_value(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1, "a": 2}', "given twice"),
        ("[NaN]", "no value"),
        ("[-Infinity]", "no value"),
        ("1e999", "too large"),
        ("9" * 1001, "digits"),
        ("02134", "no value"),
        ("Paris", "cut off"),
        ("[Paris]", "no value"),
        ("__import__('os').system('true')", "no value"),
        ("[1 2]", "missing"),
        ('["a" "b"]', "missing"),
        ('{"a" 1}', "missing"),
        ('{"a": "say "hi" now"}', "missing"),
        ("{x for x in y}", "missing"),
        ("1 + 1", "text follows"),
        ("[" * (MAX_DEPTH + 2), "deeply"),
        ('{"a": 1', "cut off"),
        ('{"a": "b', "not closed"),
        ("", "cut off"),
        ("{/* ", "no key"),
    ],
)
def test_what_would_be_a_guess_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        whole_value(text)


def test_what_was_whole_when_the_text_ended_is_told() -> None:
    def partial(text: str) -> object:
        with pytest.raises(Unreadable) as raised:
            Reader(text).value(0)
        return raised.value.partial

    assert partial('{"a": {"b": 1}') == {"a": {"b": 1}}
    assert partial('[{"a": 1}, {"b": 2') == [{"a": 1}, {"b": 2}]
    assert partial('[{"a": 1}, {"b": "c') == [{"a": 1}]
    assert partial('{"a": {"b": 1') is None
    assert partial('{"a": tru') is None


def test_the_work_at_a_text_is_bounded() -> None:
    reader = Reader("[1, 2, 3]" * 10)
    while reader.left > 0:
        before = reader.left
        with suppress(WorkDone):
            reader.value(0)
        assert reader.left < before
    with pytest.raises(WorkDone):
        reader.value(0)
