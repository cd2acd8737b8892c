"""Filters change texts, and every character keeps its origin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import PromptError
from chatbot.messages import Message, Segment, message
from chatbot.prompting import Prompt
from chatbot.prompting.budget import Budget
from chatbot.prompting.filters import FILTERS, shown
from chatbot.prompting.text import Text, as_value

Make = Callable[..., Prompt]


def filtered(name: str, *operands: object) -> object:
    apply, _ = FILTERS[name]
    return apply([as_value(operand, "user") for operand in operands], Budget())


PARTS = st.lists(
    st.builds(Segment, st.text(max_size=8), st.sampled_from(["author", "user", "document", "tool", "model"])),
    max_size=5,
)


@given(PARTS)
def test_upper_lower_and_trim_do_what_they_do_to_strings(parts: list[Segment]) -> None:
    text = Text(tuple(parts))
    whole = str(text)
    for name, wanted in (("upper", [p.text.upper() for p in parts]), ("lower", [p.text.lower() for p in parts])):
        apply, _ = FILTERS[name]
        changed = apply([text], Budget())
        assert isinstance(changed, Text)
        assert [(p.text, p.origin) for p in changed.parts] == list(zip(wanted, [p.origin for p in parts], strict=True))
    trimmed = FILTERS["trim"][0]([text], Budget())
    assert str(trimmed) == whole.strip()


@given(PARTS)
def test_trimming_moves_no_character_to_another_origin(parts: list[Segment]) -> None:
    trimmed = Text(tuple(parts)).stripped()
    written = [(character, part.origin) for part in parts for character in part.text]
    kept = [(character, part.origin) for part in trimmed.parts for character in part.text]
    assert any(written[i : i + len(kept)] == kept for i in range(len(written) + 1))


def test_join_keeps_the_origin_of_items_and_separator() -> None:
    joined = filtered("join", [Segment("a", "document"), "b", 3], Segment(", ", "author"))
    assert isinstance(joined, Text)
    assert joined.parts == (
        Segment("a", "document"),
        Segment(", ", "author"),
        Segment("b", "user"),
        Segment(", ", "author"),
        Segment("3", "author"),
    )
    assert str(filtered("join", ["a", "b"])) == "ab"
    assert str(filtered("join", [])) == ""


@pytest.mark.parametrize(
    ("value", "length"), [("", 0), ("naïve", 5), ([1, [2, 3]], 2), ({"a": 1}, 1), (Segment("ab", "tool"), 2)]
)
def test_length(value: object, length: int) -> None:
    assert filtered("length", value) == length


def test_the_length_of_a_thread_is_its_number_of_messages(make_prompt: Make) -> None:
    prompt = make_prompt("{{ said | length }}", inputs="said: {kind: thread}")
    assert prompt.render(said=[message("user", "hi", "user")] * 3)[0].text == "3"


def test_default_replaces_what_is_missing_or_null_and_nothing_else(make_prompt: Make) -> None:
    prompt = make_prompt(
        "{{ absent | default('a') }}{{ item.none | default('b') }}{{ item.null | default('c') }}"
        "{{ empty | default('d') }}{{ zero | default('e') }}{{ absent | default }}",
        inputs="absent: {}\nempty: {}\nzero: {kind: integer}\nitem: {kind: object}",
    )
    assert prompt.render(item={"null": None}, empty="", zero=0)[0].text == "abc0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (-0.0, "0"),
        (2.0, "2"),
        (1e15, "1000000000000000"),
        (1e16, "1e+16"),
        (0.1, "0.1"),
        (10**900, "1" + "0" * 900),
    ],
)
def test_how_values_are_written(value: object, text: str) -> None:
    assert str(shown(as_value(value, "user"), Budget())) == text


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("xs | upper", "in the filter 'upper': a list cannot be written as text; write its items with a loop"),
        ("item", "a table cannot be written as text"),
        ("xs | join", "in the filter 'join': a list cannot be written as text"),
        ("name | join", "in the filter 'join': it takes a list, not a text"),
        ("n | length", "in the filter 'length': it takes a text, a list, a table or a thread, not a number"),
        ("said | upper", "in the filter 'upper': a thread cannot be changed"),
        ("null | trim", "in the filter 'trim': null cannot be written as text; test it with {% if %}"),
        ("name | upper(1)", "the filter 'upper' takes no arguments"),
        ("name | default(1, 2)", "the filter 'default' takes at most one plain argument"),
        ("xs | join(d=1)", "the filter 'join' takes at most one plain argument"),
        ("xs | join(*xs)", "the filter 'join' takes at most one plain argument"),
    ],
)
def test_what_a_filter_is_not_made_for_is_said(make_prompt: Make, expression: str, said: str) -> None:
    inputs = "xs: {kind: array}\nitem: {kind: object}\nn: {kind: float}\nname: {}\nsaid: {kind: thread}"
    with pytest.raises(PromptError) as caught:
        make_prompt("{{ " + expression + " }}", inputs=inputs).render(
            xs=[["a"]], item={}, n=1, name="x", said=[Message("user")]
        )
    assert f"made.prompty:9: {said}" in caught.value.message
