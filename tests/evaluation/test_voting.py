"""What votes of other sizes would have been worth."""

from __future__ import annotations

import pytest

from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.statistics.samples import majority_curve
from chatbot.evaluation.voting import Ballots, Votes
from chatbot.messages import Usage

ITEM = Item("1", {"answer": "4"})


def is_4(item: Item, response: Response) -> Score:
    assert response.text == response.answer
    return Score("scored", float(response.answer in ("4", "4.0")))


def voted(*answers: str | None) -> Response:
    return Response("…", answers[0], samples=answers, usage=Usage(90, 10 * len(answers)))


def test_the_curve_is_the_mean_over_items() -> None:
    ballots, votes = Ballots(3), [("4", "4", "5"), ("5", "4.0", None)]
    for place, answers in enumerate(votes):
        ballots.add(place, ITEM, voted(*answers), is_4)
    found = ballots.votes("a", None)
    assert found is not None and found.samples == 3
    curves = [majority_curve(votes[0], {"4"}), majority_curve(votes[1], {"4.0"})]
    for place, vote in enumerate(found.curve):
        assert (vote.k, vote.right.n) == (place + 1, 2)
        assert vote.right.value == pytest.approx((curves[0][place] + curves[1][place]) / 2)
        assert vote.tokens == pytest.approx(40 * vote.k)


def test_votes_that_were_stopped_early_say_nothing_of_other_sizes() -> None:
    ballots = Ballots(2)
    ballots.add(0, ITEM, voted("4", "4"), is_4)
    ballots.add(1, ITEM, voted("4", "5", "4"), is_4)
    ballots.add(1, ITEM, voted("4", "5", "4"), is_4)
    assert ballots.votes("a", None) == Votes("a", 3, 8 / 3, ())


def test_what_did_not_vote_has_no_curve() -> None:
    ballots = Ballots(1)
    ballots.add(0, ITEM, Response("4", "4"), is_4)
    assert ballots.votes("a", None) is None


def test_large_votes_are_told_by_a_few_sizes_and_their_own() -> None:
    ballots = Ballots(1)
    ballots.add(0, ITEM, voted(*["4"] * 41), is_4)
    found = ballots.votes("a", None)
    assert found is not None
    assert [vote.k for vote in found.curve][-3:] == [30, 40, 41]
    assert {vote.right.value for vote in found.curve} == {1}
