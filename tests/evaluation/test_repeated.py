"""What asking the same items again has shown."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.evaluation.repeated import repeated
from chatbot.evaluation.statistics.repeats import split
from chatbot.evaluation.statistics.samples import pass_all_k, pass_at_k

RANDOM = np.random.default_rng(3)
TOKENS = np.full((200, 5), 12.0)
SILENT = np.zeros((200, 5), np.int64)


def drawn(chance: float = 0.3) -> np.ndarray:
    return (RANDOM.random((200, 5)) < chance).astype(float)


def test_the_variance_is_split_over_the_items_that_have_all_their_scores() -> None:
    values = drawn()
    values[0, 2] = np.nan
    assert repeated("a", values, SILENT, TOKENS).variance == split(values[1:])


def test_several_tries_are_worth_more_and_all_of_them_less() -> None:
    values = drawn()
    found = repeated("a", values, SILENT, TOKENS)
    assert [tries.k for tries in found.tries] == [1, 2, 3, 4, 5]
    right = values.sum(axis=1).astype(int).tolist()
    for tries in found.tries:
        assert tries.one_right.value == pytest.approx(np.mean([pass_at_k(5, c, tries.k) for c in right]))
        assert tries.all_right.value == pytest.approx(np.mean([pass_all_k(5, c, tries.k) for c in right]))
        assert (tries.tokens, tries.vote) == (12 * tries.k, None)
    assert 1 - 0.7**5 in found.tries[4].one_right.interval


def test_a_vote_of_repeats_is_right_where_most_say_the_same_right_thing() -> None:
    values = drawn(0.6)
    answers = np.where(values == 1, 7, RANDOM.integers(100, 10_000, values.shape))
    found = repeated("a", values, answers, TOKENS)
    votes = [tries.vote.value for tries in found.tries if tries.vote]
    assert votes[0] == pytest.approx(values.mean())
    assert votes[4] > votes[0] + 0.2


def test_scores_that_are_not_right_or_wrong_have_a_variance_and_no_tries() -> None:
    found = repeated("a", RANDOM.random((20, 3)), SILENT, TOKENS)
    assert found.variance is not None and found.tries == ()
    assert repeated("a", np.full((2, 3), np.nan), SILENT, TOKENS).variance is None
