"""What a run will take, before it takes anything: calls, tokens, money, time, and the smallest difference it can show.

What earlier runs have seen of a variant is measured, in this plan or in a pilot over part of the items. Of variants
that were never asked the calls and the tokens of the prompts are counted (`probe`), and how long replies are, and take,
is assumed and said to be. What has been answered already costs nothing more and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatbot.evaluation.contender import Contender
from chatbot.evaluation.earlier import earlier
from chatbot.evaluation.judging.stage import graded
from chatbot.evaluation.probe import probe
from chatbot.evaluation.purse import spent_before
from chatbot.evaluation.reach import Reach, reach
from chatbot.evaluation.records import Scorer
from chatbot.evaluation.run import Asked, Bench
from chatbot.messages import Usage
from chatbot.models.purse import Caps
from chatbot.models.worst_case import Spent, charged

PROBED = 20
"""Items that are driven through a variant that was never asked."""

REPLY_TOKENS = 200
"""Assumed of a reply where nothing is known."""

SECONDS = 2.0
"""Assumed of a call where nothing is known."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a variant, or a judge, will take."""

    name: str
    cells: int
    """That were not answered yet."""
    calls: float
    input_tokens: float
    output_tokens: float
    dollars: float | None
    """None where the model's price is not known."""
    seconds: float
    """From the first call of a cell to its answer, for all cells one after the other."""
    seen: int
    """Cells of earlier runs that say so; 0 where the length of replies, and their time, is assumed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will take."""

    needs: tuple[Need, ...]
    items: int
    cells: int
    answered: int
    """Cells that were answered already."""
    minutes: float
    """At the suite's number of cells at once."""
    concurrency: int
    reach: Reach
    caps: Caps
    spent: Spent = field(default_factory=Spent)
    """Of the caps, by earlier parts of the same run."""
    judges: tuple[Need, ...] = ()
    """What judging takes, a judge each."""

    @property
    def dollars(self) -> float | None:
        """Of all variants and judges; None where a price is not known."""
        costs = [need.dollars for need in (*self.needs, *self.judges)]
        return None if None in costs else sum(each for each in costs if each is not None)

    @property
    def tokens(self) -> float:
        """Of all variants and judges, in and out."""
        return sum(need.input_tokens + need.output_tokens for need in (*self.needs, *self.judges))

    @property
    def share(self) -> float:
        """How much of the rest the caps allow, from 0 to 1."""
        caps, spent = self.caps, self.spent
        wanted = (
            (caps.dollars, spent.dollars, self.dollars),
            (caps.tokens, spent.tokens, self.tokens),
            (caps.minutes, 0.0, self.minutes),
        )
        shares = [max(0.0, cap - gone) / need for cap, gone, need in wanted if cap is not None and need]
        return min([1.0, *shares])


def plan(bench: Bench, scorers: list[Scorer], judges: Sequence[Need] = ()) -> Plan:
    """The plan of a suite. `scorers` judges what earlier runs hold, for each variant; `judges` are what judges need.

    Raises what a prompt or a strategy raises over an item.
    """
    seen = [_Seen() for _ in bench.contenders]
    for came in (graded(bench, each) for each in earlier(bench)):
        seen[came.cell.variant].add(came, scorers[came.cell.variant])
    cells = len(bench.dataset.items) * bench.suite.repeats
    needs = tuple(_need(bench, place, each, cells - each.cells) for place, each in enumerate(seen))
    minutes = sum(need.seconds for need in (*needs, *judges)) / bench.concurrency / 60
    names = [each.name for each in bench.contenders]
    found = reach(
        {place: each.scores for place, each in enumerate(seen) if each.scores},
        names.index(bench.suite.baseline),
        len(bench.dataset.items),
        variants=len(names),
        clusters=[item.cluster for item in bench.dataset.items] if bench.suite.dataset.cluster else None,
        margin=bench.suite.margin,
    )
    return Plan(
        needs,
        len(bench.dataset.items),
        len(bench.grid),
        sum(each.cells for each in seen),
        minutes,
        bench.concurrency,
        found,
        bench.suite.caps,
        _spent(bench),
        tuple(judges),
    )


def _spent(bench: Bench) -> Spent:
    latest = bench.journal.latest_run(bench.key)
    return spent_before(bench.journal, latest.id, bench.suite.caps, bench.models) if latest else Spent()


@dataclass(slots=True)
class _Seen:
    """What earlier runs have of a variant."""

    cells: int = 0
    timed: int = 0
    usage: Usage = Usage()
    seconds: float = 0.0
    scores: dict[int, float] = field(default_factory=dict)
    """The first of each item."""

    def add(self, came: Asked, scorer: Scorer) -> None:
        response = came.response
        self.cells += 1
        self.usage += response.usage
        if response.timed:
            self.timed += 1
            self.seconds += response.seconds
        score = scorer(came.item, response)
        if score.counted is not None:
            self.scores.setdefault(came.cell.item, score.counted)


def _need(bench: Bench, place: int, seen: _Seen, cells: int) -> Need:
    contender = bench.contenders[place]
    if seen.cells:
        return _measured(contender, seen, cells)
    order = bench.grid.order()[:PROBED]
    probed = [probe(contender, bench.dataset.items[number], bench) for number in order]
    calls = sum(each.calls for each in probed) / len(probed)
    prompt = sum(each.input_tokens for each in probed) / len(probed)
    rounds = sum(each.rounds for each in probed) / len(probed)
    writes = contender.model.abilities.writes
    replies = calls * usual(contender) if writes else 0.0
    return Need(
        contender.name,
        cells,
        cells * calls,
        cells * prompt,
        cells * replies,
        dollars_of(contender, Usage(round(cells * prompt), round(cells * replies))),
        cells * rounds * (SECONDS if writes else 0.0),
        0,
    )


def _measured(contender: Contender, seen: _Seen, cells: int) -> Need:
    usage, scale = seen.usage, cells / seen.cells
    dollars = usage.cost if usage.cost is not None else dollars_of(contender, usage)
    seconds = seen.seconds / seen.timed if seen.timed else usage.seconds / seen.cells
    return Need(
        contender.name,
        cells,
        usage.calls * scale,
        usage.input_tokens * scale,
        usage.output_tokens * scale,
        None if dollars is None else dollars * scale,
        seconds * cells,
        seen.cells,
    )


def usual(contender: Contender) -> int:
    """Tokens of a reply of which nothing is known."""
    if contender.weighing is not None and not contender.weighing.replies:
        return 0
    wanted = contender.sampling.max_tokens
    return REPLY_TOKENS if wanted is None else min(wanted, REPLY_TOKENS)


def dollars_of(contender: Contender, usage: Usage) -> float | None:
    """What a usage costs; None where the model's price is not known."""
    abilities = contender.model.abilities
    return None if abilities.price is None else charged(usage, abilities).dollars
