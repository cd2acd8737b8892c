"""What a run will take, before it takes anything: calls, tokens, money, time, and the smallest difference it can show.

Some items are driven through each variant's own strategy with a stand-in for the model, which answers at once: so the
calls and the tokens of the prompts are counted, not guessed, whatever the strategy does. How long replies are is known
from earlier runs of the same variant, or else assumed and said to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, inf

from chatbot.effects import CheckSources, Effect, Embed, Flow, Generate, Remember, Retrieve, Survey, Tell, Together
from chatbot.errors import ChatbotError
from chatbot.evaluation.contender import Contender
from chatbot.evaluation.records import Response
from chatbot.evaluation.run import Bench, answering, asked
from chatbot.evaluation.statistics.power import smallest_difference
from chatbot.messages import Reply, Usage
from chatbot.models.prices import OPENAI_PRICES, Price, cost

PROBED = 5
"""Items that are driven through a variant."""

STAND_IN = "1. First.\nJudgement: likely\nVote: 1\nAnswer: 1"
"""A reply that every strategy can read, so that none ends before its time."""

REPLY_TOKENS = 200
"""Assumed of a reply where nothing is known."""

SECONDS = 2.0
"""Assumed of a call where nothing is known."""

DISCORDANCE = 0.2
"""Share of items on which two variants are assumed to differ where no pilot says."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a variant will take."""

    name: str
    calls: float
    input_tokens: float
    output_tokens: float
    dollars: float | None
    """None where the model's price is not known."""
    seconds: float
    """Of model time, one call after the other."""
    assumed: bool
    """How long replies are, and take, is a guess: no earlier run says."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will take."""

    needs: tuple[Need, ...]
    cells: int
    minutes: float
    """At the suite's number of requests at once."""
    difference: float
    """The smallest difference of two accuracies that it shows in four of five runs; infinite where it shows none."""
    discordance: float
    from_pilot: bool
    """The discordance was seen in an earlier run of the same plan, and not assumed."""

    @property
    def dollars(self) -> float | None:
        """Of all variants; None where a price is not known."""
        costs = [need.dollars for need in self.needs]
        return None if None in costs else sum(each for each in costs if each is not None)


def plan(bench: Bench, pilot: Mapping[int, Mapping[int, float]] | None = None) -> Plan:
    """The plan of a suite.

    pilot: scores of an earlier run, by variant and item, from which the discordance is taken. Raises what a prompt or a
    strategy raises over an item.
    """
    seen = _seen(bench)
    needs = tuple(_need(bench, place, seen.get(place)) for place in range(len(bench.contenders)))
    minutes = sum(need.seconds for need in needs) / bench.suite.concurrency / 60
    found = _discordance(pilot or {})
    share = DISCORDANCE if found is None else found
    difference = smallest_difference(len(bench.dataset.items), share) if share else inf
    return Plan(needs, len(bench.grid), minutes, difference, share, found is not None)


def _need(bench: Bench, place: int, seen: _Seen | None) -> Need:
    contender = bench.contenders[place]
    probed = [_probe(contender, bench, number) for number in range(min(PROBED, len(bench.dataset.items)))]
    cells = len(bench.dataset.items) * bench.suite.repeats
    scale = cells / len(probed)
    calls = sum(usage.calls for usage in probed) * scale
    tokens = sum(usage.input_tokens for usage in probed) * scale
    replies = calls * (seen.output if seen else _longest(contender))
    spent = Usage(round(tokens), round(replies))
    seconds = calls * (seen.seconds if seen else SECONDS)
    return Need(contender.name, calls, tokens, replies, _dollars(contender, spent), seconds, seen is None)


def _longest(contender: Contender) -> int:
    wanted = contender.sampling.max_tokens
    return REPLY_TOKENS if wanted is None else min(wanted, REPLY_TOKENS)


def _dollars(contender: Contender, usage: Usage, prices: Mapping[str, Price] = OPENAI_PRICES) -> float | None:
    """What it costs; models that run here, or quote, cost nothing that is known."""
    return cost(contender.model.name.partition(":")[2] or contender.model.name, usage, prices)


def _probe(contender: Contender, bench: Bench, number: int) -> Usage:
    """What one item takes."""
    flow = answering(contender, bench.dataset.items[number], contender.sampling)
    return _driven(flow, contender, bench)


def _driven(flow: Flow[Response], contender: Contender, bench: Bench) -> Usage:
    result: object = None
    spent = Usage()
    while True:
        try:
            effect = flow.send(result)
        except StopIteration:
            return spent
        parts = effect.effects if isinstance(effect, Together) else (effect,)
        results = [_stood_in(each, contender, bench) for each in parts]
        spent = sum((each.usage for each in results if isinstance(each, Reply)), spent)
        result = tuple(results) if isinstance(effect, Together) else results[0]


def _stood_in(effect: Effect, contender: Contender, bench: Bench) -> object:
    match effect:
        case Generate():
            text = "".join(message.text for message in effect.messages)
            return Reply(STAND_IN, usage=Usage(contender.model.count_tokens(text), 0, calls=1))
        case Embed(texts):
            if bench.embed is None:
                raise ChatbotError("demonstrations are chosen by likeness, and nothing here compares texts")
            return bench.embed(texts)
        case Retrieve(query, k, where) if contender.grounding is not None:
            return tuple(contender.grounding.knowledge.search(query, k, where or None))
        case Survey() if contender.grounding is not None:
            return contender.grounding.knowledge.overview()
        case CheckSources():
            return frozenset()
        case Tell() | Remember():
            return None
    raise ChatbotError(f"a variant asks for a {type(effect).__name__}, which a plan cannot stand in for")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What replies of a variant were like, a call."""

    output: float
    seconds: float


def _seen(bench: Bench) -> dict[int, _Seen]:
    """From the runs of the same plan that the journal holds."""
    usages: dict[int, Usage] = {}
    key = bench.key
    for record in bench.journal.runs():
        if record.key == key:
            for came in asked(bench, record.id):
                usages[came.cell.variant] = usages.get(came.cell.variant, Usage()) + came.response.usage
    return {
        variant: _Seen(usage.output_tokens / usage.calls, usage.seconds / usage.calls)
        for variant, usage in usages.items()
        if usage.calls
    }


def _discordance(pilot: Mapping[int, Mapping[int, float]]) -> float | None:
    """The largest share of items on which two variants of a pilot differ."""
    shares = [_share(one, two) for at, one in pilot.items() for other, two in pilot.items() if at < other]
    known = [share for share in shares if share is not None]
    return max(known, default=None)


def _share(one: Mapping[int, float], two: Mapping[int, float]) -> float | None:
    shared = one.keys() & two.keys()
    return sum(one[item] != two[item] for item in shared) / len(shared) if shared else None


def lines(planned: Plan, items: int) -> list[str]:
    """The plan for people: a line a variant, and then what it all comes to."""
    told = [_line(need) for need in planned.needs]
    calls = ceil(sum(need.calls for need in planned.needs))
    money = "price not known" if planned.dollars is None else f"${planned.dollars:.2f}"
    told.append(f"in all: {planned.cells:,} cells, {calls:,} calls, {money}, about {_minutes(planned.minutes)}")
    share = f"{planned.discordance:.0%} of the items" + (
        "" if planned.from_pilot else ", as is assumed without a pilot"
    )
    if planned.difference == inf:
        told.append(f"{items} items cannot show a difference where variants differ on {share}")
    else:
        told.append(f"{items} items show a difference of {planned.difference:.3f} where variants differ on {share}")
    return told


def _line(need: Need) -> str:
    money = "" if need.dollars is None else f", ${need.dollars:.2f}"
    guess = " (assumed)" if need.assumed else ""
    return (
        f"{need.name}: {need.calls:,.0f} calls, {need.input_tokens:,.0f} tokens in, "
        f"{need.output_tokens:,.0f} out{guess}{money}"
    )


def _minutes(minutes: float) -> str:
    return f"{minutes * 60:.0f} seconds" if minutes < 2 else f"{minutes:.0f} minutes"
