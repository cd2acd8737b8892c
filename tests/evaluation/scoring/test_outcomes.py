from __future__ import annotations

import pytest
from scored_entries import item, said

from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.scoring.outcomes import brief, guarded, right_or_wrong, scored, translated


def raises(error: Exception) -> Score:
    def judge(_: Item, __: Response) -> Score:
        raise error

    return guarded(judge)(item(), said("a"))


def test_a_scorer_that_raises_leaves_the_cell_unscored() -> None:
    assert raises(ZeroDivisionError("oh")) == Score("unscored", reason="the scorer failed: ZeroDivisionError: oh")
    assert raises(UsageError("no field", hint="add it")) == Score("unscored", reason="no field (add it)")


def test_a_foreign_error_is_translated_once() -> None:
    with pytest.raises(ProjectError, match="it failed: KeyError: 'a'"):
        translated(lambda: {}["a"], "it")
    with pytest.raises(UsageError):
        translated(lambda: translated(lambda: scorer_error(), "inner"), "outer")


def scorer_error() -> None:
    raise UsageError("known")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_is_a_finite_number(value: float) -> None:
    with pytest.raises(ValueError, match="no score"):
        scored(value)


def test_a_reason_is_why_it_is_wrong() -> None:
    assert right_or_wrong(True, "why").reason == ""
    assert right_or_wrong(False, "why") == Score("scored", 0.0, "why")


def test_a_value_in_a_reason_is_short_and_on_one_line() -> None:
    assert brief("a\n  b") == "'a b'"
    assert len(brief("x" * 1000)) <= 122


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (Response("right", finish="length"), "unscored"),
        (Response("right", finish="truncated"), "unscored"),
        (Response("right", finish="filtered"), "refused"),
        (Response(""), "no_answer"),
        (Response("<think>right</think>"), "no_answer"),
        (Response("right"), "scored"),
        (Response("right", error="down"), "error"),
    ],
)
def test_what_is_not_whole_is_never_judged(response: Response, status: str) -> None:
    found = guarded(lambda _, __: right_or_wrong(True, ""))(item(), response)
    assert found.status == status
    assert bool(found.reason) == (status != "scored")


def test_a_judge_of_what_a_reply_took_takes_those_that_were_cut() -> None:
    found = guarded(lambda _, __: scored(3), declined_too=True, cut_too=True)(item(), Response("rig", finish="length"))
    assert found.value == 3
