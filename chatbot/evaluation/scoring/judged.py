"""Scorers by what judges said: rubric (is the response good) and pairwise (is it better than the baseline's).

They read what judges said long before; asking them is the business of `chatbot.evaluation.judging`. Judges that cannot
be read, or were not asked, leave the response unscored, with the reason: silence is never a 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chatbot.evaluation.records import Item, Judgement, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import Expected
from chatbot.evaluation.scoring.outcomes import brief, no_answer, scored
from chatbot.prompting.labels import folded

Winner = Literal["variant", "baseline", "tie"]

RUBRIC, PAIRWISE = "judge_rubric", "judge_pairwise"
"""Prompts that judge where an entry names none."""

OPTIONS = ("rubric", "question", "reference", "judges", "prompt", "repeats", "labels")
"""Keys of both kinds."""

SCALE = (1.0, 5.0)
PASS = 4.0
"""Grade from which a response is right: `judge_rubric` has 4 for an answer that lacks but a trifle."""

SPLIT = 0.5
"""Of a response that as many judges call right as wrong."""

WIN: dict[Winner, float] = {"variant": 1.0, "tie": 0.5, "baseline": 0.0}

_GRADE = re.compile(r"\W*(-?\d{1,3}(?:[.,]\d{1,3})?)\s*(?:(?:/|of|out of)\s*\d{1,3}\W*)?\W*")
_YES, _NO = ("yes", "true", "pass", "right", "correct"), ("no", "false", "fail", "wrong", "incorrect")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What an entry has judges asked."""

    name: str
    pairwise: bool
    question: Expected
    rubric: Expected
    reference: Expected | None
    judges: tuple[str, ...]
    """Specs of models; empty for the workspace's."""
    prompt: str
    repeats: int
    labels: Path | None
    """What people said of some of the responses."""


def read_inquiry(entry: Entry) -> Inquiry:
    """Raises PromptError with the line of a mistake."""
    section = entry.section
    pairwise = section.text("kind") == "pairwise"
    judges = section.items("judges")
    if not all(isinstance(each, str) for each in judges) or len(set(judges)) != len(judges):
        raise entry.error("judges must be a list of different models", "judges", hint='such as ["openai:gpt-5-mini"]')
    labels, prompt = section.text("labels"), section.text("prompt") or (PAIRWISE if pairwise else RUBRIC)
    if prompt.endswith(".prompty"):
        prompt = str(entry.folder / prompt)
    return Inquiry(
        section.text("name") or section.text("kind") or "",
        pairwise,
        entry.expected("question", default="question"),
        entry.expected("rubric"),
        entry.optional("reference"),
        tuple(str(each) for each in judges),
        prompt,
        section.whole_number("repeats", least=1) or 1,
        entry.folder / labels if labels else None,
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """The grades of a judge, and from which on a response is right."""

    least: float = SCALE[0]
    most: float = SCALE[1]
    right: float = PASS

    def grade(self, answer: str | None) -> float | None:
        """The grade that a judge's answer is; the ends of the scale for yes and no; None for what is none of these."""
        if answer is None:
            return None
        if (word := folded(answer)) in (*_YES, *_NO):
            return self.most if word in _YES else self.least
        found = _GRADE.fullmatch(answer)
        value = float(found[1].replace(",", ".")) if found else None
        return value if value is not None and self.least <= value <= self.most else None

    def majority(self, grades: Sequence[float | None]) -> float | None:
        """1 where more than half of the judges say right, 0 for wrong, 0.5 for as many; None while it can still change.

        It can as long as judges that cannot be read might turn it.
        """
        right = sum(grade is not None and grade >= self.right for grade in grades)
        wrong = sum(grade is not None and grade < self.right for grade in grades)
        if 2 * max(right, wrong) > len(grades):
            return float(right > wrong)
        return SPLIT if grades and 2 * right == 2 * wrong == len(grades) else None


def read_scale(entry: Entry) -> Scale:
    """The `scale` and `pass` of an entry. Raises PromptError."""
    ends = entry.section.items("scale") or SCALE
    if len(ends) != 2 or any(isinstance(end, bool) or not isinstance(end, int | float) for end in ends):
        raise entry.error("scale must be the lowest and the highest grade", "scale", hint="write it as scale: [1, 5]")
    least, most = (float(str(end)) for end in ends)
    if least >= most:
        raise entry.error(f"no grade is from {least:g} to {most:g}", "scale")
    right = entry.section.number("pass", least=least, most=most)
    if right is None:
        right = PASS if ends is SCALE else (least + most) / 2
    return Scale(least, most, right)


def rubric(entry: Entry) -> Scorer:
    """Whether judges grade the response `pass` (4) or better on their `scale` ([1, 5]), by the majority; 0.5 if split.

    measure: `pass` (the default), or `grade` for the mean grade, from 0 for the lowest to 1.
    """
    name, scale = read_inquiry(entry).name, read_scale(entry)
    measure = entry.choice("measure", ("pass", "grade"), "pass")

    def judge(item: Item, response: Response) -> Score:
        if not response.text.strip():
            return no_answer("the reply is empty")
        said = response.judgements.get(name, ())
        grades = [scale.grade(each.answer) for each in said]
        known = [grade for grade in grades if grade is not None]
        if measure == "pass" and (decided := scale.majority(grades)) is not None:
            split = "the judges are split: " if decided == SPLIT else ""
            return scored(decided, split + _reason(said), {"grades": _by_judge(said, grades)})
        if missing := _unread(said, grades):
            return missing
        share = (sum(known) / len(known) - scale.least) / (scale.most - scale.least)
        return scored(share, _reason(said), {"grades": _by_judge(said, grades)})

    return judge


def pairwise(entry: Entry) -> Scorer:
    """Whether judges prefer the response to the baseline's, shown in both orders: 1, 0, or 0.5 for a tie.

    A judge that prefers another one when the order is swapped has preferred a place, and counts as a tie. The
    baseline's own responses are worth 0.5, so that a difference is what the variant wins more often than every other
    time.
    """
    name = read_inquiry(entry).name

    def judge(item: Item, response: Response) -> Score:
        if not response.text.strip():
            return no_answer("the reply is empty")
        said = response.judgements.get(name)
        if said == ():
            return scored(0.5, "the baseline is not compared with itself")
        winners = [winner(each) for each in said or ()]
        if missing := _unread(said or (), winners):
            return missing
        values = list(settled(said or ()).values())
        return scored(sum(values) / len(values), _reason(said or ()), {"winners": _by_judge(said or (), winners)})

    return judge


def winner(judgement: Judgement) -> Winner | None:
    """Whom a judge prefers; None where that cannot be read."""
    match folded(judgement.answer or ""):
        case "first" | "1" | "the first":
            return "baseline" if judgement.swapped else "variant"
        case "second" | "2" | "the second":
            return "variant" if judgement.swapped else "baseline"
        case "tie" | "a tie" | "both" | "neither" | "equal" | "draw":
            return "tie"
    return None


def settled(said: Iterable[Judgement]) -> dict[tuple[str, int], float]:
    """What each judge that can be read said each time, over both orders: one winner in both, or else a tie."""
    found: dict[tuple[str, int], set[Winner]] = {}
    for judgement in said:
        if preferred := winner(judgement):
            found.setdefault((judgement.judge, judgement.repeat), set()).add(preferred)
    return {who: WIN[next(iter(winners))] if len(winners) == 1 else 0.5 for who, winners in found.items()}


def _unread(said: Sequence[Judgement], read: Sequence[object]) -> Score | None:
    """Why there is no score, where somebody has not said anything that can be read."""
    if not said:
        return Score("unscored", reason="no judge was asked")
    for each, verdict in zip(said, read, strict=True):
        if verdict is None:
            why = each.error or f"no verdict can be read in what it said: {brief(each.text)}"
            return Score("unscored", reason=f"judge {each.judge}: {why}" if each.judge else why)
    return None


def _by_judge(said: Sequence[Judgement], values: Sequence[object]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for judgement, value in zip(said, values, strict=True):
        found.setdefault(judgement.judge, []).append(value)
    return found


def _reason(said: Sequence[Judgement]) -> str:
    """The words of the first judge that said something."""
    return next((" ".join(each.text.split())[:400] for each in said if each.text), "")
