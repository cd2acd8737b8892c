from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text

from chatbot.errors import UsageError
from chatbot.evaluation.scoring.checks import COUNTS, FLAGS, TEXTS, read_checks, words


def holds(text: str, checks: object) -> bool:
    return all(check.holds(text) for check in read_checks(checks))


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("words", "Don't over-think it: 1,000 words.", 5),
        ("words", "我喜欢 Python", 4),
        ("words", "Ça va très bien — oui.", 5),
        ("words", "", 0),
        ("sentences", "One. Two! Three?", 3),
        ("sentences", "Dr. Brown came at 5 p.m. today.", 1),
        ("sentences", "一。二。", 2),
        ("paragraphs", "One\nstill one\n\nTwo\n \n\nThree\n", 3),
        ("bullets", "- a\n* b\n• c\n1. d\n---\n**e**", 3),
        ("sections", "# One\ntext\n## Two\nSection 3\nThis section 4 is none", 3),
        ("placeholders", "Dear [name], see [this](link) and [date].", 2),
        ("highlights", "a *b* and **c d** but 2 * 3 * 4", 2),
        ("commas", "a, b，c、d", 3),
    ],
)
def test_things_are_counted(name: str, text: str, count: int) -> None:
    assert COUNTS[name](text) == count
    assert holds(text, {name: count})
    assert holds(text, {f"{name}_at_least": count, f"{name}_at_most": count})
    assert not holds(text, {f"{name}_at_least": count + 1})
    assert not holds(text, {name: count + 1})


@pytest.mark.parametrize(
    ("check", "yes", "no"),
    [
        ({"includes": "cat"}, "A Cat sat.", "A dog."),
        ({"includes": ["cat", "dog"]}, "dog, cat", "A dog."),
        ({"excludes": ["cat", "dog"]}, "A bird.", "A dog."),
        ({"starts_with": "Dear"}, "  dear John", "Oh dear"),
        ({"starts_with": ["Dear", "Hello"]}, "Hello John", "Oh dear"),
        ({"ends_with": "bye."}, "Good bye.\n", "Bye. Bye"),
        ("uppercase", "ALL OF 3 IT!", "All of it"),
        ("lowercase", "all of 3 it!", "All of it"),
        ("lowercase", "straße", "STRAßE"),
        ("valid_json", '{"a": [1]}', "{'a': 1}"),
        ("valid_json", '```json\n{"a": 1}\n```', 'Here:\n```json\n{"a": 1}\n```'),
        ("valid_json", "[1]", "[NaN]"),
        ("no_commas", "a b", "a, b"),
        ("quoted", '"all of it"', '"half" of it'),
        ("quoted", "„alles“", '"'),
        ("title", "<<Rain>>\nIt rains.", "<Rain>"),
        ({"title": False}, "Rain", "<<Rain>>"),
        ({"uppercase": False}, "Rain", "RAIN"),
    ],
)
def test_a_check_tells_what_was_asked_from_what_was_not(check: object, yes: str, no: str) -> None:
    assert holds(yes, check)
    assert not holds(no, check)


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ({"word": 3}, "there is no check 'word'"),
        ({"words_at_some": 3}, "there is no check 'words_at_some'"),
        ({"words": "3"}, "words must be a whole number, not '3'"),
        ({"words": True}, "words must be a whole number"),
        ({"words_at_most": -1}, "words_at_most must be a whole number"),
        ({"uppercase": "yes"}, "uppercase must be true or false"),
        ({"includes": []}, "includes must be a text or several"),
        ({"includes": " "}, "includes must be a text or several"),
        ({"includes": {"a": 1}}, "includes must be a text or several"),
        ([], "there is nothing to check"),
        ([3], "'3' is no check"),
        (None, "'None' is no check"),
    ],
)
def test_a_wrong_check_is_told(checks: object, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_checks(checks)

    assert message in caught.value.message


@given(any_text)
def test_every_check_can_be_made_of_any_text(text: str) -> None:
    for name, count in COUNTS.items():
        assert holds(text, {name: count(text)})
    for name, flag in FLAGS.items():
        assert holds(text, {name: flag(text)})
    for name in TEXTS:
        assert holds(text, {name: "a"}) in (True, False)


@given(any_text.filter(str.strip))
def test_a_text_includes_starts_with_and_ends_with_itself(text: str) -> None:
    assert holds(text, {"includes": text, "starts_with": text, "ends_with": text})
    assert not holds(text, {"excludes": text})


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), max_size=30))
def test_words_are_what_spaces_part(several: list[str]) -> None:
    assert words(" ".join(several)) == len(several)


json_values = st.recursive(
    st.integers() | st.text(max_size=9) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
def test_whatever_is_json_is_valid_json(value: object) -> None:
    assert holds(json.dumps(value), "valid_json")


LONG = (
    "<<a" * 40_000,
    "<<" + "a" * 100_000,
    "**a" * 40_000,
    "[a" * 40_000,
    "- " * 50_000,
    "\n" * 100_000,
    " " * 100_000,
)


@pytest.mark.parametrize("text", [*LONG, "# " * 50_000, '"' * 100_000, "a,b" * 30_000, "[" * 100_000])
def test_no_long_text_holds_a_check_up(text: str) -> None:
    for name, count in COUNTS.items():
        assert holds(text, {f"{name}_at_least": count(text)})
    for name in FLAGS:
        assert holds(text, name) in (True, False)
