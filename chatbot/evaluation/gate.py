"""The gate: is what a suite measures at most so much worse than it was? Pass, fail, or not decided by so few items.

Non-inferiority with a margin that was fixed before: pass if the interval of the difference lies above minus the margin,
fail if it lies below. A model that gives no answer, or declines, is wrong here, for its users wait. What could not be
asked or judged is left out, and where that is more than one cell in a hundred nothing is decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.baseline import Baseline, Marks, hash_of, marks_of, scorer_entry, worth
from chatbot.evaluation.history import place_of
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.run import Bench
from chatbot.evaluation.statistics.interval import normal_quantile, two_sided
from chatbot.evaluation.statistics.power import POWER
from chatbot.evaluation.statistics.verdict import Comparison, compare, not_inferior

Outcome = Literal["pass", "fail", "undecided"]

EXIT_CODES: Mapping[Outcome, int] = {"pass": 0, "fail": 1, "undecided": 2}

COMPLETE = 0.99
"""Share of the cells that must have come to something, for anything to be decided."""


@dataclass(frozen=True, slots=True)
class Gated:
    """A variant before the gate."""

    name: str
    outcome: Outcome
    reason: str
    """The outcome in a sentence."""
    comparison: Comparison | None
    """None where nothing can be compared."""
    more_items: int | None = None
    """Of an undecided one: about how many items more would decide it, if what was seen is so."""
    left_out: int = 0
    """Items that only one side has, or that changed since."""
    newly_wrong: tuple[str, ...] = ()
    """Ids of the items that score less than they did, the largest loss first."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A run before the gate."""

    suite: str
    run: str
    margin: float
    baseline: str
    """In words: the blessed run, or the suite's own baseline."""
    gated: tuple[Gated, ...]
    not_gated: tuple[str, ...] = ()
    """Variants that nothing was blessed of."""

    @property
    def outcome(self) -> Outcome:
        """Fail where one fails, and pass where all pass."""
        outcomes = {each.outcome for each in self.gated}
        return "fail" if "fail" in outcomes else "undecided" if "undecided" in outcomes else "pass"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is held against what."""

    margin: float
    places: tuple[int, ...]
    """Of the variants before the gate."""
    not_gated: tuple[str, ...] = ()


def terms_of(
    bench: Bench, blessed: Baseline | None, *, margin: float | None = None, variants: Sequence[str] = ()
) -> Terms:
    """What a gate holds against what, checked before anything is asked.

    blessed: what each variant is compared with, by its name; without it, all are compared with the suite's baseline.
    margin: how much worse does not matter, in place of the suite's. variants: those to look at; none for all.

    Raises UsageError where there is no margin or nothing to compare, NotFoundError for a variant that does not exist,
    and ProjectError where the baseline was scored otherwise.
    """
    width = bench.suite.margin if margin is None else margin
    if not width:
        raise UsageError(
            f"a gate needs a margin, and {bench.suite.path} has none",
            hint="write `margin: 0.02` there before you look, or give --margin",
        )
    if metrics_of(bench)[0].less_is_better:
        raise UsageError(
            f"the first scorer of {bench.suite.path} measures what a reply takes, and not how good it is",
            hint="a gate holds the first scorer: put another one before it",
        )
    names = [each.name for each in bench.contenders]
    places = [place_of(bench, name) for name in variants] or list(range(len(names)))
    if blessed is None:
        others = tuple(place for place in places if names[place] != bench.suite.baseline)
        if not others:
            raise UsageError(
                f"there is nothing to hold {bench.suite.baseline!r} against",
                hint="`chatbot eval bless` keeps what it scores now, or give the suite another variant",
            )
        return Terms(width, others)
    if blessed.scorer != scorer_entry(bench):
        raise ProjectError(
            f"the first scorer of {bench.suite.path} is not the one by which run {blessed.run} was blessed",
            hint="bless a run again",
        )
    known = {str(each["name"]) for each in blessed.variants}
    gated = tuple(place for place in places if names[place] in known)
    if not gated:
        raise UsageError(
            f"nothing was blessed of {', '.join(names[place] for place in places)}",
            hint=f"the baseline has {', '.join(sorted(known))}; bless a run again",
        )
    return Terms(width, gated, tuple(names[place] for place in places if names[place] not in known))


def gate(bench: Bench, run_id: str, blessed: Baseline | None, terms: Terms) -> Gate:
    """A run before the gate. Raises what its scorers raise."""
    marks = marks_of(bench, run_id)
    if blessed is None:
        base = place_of(bench, bench.suite.baseline)
        words = f"variant {bench.suite.baseline}"
        lacking = _incomplete(bench, base, marks[base])
        sides = [(place, marks[base], lacking) for place in terms.places]
    else:
        words = f"what was blessed from run {blessed.run} of {blessed.day}"
        sides = [(place, _then(bench, blessed, bench.contenders[place].name), "") for place in terms.places]
    if blessed is not None and blessed.run == run_id:
        names = [bench.contenders[place].name for place in terms.places]
        same = tuple(Gated(name, "pass", "this is the run that was blessed, unchanged", None) for name in names)
        return Gate(bench.suite.name, run_id, terms.margin, words, same, terms.not_gated)
    gated = tuple(
        _gated(bench, place, (marks[place], then), terms.margin, lacking or _incomplete(bench, place, marks[place]))
        for place, then, lacking in sides
    )
    return Gate(bench.suite.name, run_id, terms.margin, words, gated, terms.not_gated)


def unfit(bench: Bench, run_id: str) -> str:
    """Why a run is not complete enough to be held against anything; empty where it is."""
    found = (_incomplete(bench, place, marks) for place, marks in enumerate(marks_of(bench, run_id)))
    return next(filter(None, found), "")


def _then(bench: Bench, blessed: Baseline, name: str) -> Marks:
    """What a variant got when it was blessed, on the items that are the same now."""
    hashes = {item.id: hash_of(item) for item in bench.dataset.items}
    return {
        key: item.marks[name]
        for key, item in blessed.items.items()
        if name in item.marks and hashes.get(key) == item.hash
    }


def _gated(bench: Bench, place: int, marks: tuple[Marks, Marks], margin: float, lacking: str) -> Gated:
    """marks: now and then. lacking: why nothing can be decided; empty where it can."""
    name = bench.contenders[place].name
    now, then = ({key: value for key, mark in each.items() if (value := worth(mark)) is not None} for each in marks)
    shared = [item.id for item in bench.dataset.items if item.id in now and item.id in then]
    left_out = len(now.keys() | then.keys()) - len(shared)
    if not shared:
        return Gated(name, "undecided", lacking or "no item is the same in both", None, left_out=left_out)
    of_item = {item.id: item.cluster for item in bench.dataset.items}
    clusters = [of_item[key] for key in shared] if bench.suite.dataset.cluster else None
    comparison = compare([now[key] for key in shared], [then[key] for key in shared], clusters=clusters)
    lost = [key for key in shared if now[key] < then[key]]
    newly_wrong = tuple(sorted(lost, key=lambda key: now[key] - then[key]))
    if lacking:
        return Gated(name, "undecided", lacking, comparison, None, left_out, newly_wrong)
    passed = not_inferior(comparison, margin)
    outcome: Outcome = "undecided" if passed is None else "pass" if passed else "fail"
    more = more_items(comparison, margin) if passed is None else None
    return Gated(name, outcome, _reason(outcome, margin, more), comparison, more, left_out, newly_wrong)


def _incomplete(bench: Bench, place: int, marks: Marks) -> str:
    """Why a variant has not come far enough; empty where it has."""
    items = len(bench.dataset.items)
    unknown = Counter[str](mark for mark in marks.values() if isinstance(mark, str) and worth(mark) is None)
    unknown["not asked"] = items - len(marks)
    missing = unknown.total()
    if missing <= (1 - COMPLETE) * items:
        return ""
    told = ", ".join(f"{count} {what}" for what, count in unknown.items() if count)
    return f"{bench.contenders[place].name} has no score for {missing} of {items} items ({told})"


def _reason(outcome: Outcome, margin: float, more: int | None) -> str:
    match outcome:
        case "pass":
            return f"at most {margin:g} worse"
        case "fail":
            return f"more than {margin:g} worse"
    return f"it may be {margin:g} worse or not" + (f": about {more:,} items more would tell" if more else "")


def more_items(comparison: Comparison, margin: float) -> int | None:
    """Items that would bring the interval to one side of the margin four times in five, if the difference is that seen.

    The interval shrinks as the root of their number; where no item differs, as the number itself: Bonett and Price's
    reaches z sqrt(2) / (n + 2) then. None where the difference is the margin.
    """
    interval, n = comparison.difference.interval, comparison.difference.n
    away = abs(comparison.difference.value + margin)
    if not away:
        return None
    if comparison.table is not None and not comparison.table.discordance:
        return max(1, ceil(two_sided(interval.level) * 2**0.5 / margin - 2) - n)
    error = interval.half_width / two_sided(interval.level)
    wanted = n * ((two_sided(interval.level) + normal_quantile(POWER)) * error / away) ** 2
    return max(1, ceil(wanted) - n)
