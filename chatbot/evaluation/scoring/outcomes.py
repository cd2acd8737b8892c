"""Scores in the making: right or wrong, no answer, unscored; and the guard that keeps what is no answer from a scorer.

A judge sees only replies that it can judge. What it raises makes the cell unscored, with the reason: never wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from chatbot.errors import ChatbotError, ProjectError
from chatbot.evaluation.endings import REASONS, ending_of
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.prompting.plain import without_thinking

T = TypeVar("T")

LEFT_OUT = "the scorer's `when` leaves this item out"


def scored(value: float, reason: str = "", details: Mapping[str, object] | None = None) -> Score:
    """A score with a value, which must be finite: ValueError otherwise."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no score")
    return Score("scored", float(value), reason, details or {})


def right_or_wrong(right: bool, reason: str, details: Mapping[str, object] | None = None) -> Score:
    """1 or 0; the reason is why it is 0."""
    return scored(1.0 if right else 0.0, "" if right else reason, details)


def no_answer(reason: str, details: Mapping[str, object] | None = None) -> Score:
    """There is a reply, and nothing in it to judge."""
    return Score("no_answer", reason=reason, details=details or {})


def guarded(
    judge: Scorer,
    *,
    declined_too: bool = False,
    cut_too: bool = False,
    asked: Callable[[Item], bool] | None = None,
) -> Scorer:
    """The judge, for the items that it is asked about, and for what a reply says, without the model's thinking.

    An error stays an error. A declined reply, or one that the service withheld, is refused, unless the judge takes
    those as well (`declined_too`). A reply that was cut is unscored, since the rest might say otherwise, and an empty
    one has no answer, unless the judge takes replies as they are (`cut_too`). A judge that raises leaves the cell
    unscored.
    """

    def checked(item: Item, response: Response) -> Score:
        if asked is not None and not asked(item):
            return Score("unscored", reason=LEFT_OUT, details={"left_out": True})
        if response.error:
            return Score("error", reason=response.error)
        if has_declined(response) and not declined_too:
            return refused(response)
        ending = ending_of(response)
        if ending == "empty" and not declined_too:
            found = judge(item, response)
            return found if found.status == "no_answer" else no_answer(REASONS[ending], found.details)
        if ending not in ("whole", "empty", "filtered") and not cut_too:
            return Score("unscored", reason=REASONS[ending], details={"ending": ending})
        return judge(item, replace(response, text=without_thinking(response.text)))

    def score(item: Item, response: Response) -> Score:
        try:
            return translated(lambda: checked(item, response), "the scorer")
        except ChatbotError as error:
            return Score("unscored", reason=f"{error.message} ({error.hint})" if error.hint else error.message)

    return score


def translated(work: Callable[[], T], who: str) -> T:
    """What the work returns. Raises ChatbotError for whatever it raises: a scorer may be anybody's function."""
    try:
        return work()
    except ChatbotError:
        raise
    except Exception as error:  # one cell fails, and never the run
        raise ProjectError(f"{who} failed: {type(error).__name__}: {error}") from error


def has_declined(response: Response) -> bool:
    """Whether the model declined to answer, or its service withheld the reply."""
    return response.declined or response.finish == "filtered"


def refused(response: Response) -> Score:
    """What a declined or withheld reply scores with a judge of answers."""
    return Score("refused", reason="the model declined to answer" if response.declined else REASONS["filtered"])


def brief(text: object, most: int = 120) -> str:
    """A value for a reason: on one line, and short."""
    shown = " ".join(str(text).split())
    return repr(shown if len(shown) <= most else f"{shown[: most - 1]}…")
