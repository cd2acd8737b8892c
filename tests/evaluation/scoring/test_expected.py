from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import item, section

from chatbot.errors import ChatbotError, PromptError, UsageError
from chatbot.evaluation.scoring.expected import Expected, as_texts, read_expected, structured

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def expected(written: str, fields: list[str] | None = None) -> Expected:
    return read_expected(
        section(f"{{kind: exact, expect: {written}}}"), "expect", None if fields is None else set(fields)
    )


def listed(value: object) -> object:
    """Tuples as lists."""
    if isinstance(value, dict):
        return {key: listed(each) for key, each in value.items()}
    return [listed(each) for each in value] if isinstance(value, list | tuple) else value


@given(json_values)
def test_a_text_that_is_one_expression_gives_the_fields_own_value(value: object) -> None:
    assert listed(expected('"{{ answer }}"').value(item(answer=value))) == listed(value)


@given(st.text())
def test_what_stands_in_a_field_is_never_a_template(text: str) -> None:
    assert expected('"<{{ answer }}>"').value(item(answer=text + "{{ secret }}")) == f"<{text}{{{{ secret }}}}>"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Paris", "Paris"),
        ("3", 3),
        ('"in {{ city }}"', "in Paris"),
        ('"{{ city | upper }}"', "PARIS"),
        ('"{% for each in list %}{{ each }};{% endfor %}"', "1;2;"),
        ('"{{ list[1] }}"', 2),
        ('"{{ deep.key }}"', "x"),
        ('["{{ city }}", b]', ["Paris", "b"]),
        ('{a: "{{ list }}", b: {c: "{{ city }}"}}', {"a": [1, 2], "b": {"c": "Paris"}}),
    ],
)
def test_templates_stand_in_texts_lists_and_tables(written: str, value: object) -> None:
    found = expected(written, ["city", "list", "deep"])

    assert listed(found.value(item(city="Paris", list=[1, 2], deep={"key": "x"}))) == value
    assert found.constant == ("{" not in written)


def test_one_value_or_several_are_texts_in_normal_form() -> None:
    assert as_texts(4.0) == ("4",)
    assert as_texts(["a", 2, True]) == ("a", "2", "true")
    for nothing in (None, [], ["a", None], " "):
        with pytest.raises(UsageError):
            as_texts(nothing)


def test_lists_and_tables_may_stand_as_json_in_a_text() -> None:
    assert structured(' [1, {"a": 2}]') == [1, {"a": 2}]
    assert structured("[1") == "[1"
    assert structured("3") == "3"
    assert structured([1]) == [1]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('"{{ citty }}"', "'citty' is not a field of the dataset"),
        ('"{{ city.x() }}"', "calls are not part of the portable templates"),
        ('"{{ city"', "the template is wrong"),
        ("\"{% include 'x' %}\"", "{% include %} is not part"),
        ('["{{ city }}", "{{ citty }}"]', "'citty' is not a field of the dataset"),
        ("2024-01-31", "2024-01-31 is not text"),
        ("[{a: 2024-01-31}]", "2024-01-31 is not text"),
    ],
)
def test_a_wrong_template_is_refused_when_it_is_read(written: str, message: str) -> None:
    with pytest.raises(PromptError) as caught:
        expected(written, ["city"])

    assert caught.value.message.startswith("suite.yaml:3: ") and message in caught.value.message


def test_a_field_that_an_item_lacks_is_an_error_of_the_item() -> None:
    given = expected('"{{ city }}"')

    with pytest.raises(ChatbotError) as caught:
        given.value(item(citty="Paris"))
    assert "the item has no field 'city'" in caught.value.message
    assert caught.value.hint == "did you mean 'citty'?"


def test_a_field_may_have_a_default() -> None:
    assert expected("\"{{ city | default('none') }}\"").value(item()) == "none"
