"""Two variants item by item: of one run, or of two runs of the same items.

Pairs are joined by the item's id, never by its place. The verdict is that of the run: with all variants that the first
was run beside taken into account. What it says by tag is where to look, and proves nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatbot import codec
from chatbot.errors import UsageError
from chatbot.evaluation.history import Past
from chatbot.evaluation.judging.stage import with_judgements
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.run import Asked
from chatbot.evaluation.scored import marked, scorers_of, summary_from
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.verdict import Comparison, Judged, Verdict, compare, judge
from chatbot.evaluation.summary import Summary
from chatbot.evaluation.tally import Marked

Means = Mapping[str, float]
"""The score of each item that has one, by its id; of one asked several times the mean."""


@dataclass(frozen=True, slots=True)
class Side:
    """A variant of a run."""

    past: Past
    variant: int

    @property
    def name(self) -> str:
        """The variant's."""
        return self.past.bench.contenders[self.variant].name


@dataclass(frozen=True, slots=True)
class Tagged:
    """The comparison on the items of one tag."""

    tag: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """The second side against the first."""

    first: Side
    second: Side
    judged: Judged
    family: int
    """Comparisons that the verdict takes into account."""
    left_out: int
    """Items that only one of them has a score for."""
    tags: tuple[Tagged, ...]
    differing: tuple[str, ...]
    """Ids of the items with different scores: those that the first has right first, the largest difference before."""
    scores: Mapping[str, tuple[float, float]] = field(repr=False)
    """Of each such item, the first's and the second's."""
    caution: str = ""
    """Why the verdict is not to be given as the result; empty where it is."""
    course: tuple[str, ...] = ()
    """How the run went, where it stopped by itself: what the verdict rests on."""
    recalled: int = 0
    """Of two runs: replies that one of them took over from earlier runs, which cannot show how replies vary."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    judged: Judged
    family: int = 1
    caution: str = ""
    course: tuple[str, ...] = ()


def head_to_head(first: Side, second: Side) -> HeadToHead:
    """The second against the first. Raises UsageError where they share no item that both have a score for."""
    same_run = first.past.record.id == second.past.record.id
    survey = _surveyed(first.past)
    later = survey if same_run else _surveyed(second.past)
    of_run, one, other = survey.means, survey.means[first.variant], later.means[second.variant]
    if not one.keys() & other.keys():
        raise UsageError(
            f"{first.name} and {second.name} have no item that both have a score for",
            hint="compare runs of the same dataset",
        )
    items = {item.id: item for past in (second.past, first.past) for item in past.bench.dataset.items}
    clustered = bool(first.past.bench.suite.dataset.cluster)
    verdict = _of_run(first, second, survey.summary) if same_run else None
    if verdict is None:
        own = _compared(one, other, items, clustered)
        beside = _beside(first, second, of_run, items) if same_run else []
        judged = judge([own, *beside], margin=first.past.bench.suite.margin)[0]
        verdict = _Verdict(judged, 1 + len(beside), _caution((first, second)))
    shared = one.keys() & other.keys()
    differing = sorted((key for key in shared if one[key] != other[key]), key=lambda key: (other[key] - one[key], key))
    return HeadToHead(
        first,
        second,
        verdict.judged,
        verdict.family,
        len(one.keys() ^ other.keys()),
        tuple(_by_tag(one, other, items, clustered)),
        tuple(differing),
        {key: (one[key], other[key]) for key in differing},
        verdict.caution,
        verdict.course,
        0 if same_run else survey.recalled[first.variant] + later.recalled[second.variant],
    )


def replies(side: Side, items: Collection[str]) -> dict[str, list[tuple[Asked, Score]]]:
    """What a variant replied to these items, with the scores; without those that it was not asked."""
    bench, run_id = side.past.bench, side.past.record.id
    grid, scorer = bench.grid, scorers_of(bench)[side.variant]
    order = grid.order()
    found: dict[str, list[tuple[Asked, Score]]] = {}
    for place, item in enumerate(bench.dataset.items):
        for repeat in range(grid.repeats) if item.id in items else ():
            number = grid.number(side.variant, place, repeat, order)
            kept = bench.journal.cell(run_id, number)
            if kept is not None:
                response = codec.build(Response, kept.response)
                came = with_judgements(bench, run_id, Asked(grid.numbered(number, order), item, response))
                found.setdefault(item.id, []).append((came, scorer(item, came.response)))
    return found


@dataclass(frozen=True, slots=True)
class _Survey:
    """A run in one pass over its cells."""

    means: list[Means]
    """By variant."""
    recalled: Counter[int]
    """Replies that were taken over from earlier runs, by variant."""
    summary: Summary


def _surveyed(past: Past) -> _Survey:
    bench, run_id = past.bench, past.record.id
    found: list[defaultdict[str, list[float]]] = [defaultdict(list) for _ in bench.contenders]
    recalled, metrics = Counter[int](), metrics_of(bench)

    def noted() -> Iterator[Marked]:
        for came, scores in marked(bench, run_id, metrics):
            if scores[0].counted is not None:
                found[came.cell.variant][came.item.id].append(scores[0].counted)
            recalled[came.cell.variant] += came.response.recalled.calls > 0
            yield came, scores

    summary = summary_from(noted(), bench, run_id, metrics)
    means = [{key: sum(values) / len(values) for key, values in each.items()} for each in found]
    return _Survey(list(means), recalled, summary)


def _of_run(first: Side, second: Side, summary: Summary) -> _Verdict | None:
    """The verdict that the run itself gives on one of its variants against its baseline; None on another pair."""
    if summary.baseline not in (first.name, second.name):
        return None
    asked_for = second.name if first.name == summary.baseline else first.name
    against = next((each for each in summary.against if each.name == asked_for), None)
    if against is None:
        return None
    judged = against.judged if second.name == asked_for else _turned(against.judged)
    caution = "" if against.headline else "fewer than 99 % of the replies are whole"
    course = summary.course.lines if summary.course else ()
    return _Verdict(judged, len(summary.against), caution, course)


def _caution(sides: Sequence[Side]) -> str:
    for side in sides:
        if side.past.bench.suite.deciding.early:
            return f"run {side.past.record.id} stopped by itself, and was not to decide between these two"
    return ""


def _turned(judged: Judged) -> Judged:
    """The same with the two sides in each other's place."""
    turned: dict[Verdict, Verdict] = {"better": "worse", "worse": "better"}
    found = judged.comparison
    table = found.table and replace(found.table, only_first=found.table.only_second, only_second=found.table.only_first)
    comparison = replace(found, difference=_negative(found.difference), narrow=_negative(found.narrow), table=table)
    return replace(judged, comparison=comparison, verdict=turned.get(judged.verdict, judged.verdict))


def _negative(estimate: Estimate) -> Estimate:
    interval = replace(estimate.interval, low=-estimate.interval.high, high=-estimate.interval.low)
    return replace(estimate, value=-estimate.value, interval=interval)


def _beside(first: Side, second: Side, of_run: Sequence[Means], items: Mapping[str, Item]) -> list[Comparison]:
    """The run's other variants against the suite's baseline where it is one of the two, else against the first."""
    bench = first.past.bench
    names = [each.name for each in bench.contenders]
    baseline = names.index(bench.suite.baseline)
    anchor = baseline if baseline == second.variant else first.variant
    clustered = bool(bench.suite.dataset.cluster)
    others = [place for place in range(len(names)) if place not in (first.variant, second.variant)]
    return [
        _compared(of_run[anchor], of_run[place], items, clustered)
        for place in others
        if of_run[anchor].keys() & of_run[place].keys()
    ]


def _by_tag(one: Means, other: Means, items: Mapping[str, Item], clustered: bool) -> Iterator[Tagged]:
    shared = one.keys() & other.keys()
    tags = sorted({tag for key in shared for tag in items[key].tags})
    for tag in tags:
        of_tag = {key: one[key] for key in shared if tag in items[key].tags}
        yield Tagged(tag, _compared(of_tag, other, items, clustered))


def _compared(one: Means, other: Means, items: Mapping[str, Item], clustered: bool) -> Comparison:
    """The other less the one, on the items that both have."""
    shared = sorted(one.keys() & other.keys())
    clusters = [items[key].cluster for key in shared] if clustered else None
    return compare([other[key] for key in shared], [one[key] for key in shared], clusters=clusters)
