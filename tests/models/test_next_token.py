"""Entropy of what is known, and places among the likeliest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.models.next_token import Candidate, entropy_of, rank_of

weights = st.lists(st.floats(0.001, 1), min_size=2, max_size=12)


def test_entropy_is_in_bits() -> None:
    assert entropy_of([0.25] * 4) == 2
    assert entropy_of([1.0]) == 0
    assert entropy_of([0.5, 0.25, 0.125, 0.125]) == 1.75


@given(weights, st.data())
def test_what_is_not_told_can_only_add_to_the_entropy(drawn: list[float], data: st.DataObject) -> None:
    chances = sorted((weight / sum(drawn) for weight in drawn), reverse=True)
    told = data.draw(st.integers(1, len(chances)))
    least = entropy_of(chances[:told], rest=sum(chances[told:]), largest=chances[told - 1])
    assert least <= entropy_of(chances) + 1e-9


def test_a_token_has_its_place_among_the_likeliest_or_none() -> None:
    candidates = [Candidate("a", 0.5), Candidate("b", 0.3)]
    assert rank_of(Candidate("b", 0.3), candidates) == 2
    assert rank_of(Candidate("c", 0.1), candidates) is None
