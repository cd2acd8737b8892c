"""Terms: what is one word for search, in English and elsewhere, and what a question looks up."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.lexical_terms import KEY_SHIFT, MOST_COUNTED, MOST_WORDS, content_words, keys_of, packed_terms


def counts(text: str) -> dict[int, int]:
    packed = np.frombuffer(packed_terms(text), dtype="<u8").tolist()
    assert packed == sorted(packed)
    return {term >> KEY_SHIFT: term & MOST_COUNTED for term in packed}


def found(question: str, text: str) -> int:
    """How many of the question's different terms the text has."""
    return len(keys_of(content_words(question)).keys() & counts(text).keys())


def test_terms_are_counted() -> None:
    assert sorted(counts("tea, tea and coffee").values()) == [1, 1, 2]
    assert counts("") == counts("?! ...") == {}
    assert list(counts("a " * 1_000).values()) == [MOST_COUNTED]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("boiling points", "it boils at the point"),
        ("ORGANISATION", "organisations"),
        ("cafe", "Café"),
        ("strasse", "Straße"),
        ("ΟΔΟΣ", "οδός"),
        ("e-mail", "mails sent"),
        ("max_tokens", "the token limit, max."),
        ("What’s new?", "what is new"),
        ("العربية", "العَرَبِيَّة"),
        ("हिन्दी", "वह हिन्दी बोलता है"),
        ("東京", "私は東京に住んでいます"),
        ("ソウル", "ソウルの天気"),
        ("서울", "서울에서"),
        ("กรุงเทพ", "ฉันอยู่ที่กรุงเทพมหานคร"),
        ("iPhone手机", "新的手机"),
    ],
)
def test_a_question_finds_a_text_that_writes_its_words_otherwise(question: str, text: str) -> None:
    assert found(question, text)


@pytest.mark.parametrize(
    ("question", "text"), [("हिन्दी", "हाथी"), ("東京", "京都と東北"), ("universe of news", "a new university")]
)
def test_a_question_does_not_find_what_only_looks_like_its_words(question: str, text: str) -> None:
    assert not found(question, text)


def test_a_joined_word_is_found_by_its_parts_and_best_as_a_whole() -> None:
    assert found("3.11.2", "Python 3.11.2") == 4
    assert found("3.11.2", "2 times 3.11") == 3
    assert found("max_tokens", "set __max_tokens__ here") == 3
    assert found("C++", "written in C++, or C#") == 2
    assert found("C++", "written in C or C#") == 1


def test_stop_words_are_looked_up_only_where_there_is_nothing_else() -> None:
    assert content_words("What is the boiling point?") == ["boiling", "point"]
    assert content_words("to be or not to be") == ["to", "be", "or", "not", "to", "be"]
    assert content_words("?!") == []


def test_a_word_that_is_asked_twice_counts_twice() -> None:
    assert sorted(keys_of(content_words("plane or planes, or a wing")).values()) == [1, 2]


def test_a_question_of_any_length_is_bounded() -> None:
    assert len(content_words(" ".join(f"word{number}" for number in range(10_000)))) == MOST_WORDS


@given(st.text() | st.text(string.printable) | st.text(st.characters(categories=["Cs", "Mn", "Mc", "Lo"])))
def test_any_text_has_terms_and_finds_itself(text: str) -> None:
    asked = keys_of(content_words(text))

    assert asked.keys() <= counts(text).keys()
    assert bool(asked) == bool(counts(text))
