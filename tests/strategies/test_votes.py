"""The mathematics of votes, against scipy and by simulation."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from chatbot.strategies.votes import Vote, confidence, count

answers = st.lists(st.sampled_from(["7", "8", "9", None]), max_size=60)


@given(st.integers(0, 200), st.integers(0, 200))
def test_confidence_is_the_tail_of_the_beta_posterior(first: int, second: int) -> None:
    assert confidence(first, second) == pytest.approx(beta.sf(0.5, first + 1, second + 1), abs=1e-12)


def test_four_of_four_are_decided_and_three_of_three_are_not() -> None:
    assert confidence(3, 0) == 0.9375
    assert confidence(4, 0) == 0.96875


@given(answers)
def test_the_leader_has_most_votes_and_no_answer_votes_for_nothing(found: list[str | None]) -> None:
    vote = count(found)
    assert sum(vote.counts.values()) + vote.without == len(found)
    if vote.leader is None:
        assert all(answer is None for answer in found)
    else:
        assert found.count(vote.leader) == max(found.count(answer) for answer in found if answer is not None)


def test_of_equal_answers_the_first_leads() -> None:
    assert count(["b", "a", "a", "b", None]).leader == "b"


@given(answers, st.integers(0, 50))
def test_what_is_missing_decides_if_all_of_it_votes_for_the_leader_and_less_cannot(
    found: list[str | None], most: int
) -> None:
    vote = count(found)
    missing = vote.missing(0.95, most)
    first, second, *_ = (*vote.counts.values(), 0, 0)
    if missing < most:
        assert first + missing and confidence(first + missing, second) >= 0.95
    assert all(not first + fewer or confidence(first + fewer, second) < 0.95 for fewer in range(missing))


def stopping(shares: dict[str, float], chance: random.Random, *, rounds: bool) -> tuple[int, str]:
    """Samples taken until the leader is decided, 40 at most: in rounds of what is missing, or one by one."""
    drawn: list[str | None] = []
    vote = Vote({})
    while len(drawn) < 40 and (missing := vote.missing(0.95, 40 - len(drawn))):
        drawn += chance.choices(list(shares), list(shares.values()), k=missing if rounds else 1)
        vote = count(drawn)
    return len(drawn), str(vote.leader)


REFERENCE = [
    ({"a": 0.90, "b": 0.05, "c": 0.05}, 5.4, 0.98),
    ({"a": 0.70, "b": 0.20, "c": 0.10}, 11.9, 0.95),
    ({"a": 0.40, "b": 0.35, "c": 0.25}, 33.7, 0.58),
]
"""Shares of the answers, the samples that the reference simulation took on average, and how often at least the most
frequent one was found."""


@pytest.mark.parametrize(("shares", "samples", "found"), REFERENCE)
def test_adaptive_stopping_takes_the_samples_of_the_reference(
    shares: dict[str, float], samples: float, found: float
) -> None:
    chance = random.Random(7)
    runs = [stopping(shares, chance, rounds=True) for _ in range(4_000)]
    assert sum(taken for taken, _ in runs) / len(runs) == pytest.approx(samples, rel=0.05)
    assert sum(leader == "a" for _, leader in runs) / len(runs) >= found


def test_rounds_take_as_many_samples_as_one_after_the_other() -> None:
    shares = REFERENCE[1][0]
    for seed in range(300):
        in_rounds = stopping(shares, random.Random(seed), rounds=True)
        assert in_rounds == stopping(shares, random.Random(seed), rounds=False)
