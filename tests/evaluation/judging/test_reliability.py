"""How far judges can be trusted, from what they said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judging_models import PROMPTS, Decides

from chatbot.evaluation.cells import Cell
from chatbot.evaluation.contender import Contender
from chatbot.evaluation.judging.labels import Label
from chatbot.evaluation.judging.panel import Panel
from chatbot.evaluation.judging.reliability import PanelTally, verdict_of
from chatbot.evaluation.judging.stage import NOT_YET
from chatbot.evaluation.records import Item, Judgement, Response
from chatbot.evaluation.run import Asked
from chatbot.evaluation.scoring.expected import Expected
from chatbot.evaluation.scoring.judged import Inquiry, Scale
from chatbot.evaluation.suite import Variant
from chatbot.messages import Usage
from chatbot.prompting import Prompt
from chatbot.sampling import Sampling
from chatbot.strategies.zero_shot import ZeroShot

ITEM = Item("1", {})


def panel(*judges: str, pairwise: bool = False, repeats: int = 1) -> Panel:
    text = Expected(lambda _: "x", constant=True)
    inquiry = Inquiry("quality", pairwise, text, text, None, judges, "judge", repeats, None)
    prompt = Prompt.load(PROMPTS / "judge_rubric.prompty")
    made = [
        Contender(Variant(name, ""), prompt, ZeroShot(), Decides(name, lambda *_: ""), Sampling()) for name in judges
    ]
    return Panel(inquiry, tuple(made), Scale())


def asked(item: int = 0, variant: int = 0) -> Asked:
    return Asked(Cell(0, variant, item, 0), ITEM, Response("4"))


def grade(judge: str, answer: str | None, repeat: int = 0, **more: object) -> Judgement:
    return replace(Judgement(judge, "…", answer, repeat=repeat, key=f"{judge}{answer}{repeat}"), **more)  # type: ignore[arg-type]


def prefers(judge: str, first: str, second: str) -> list[Judgement]:
    """What it says with the variant first, and with the baseline first."""
    return [Judgement(judge, "", first), Judgement(judge, "", second, swapped=True)]


def test_single_judgements_are_counted_by_what_became_of_them() -> None:
    tally = PanelTally(panel("j"))
    for said in (grade("j", "5"), grade("j", "2"), grade("j", "great"), grade("j", None, error="broke")):
        tally.add(asked(), [said])
    tally.add(asked(), [grade("j", None, error=NOT_YET)])
    (found,) = tally.report().judges
    assert found.verdicts == {"right": 1, "wrong": 1}
    assert (found.unread, found.failed, found.waiting, found.flips, found.noise) == (1, 1, 1, None, None)


def test_a_judge_that_changes_its_verdict_is_found_out() -> None:
    tally = PanelTally(panel("j", repeats=2))
    for place, (one, two) in enumerate([("5", "5"), ("5", "1"), ("2", "1"), ("4", "5")]):
        tally.add(asked(place), [grade("j", one), grade("j", two, 1)])
    (found,) = tally.report().judges
    assert found.flips is not None and (found.flips.value, found.flips.n) == (0.25, 4)
    assert found.means == (0.75, 0.5)
    assert found.noise is not None and found.noise.judge == pytest.approx(0.125)


def test_a_judge_that_prefers_a_place_is_found_out() -> None:
    tally = PanelTally(panel("j", pairwise=True))
    for both in (("first", "first"), ("first", "first"), ("first", "second"), ("tie", "tie")):
        tally.add(asked(), prefers("j", *both))
    (found,) = tally.report().judges
    assert found.consistent is not None and found.consistent.value == 0.5
    assert found.first is not None and (found.first.value, found.first.n) == (5 / 6, 6)
    assert found.verdicts == {"tie": 3, "variant": 1}


def test_judges_agree_by_the_kappa_that_fits_their_number() -> None:
    rows = [("5", "4", "5"), ("1", "1", "1"), ("5", "2", "5"), ("1", "2", "3")]
    for judges, method in (("ab", "Cohen's kappa"), ("abc", "Fleiss' kappa")):
        tally = PanelTally(panel(*judges))
        for row in rows:
            tally.add(asked(), [grade(name, answer) for name, answer in zip(judges, row, strict=False)])
        found = tally.report().agreement
        assert found is not None and found.method == method
        assert found.share.value == (0.75 if judges == "ab" else pytest.approx(10 / 12))
    tally = PanelTally(panel("a", "b"))
    for one, two in (("5", "5"), ("1", "1"), ("5", None)):
        tally.add(asked(), [grade("a", one), grade("b", two)])
    found = tally.report().agreement
    assert found is not None and (found.method, found.beyond_chance) == ("Krippendorff's alpha", 1.0)


def test_judges_agree_with_people_or_do_not() -> None:
    tally = PanelTally(panel("a", "b", "c"))
    for person, grades in (("right", "554"), ("wrong", "112"), ("right", "511"), ("wrong", "3x1")):
        said = [grade(name, answer) for name, answer in zip("abc", grades, strict=True)]
        tally.add_labelled(Label(ITEM, person, "direct"), said)
    found = tally.report()
    assert found.people is not None and (found.people.share.value, found.people.share.n) == (0.75, 4)
    shares = [judge.people and (judge.people.share.value, judge.people.share.n) for judge in found.judges]
    assert shares == [(1.0, 4), (2 / 3, 3), (0.75, 4)]


def test_a_judgement_that_serves_two_responses_is_paid_once() -> None:
    tally = PanelTally(panel("j"))
    for variant in (0, 1):
        tally.add(asked(variant=variant), [grade("j", "5", usage=Usage(10, 2, calls=1))])
    assert tally.report().usage == Usage(10, 2, calls=1)


def test_what_no_judge_was_needed_for_is_in_no_share() -> None:
    tally = PanelTally(panel("j", pairwise=True))
    tally.add(asked(), [Judgement("", "it says what the baseline says", "tie")])
    assert tally.report().judges[0].verdicts == {}


def test_the_verdict_of_all_is_the_scorers() -> None:
    assert verdict_of(panel("a", "b"), [grade("a", "5"), grade("b", "1")]) == "split"
    assert verdict_of(panel("a"), [grade("a", "4")]) == "right"
    pairs = panel("a", "b", pairwise=True)
    assert verdict_of(pairs, [*prefers("a", "first", "second"), *prefers("b", "tie", "tie")]) == "variant"
    assert verdict_of(pairs, [*prefers("a", "first", "second"), *prefers("b", "second", "first")]) == "tie"
