"""How far judges can be trusted: whether they say the same again, in the other order, as each other, and as people.

Pure: from what judges said to figures. Whatever could not be read is counted, and is in no share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

import numpy as np

from chatbot.evaluation.judging.labels import RIGHT, WRONG, Label
from chatbot.evaluation.judging.panel import Panel
from chatbot.evaluation.judging.stage import NOT_YET
from chatbot.evaluation.records import Judgement
from chatbot.evaluation.run import Asked
from chatbot.evaluation.scoring.judged import WIN, settled, winner
from chatbot.evaluation.statistics.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.means import mean
from chatbot.evaluation.statistics.noise import Noise, split_noise
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.messages import Usage

SPLIT = "split"
"""As many judges say right as wrong."""

VALUES: Mapping[str, float] = {RIGHT: 1.0, WRONG: 0.0, SPLIT: 0.5, **{str(name): value for name, value in WIN.items()}}
"""What verdicts are worth, where they are counted."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two or more say the same."""

    share: Estimate
    """How often two verdicts on one response are equal."""
    beyond_chance: float
    """1 for always, 0 for as often as by chance."""
    method: Literal["Cohen's kappa", "Fleiss' kappa", "Krippendorff's alpha"]


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """One judge of a panel."""

    name: str
    verdicts: Mapping[str, int]
    """right and wrong; of pairs variant, baseline and tie, over both orders."""
    unread: int
    """Judgements in which no verdict can be read."""
    failed: int
    waiting: int
    """Those that were not asked yet."""
    flips: Estimate | None
    """How often it changes its verdict when it is asked again; None where it was not."""
    means: tuple[float, ...]
    """Of its verdicts, each time that it was asked about all responses: the spread of the metric itself."""
    noise: Noise | None
    """Of its verdicts, where it was asked again: how much is its own."""
    consistent: Estimate | None
    """Of pairs: how often it prefers the same response when the order is swapped."""
    first: Estimate | None
    """Of pairs: how often it prefers what stands first, where it prefers anything; without a liking one in two."""
    people: Agreement | None
    """With what people said."""


@dataclass(frozen=True, slots=True)
class PanelReport:
    """The judges of a scorer."""

    name: str
    pairwise: bool
    judges: tuple[JudgeReport, ...]
    agreement: Agreement | None
    """Among them; None for a single one."""
    people: Agreement | None
    """Of their verdict together with what people said; None without labels."""
    usage: Usage
    """Of all judgements, each counted once."""


@dataclass(slots=True)
class _Judge:
    verdicts: Counter[str] = field(default_factory=Counter)
    unread: int = 0
    failed: int = 0
    waiting: int = 0
    flips: list[float] = field(default_factory=list)
    repeats: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    nested: defaultdict[tuple[int, int], list[list[float]]] = field(default_factory=lambda: defaultdict(list))
    same_swapped: list[bool] = field(default_factory=list)
    firsts: list[bool] = field(default_factory=list)
    with_people: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class PanelTally:
    """What is counted of a panel as the cells of a run stream by."""

    panel: Panel
    judges: dict[str, _Judge] = field(default_factory=dict)
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    """Of each response what each judge said of it first."""
    with_people: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Of each variant, what people said of its responses and what the judges said of them together."""
    undecided: int = 0
    """Responses with a label on which the judges have no verdict."""
    shares: defaultdict[int, dict[int, list[float]]] = field(default_factory=lambda: defaultdict(dict))
    """Of each variant, of each item, what the judges together said of its responses."""
    usage: Usage = Usage()
    counted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.judges = {judge.name: _Judge() for judge in self.panel.judges}

    def add(self, came: Asked, said: Sequence[Judgement]) -> None:
        """Counts what was said of the response of a cell; scores rest on as many judgements as the suite says."""
        scored = [each for each in said if each.repeat < self.panel.inquiry.repeats]
        said = [each for each in said if each.error != NOT_YET or each.repeat < self.panel.inquiry.repeats]
        if not self._count(said):
            return
        first: list[str | None] = []
        for name, judge in self.judges.items():
            found = verdicts_of(self.panel, [each for each in said if each.judge == name])
            first.append(found.get(0))
            judge.verdicts.update(found.values())
            if len(found) > 1:
                pairs = list(combinations(found.values(), 2))
                judge.flips.append(sum(one != two for one, two in pairs) / len(pairs))
                values = [VALUES[verdict] for verdict in found.values()]
                judge.nested[came.cell.variant, came.cell.item].append(values)
            for repeat, verdict in found.items():
                judge.repeats[repeat].append(VALUES[verdict])
        self.rows.append(tuple(first))
        together = verdict_of(self.panel, scored)
        if together is not None:
            self.shares[came.cell.variant].setdefault(came.cell.item, []).append(VALUES[together])

    def add_labelled(self, label: Label, said: Sequence[Judgement]) -> None:
        """Counts what was said of a response that a person has labelled."""
        verdict = verdict_of(self.panel, said)
        if verdict is None:
            self.undecided += 1
        else:
            self.with_people.setdefault(label.variant, []).append((label.verdict, verdict))
        for name, judge in self.judges.items():
            found = verdicts_of(self.panel, [each for each in said if each.judge == name]).get(0)
            if found is not None:
                judge.with_people.append((label.verdict, found))

    def report(self) -> PanelReport:
        """All figures."""
        judges = tuple(_report(name, judge) for name, judge in self.judges.items())
        pairwise = self.panel.inquiry.pairwise
        people = [pair for pairs in self.with_people.values() for pair in pairs]
        return PanelReport(self.panel.name, pairwise, judges, _among(self.rows), _with_people(people), self.usage)

    def _count(self, said: Sequence[Judgement]) -> bool:
        """Counts single judgements; whether there are any."""
        asked = [each for each in said if each.judge]
        for each in asked:
            judge = self.judges[each.judge]
            alone = single(self.panel, each)
            judge.waiting += each.error == NOT_YET
            judge.failed += bool(each.error) and each.error != NOT_YET
            judge.unread += alone is None and not each.error
            if alone in ("variant", "baseline"):
                judge.firsts.append((alone == "variant") != each.swapped)
            if (key := hash(each.key)) not in self.counted:
                self.counted.add(key)
                self.usage += each.usage
        self._swapped(asked)
        return bool(asked)

    def _swapped(self, asked: Sequence[Judgement]) -> None:
        if not self.panel.inquiry.pairwise:
            return
        orders: dict[tuple[str, int], list[str | None]] = {}
        for each in asked:
            orders.setdefault((each.judge, each.repeat), []).append(winner(each))
        for (name, _), both in orders.items():
            if len(both) == 2 and None not in both:
                self.judges[name].same_swapped.append(both[0] == both[1])


def single(panel: Panel, judgement: Judgement) -> str | None:
    """What one judgement comes to; None where nothing can be read."""
    if panel.inquiry.pairwise:
        return winner(judgement)
    grade = panel.scale.grade(judgement.answer)
    return None if grade is None else RIGHT if grade >= panel.scale.right else WRONG


def verdicts_of(panel: Panel, said: Sequence[Judgement]) -> dict[int, str]:
    """What one judge said, by the time that it was asked; of pairs over both orders, where both can be read."""
    if not panel.inquiry.pairwise:
        return {each.repeat: verdict for each in said if (verdict := single(panel, each)) is not None}
    readable = Counter(each.repeat for each in said if winner(each))
    words = {value: name for name, value in WIN.items()}
    return {repeat: words[value] for (_, repeat), value in settled(said).items() if readable[repeat] == 2}


def verdict_of(panel: Panel, said: Sequence[Judgement]) -> str | None:
    """What all judges together say, as the scorer takes it; None where they cannot be read."""
    asked = [each for each in said if each.judge]
    if not panel.inquiry.pairwise:
        decided = panel.scale.majority([panel.scale.grade(each.answer) for each in asked]) if asked else None
        return None if decided is None else {1.0: RIGHT, 0.0: WRONG}.get(decided, SPLIT)
    if not asked or any(winner(each) is None for each in asked):
        return None
    share = float(np.mean(list(settled(asked).values())))
    return "variant" if share > 0.5 else "baseline" if share < 0.5 else "tie"


def _report(name: str, judge: _Judge) -> JudgeReport:
    again = bool(judge.flips)
    return JudgeReport(
        name,
        dict(judge.verdicts),
        judge.unread,
        judge.failed,
        judge.waiting,
        _mean(judge.flips) if again else None,
        tuple(float(np.mean(values)) for _, values in sorted(judge.repeats.items())),
        split_noise(list(judge.nested.values())) if again else None,
        _share(judge.same_swapped),
        _share(judge.firsts),
        _with_people(judge.with_people),
    )


def _mean(values: Sequence[float]) -> Estimate:
    if all(value in (0, 1) for value in values):
        return _of(round(sum(values)), len(values))
    found = mean(values)
    low, high = max(0.0, found.interval.low), min(1.0, found.interval.high)
    return replace(found, interval=replace(found.interval, low=low, high=high))


def _share(held: Sequence[bool]) -> Estimate | None:
    return _of(sum(held), len(held)) if held else None


def _of(count: int, n: int) -> Estimate:
    return Estimate(count / n, wilson(count, n), n)


def _with_people(pairs: Sequence[tuple[str, str]]) -> Agreement | None:
    if not pairs:
        return None
    people, judges = zip(*pairs, strict=True)
    equal = sum(one == two for one, two in pairs)
    return Agreement(_of(equal, len(pairs)), cohen_kappa(people, judges), "Cohen's kappa")


def _among(rows: Sequence[tuple[str | None, ...]]) -> Agreement | None:
    """Of two judges Cohen's kappa, of more Fleiss', and where some verdicts are missing Krippendorff's alpha."""
    whole = [[verdict for verdict in row if verdict is not None] for row in rows]
    pairs = [[one == two for one, two in combinations(given, 2)] for given in whole if len(given) > 1]
    if not pairs:
        return None
    share = _mean([sum(equal) / len(equal) for equal in pairs])
    if any(len(given) < len(row) for given, row in zip(whole, rows, strict=True)):
        return Agreement(share, krippendorff_alpha(rows), "Krippendorff's alpha")
    if len(rows[0]) == 2:
        return Agreement(share, cohen_kappa(*zip(*whole, strict=True)), "Cohen's kappa")
    return Agreement(share, fleiss_kappa(whole), "Fleiss' kappa")
