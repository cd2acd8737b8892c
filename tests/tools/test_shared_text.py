"""Finding what two texts share."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from chatbot.tools.shared_text import LEAST, Shingles, squeezed, unsqueezed

LETTERS = st.text("abc", max_size=60).map(str.encode)


@given(LETTERS, LETTERS, st.text("xyz", min_size=LEAST, max_size=40).map(str.encode), LETTERS, LETTERS)
def test_a_copy_is_found_wherever_it_stands(a: bytes, b: bytes, copy: bytes, c: bytes, d: bytes) -> None:
    [run] = Shingles([a + copy + b]).shared(c + copy + d).values()
    assert run.length >= len(copy)


@given(LETTERS, st.text("xyz", max_size=100).map(str.encode))
def test_texts_that_share_nothing_share_nothing(one: bytes, other: bytes) -> None:
    assert Shingles([one]).shared(other) == {}


@given(st.text("ab", max_size=300).map(str.encode), st.text("ab", max_size=300).map(str.encode))
def test_what_is_found_is_in_both(one: bytes, other: bytes) -> None:
    for run in Shingles([one]).shared(other).values():
        assert other[run.start : run.start + run.length] in one


def test_neither_case_nor_separators_nor_accents_hide_a_copy() -> None:
    assert squeezed("S-e.C\u200br é\nt") == squeezed("secr et") == b"secret"


def test_a_quotation_is_the_text_as_it_stood() -> None:
    text = "Well: The Öre of Næstved, is 12 %. So."
    start = squeezed(text).index(squeezed("Öre"))
    assert unsqueezed(text, start, len(squeezed("Öre of Næstved"))) == "Öre of Næstved"


def test_text_made_to_take_long_is_given_up_and_counts_as_a_copy() -> None:
    same = b"a" * 50_000
    assert Shingles([same, b"b" * 50_000]).shared(same[:20_000])
    noise = bytes(random.Random(7).choices(b"ab", k=30_000))
    Shingles([noise]).shared(noise[::-1])


def test_no_text_hides_behind_one_that_takes_long() -> None:
    junk, copy = b"a" * 50_000, b"the code of the vault is seven"
    assert set(Shingles([junk, copy]).shared(junk + copy)) == {0, 1}
