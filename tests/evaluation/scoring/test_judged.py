"""Scores by what judges said: majority, mean grade, and preference that holds in both orders."""

from __future__ import annotations

import pytest
from scored_entries import item, said, scorer, worth

from chatbot.errors import ChatbotError
from chatbot.evaluation.records import Judgement, Response
from chatbot.evaluation.scoring.judged import Scale, settled, winner

RUBRIC = "{kind: rubric, rubric: It is right%s}"
PAIRWISE = "{kind: pairwise, rubric: It is right}"


def grades(*answers: str | None, name: str = "rubric") -> Response:
    given = tuple(Judgement(f"j{n}", f"Grade: {answer}", answer) for n, answer in enumerate(answers))
    return said("It is 4.", judgements={name: given})


def pair(*verdicts: tuple[str | None, str | None]) -> Response:
    """What each judge says of the variant first, and of the baseline first."""
    given = tuple(
        Judgement(f"j{n}", str(answer), answer, swapped=swapped)
        for n, both in enumerate(verdicts)
        for swapped, answer in zip((False, True), both, strict=True)
    )
    return said("It is 4.", judgements={"pairwise": given})


def score(entry: str, response: Response) -> float | str:
    return worth(scorer(entry)(item(question="2 + 2?"), response))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["4"], 1),
        (["3"], 0),
        (["5", "1", "4"], 1),
        (["1", None, "2"], 0),
        (["5", None, "5"], 1),
        (["5", None, "1"], "unscored"),
        (["5", "1"], 0.5),
        (["5", "1", None], "unscored"),
        ([None], "unscored"),
        ([], "unscored"),
    ],
)
def test_the_majority_of_all_judges_decides(answers: list[str | None], expected: float | str) -> None:
    assert score(RUBRIC % "", grades(*answers)) == expected


def test_the_mean_grade_needs_every_judge() -> None:
    assert score(RUBRIC % ", measure: grade", grades("5", "3", "4")) == 0.75
    assert score(RUBRIC % ", measure: grade", grades("5", None)) == "unscored"


def test_a_scale_of_its_own_passes_from_its_middle_or_from_where_it_says() -> None:
    assert score(RUBRIC % ", scale: [0, 10]", grades("5")) == 1
    assert score(RUBRIC % ", scale: [0, 10], pass: 8", grades("7")) == 0


def test_an_empty_reply_has_no_answer_and_a_declined_one_is_refused() -> None:
    assert score(RUBRIC % "", said("", judgements={"rubric": ()})) == "no_answer"
    assert score(RUBRIC % "", said("I can't.", declined=True)) == "refused"


@pytest.mark.parametrize(
    ("answer", "grade"),
    [
        ("4", 4),
        ("4.", 4),
        ("**4**", 4),
        ("4/5", 4),
        ("4 out of 5", 4),
        ("3.5", 3.5),
        ("3,5", 3.5),
        ("yes", 5),
        ("Incorrect.", 1),
        ("0", None),
        ("7", None),
        ("45", None),
        ("4 or 5", None),
        ("good", None),
        ("", None),
        (None, None),
    ],
)
def test_a_grade_is_a_number_of_the_scale_or_yes_or_no(answer: str | None, grade: float | None) -> None:
    assert Scale().grade(answer) == grade


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([("first", "second")], 1),
        ([("second", "first")], 0),
        ([("first", "first")], 0.5),
        ([("tie", "tie")], 0.5),
        ([("First.", "tie")], 0.5),
        ([("first", "second"), ("second", "first")], 0.5),
        ([("first", "second"), ("first", "first")], 0.75),
        ([("first", None)], "unscored"),
        ([("both are fine", "second")], "unscored"),
    ],
)
def test_a_preference_counts_where_it_holds_in_both_orders(
    verdicts: list[tuple[str | None, str | None]], expected: float | str
) -> None:
    assert score(PAIRWISE, pair(*verdicts)) == expected


def test_the_baseline_is_worth_a_half_and_what_was_not_compared_is_worth_nothing() -> None:
    assert score(PAIRWISE, said("4", judgements={"pairwise": ()})) == 0.5
    assert score(PAIRWISE, said("4")) == "unscored"


def test_a_judge_is_settled_each_time_by_itself() -> None:
    one = Judgement("j", "", "first")
    again = Judgement("j", "", "second", swapped=True, repeat=1)
    assert (winner(one), winner(again)) == ("variant", "variant")
    assert settled([one, again, Judgement("k", "", None)]) == {("j", 0): 1.0, ("j", 1): 1.0}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (", scale: [5, 1]", "no grade is from 5 to 1"),
        (", scale: [1]", "scale must be the lowest and the highest grade"),
        (", pass: 6", "pass must be a number from 1 to 5"),
        (", measure: mean", "measure must be one of pass, grade"),
        (", jugdes: [a]", "did you mean 'judges'"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(more: str, told: str) -> None:
    with pytest.raises(ChatbotError, match=r"suite\.yaml:3") as error:
        scorer(RUBRIC % more)
    assert told in str(error.value)
