"""Patterns of a policy: what one star keeps out is what an attacker would put in."""

from __future__ import annotations

import pytest

from chatbot.tools.pattern import matches, matches_any


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*", "anything at\nall"),
        ("send_*", "send_mail"),
        ("*@example.com", "bo.li@example.com"),
        ("https://example.com/**", "https://example.com/a/b?c=d#e"),
        ("notes/**", "notes/2026/plan..md"),
        ("a.c", "a.c"),
        ("[x]", "[x]"),
    ],
)
def test_what_a_pattern_describes(pattern: str, text: str) -> None:
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*@example.com", "thief@evil.org,bo@example.com"),
        ("*@example.com", "thief@evil.org bo@example.com"),
        ("*@example.com", "bo@example.com.evil.org"),
        ("https://example.com/*", "https://example.com/a/b"),
        ("https://example.com/**", "https://example.com.evil.org/"),
        ("https://**.example.com/**", "https://evil.org@www.example.com/"),
        ("notes/**", "notes/../secret"),
        ("notes/**", "notes/a/.."),
        ("notes/**", "notes\\..\\secret"),
        ("a.c", "abc"),
        ("Bo", "bo"),
        ("bo", "bo\n"),
    ],
)
def test_what_it_does_not(pattern: str, text: str) -> None:
    assert not matches(pattern, text)


def test_one_of_many_is_enough_and_none_of_none() -> None:
    assert matches_any(("a", "b*"), "bc")
    assert not matches_any((), "")
