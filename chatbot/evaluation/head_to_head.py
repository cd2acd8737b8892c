"""Two variants item by item: of one run, or of two runs of the same items.

Pairs are joined by the item's id, never by its place. The verdict is that of the run: with all variants that the first
was run beside taken into account. What it says by tag is where to look, and proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.errors import UsageError
from chatbot.evaluation.history import Past
from chatbot.evaluation.judging.stage import judged
from chatbot.evaluation.records import Item, Score
from chatbot.evaluation.run import Asked
from chatbot.evaluation.scored import scored, scorers_of
from chatbot.evaluation.statistics.verdict import Comparison, Judged, compare, judge

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


def head_to_head(first: Side, second: Side) -> HeadToHead:
    """The second against the first. Raises UsageError where they share no item that both have a score for."""
    of_run = means_of(first.past)
    one = of_run[first.variant]
    same_run = first.past.record.id == second.past.record.id
    other = of_run[second.variant] if same_run else means_of(second.past)[second.variant]
    if not one.keys() & other.keys():
        raise UsageError(
            f"{first.name} and {second.name} have no item that both have a score for",
            hint="compare runs of the same dataset",
        )
    items = {item.id: item for past in (second.past, first.past) for item in past.bench.dataset.items}
    clustered = bool(first.past.bench.suite.dataset.cluster)
    own = _compared(one, other, items, clustered)
    beside = _beside(first, second, of_run, items) if same_run else []
    margin = first.past.bench.suite.margin
    judged = judge([own, *beside], margin=margin)[0]
    differing = sorted(
        (key for key in one.keys() & other.keys() if one[key] != other[key]),
        key=lambda key: (other[key] - one[key], key),
    )
    left_out = len(one.keys() ^ other.keys())
    tags = tuple(_by_tag(one, other, items, clustered))
    pairs = {key: (one[key], other[key]) for key in differing}
    return HeadToHead(first, second, judged, 1 + len(beside), left_out, tags, tuple(differing), pairs)


def means_of(past: Past) -> list[Means]:
    """The scores of all variants of a run, by item."""
    found: list[defaultdict[str, list[float]]] = [defaultdict(list) for _ in past.bench.contenders]
    for came, score in scored(past.bench, past.record.id, scorers_of(past.bench)):
        if score.counted is not None:
            found[came.cell.variant][came.item.id].append(score.counted)
    return [{key: sum(values) / len(values) for key, values in each.items()} for each in found]


def replies(side: Side, items: Collection[str]) -> dict[str, list[tuple[Asked, Score]]]:
    """What a variant replied to these items, with the scores."""
    found: dict[str, list[tuple[Asked, Score]]] = {}
    scorer = scorers_of(side.past.bench)[side.variant]
    for came in judged(side.past.bench, side.past.record.id):
        if came.cell.variant == side.variant and came.item.id in items:
            found.setdefault(came.item.id, []).append((came, scorer(came.item, came.response)))
    return found


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
