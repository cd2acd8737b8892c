"""A run: asks every cell that was not asked before, many at once on one event loop, and keeps what comes as it comes.

Stopped at any moment it leaves a run that the same call goes on with. Results reach the journal before anybody sees
them; those that come in the same moment share a commit.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Protocol

from chatbot import codec
from chatbot.context import Past
from chatbot.effects import Flow
from chatbot.errors import ChatbotError, JournalError, ModelDown, ModelLost
from chatbot.evaluation.cells import Cell, Grid
from chatbot.evaluation.choosing import choose, offered
from chatbot.evaluation.contender import Contender, Grounding
from chatbot.evaluation.dataset import Dataset
from chatbot.evaluation.deciding import as_plan
from chatbot.evaluation.purse import spent_before
from chatbot.evaluation.records import Item, Response
from chatbot.evaluation.replay import Replay, place_of, twins
from chatbot.evaluation.suite import CONCURRENCY, Suite
from chatbot.evaluation.weighing import weighed
from chatbot.journal import Journal
from chatbot.journal.evals import new_trace
from chatbot.journal.gathering import Gathering
from chatbot.journal.records import CellRecord, MessageState, RunRecord
from chatbot.models.purse import Capped, Purse
from chatbot.runtime import Runtime
from chatbot.sampling import Sampling
from chatbot.strategies.attempt import Means, attempt
from chatbot.strategies.task import Outcome
from chatbot.turn import look_up, vary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chatbot.evaluation.judging.panel import Panel
    from chatbot.models.model import Model

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]

OUTAGES = 3
"""How often one cell is asked during which the service goes down: it may be what brings the service down."""

VERSION = 1
"""Of what a run is planned as; part of its key."""


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a run needs."""

    suite: Suite
    dataset: Dataset
    contenders: Sequence[Contender]
    journal: Journal
    embed: Embed | None = None
    """Vectors of texts, for demonstrations that are chosen by likeness."""
    panels: Sequence[Panel] = ()
    """Judges, who are asked after the run."""

    @property
    def grid(self) -> Grid:
        """The cells."""
        return Grid(len(self.contenders), len(self.dataset.items), self.suite.repeats, self.suite.seed)

    @property
    def models(self) -> list[Model]:
        """All that a run asks, to answer and to judge."""
        judges = [judge for panel in self.panels for judge in panel.judges]
        return [each.model for each in (*self.contenders, *judges)]

    @property
    def concurrency(self) -> int:
        """Cells asked at once: what the suite says, or what all models answer side by side, as local ones tell."""
        return self.suite.concurrency or min(each.abilities.at_once or CONCURRENCY for each in self.models)

    @property
    def plan(self) -> Mapping[str, object]:
        """What is asked of whom, for the journal: enough to tell two runs apart, and to repeat one."""
        suite = self.suite
        return {
            "version": VERSION,
            "suite": suite.name,
            "dataset": self.dataset.hash,
            "items": len(self.dataset.items),
            "repeats": suite.repeats,
            "seed": suite.seed,
            "variants": [
                {
                    "name": each.name,
                    "prompt": each.prompt.name,
                    "hash": each.prompt.hash,
                    "model": each.model.name,
                    "key": each.key,
                }
                for each in self.contenders
            ],
            **({"deciding": as_plan(suite.deciding, suite.baseline, suite.margin)} if suite.deciding.early else {}),
        }

    @property
    def key(self) -> str:
        """Stands for the plan: runs of the same key ask the same, wherever the suite lies."""
        return hashlib.sha256(json.dumps(self.plan, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell, and what came of it."""

    cell: Cell
    item: Item
    response: Response
    trace_id: str = ""
    """Key of its effects in the journal."""


Watch = Callable[[Asked], None]
"""Told of each cell once the journal holds it; must not block."""


class Schedule(Protocol):
    """Says what is asked next. It knows what the journal held when the run began; those cells it does not give."""

    def next(self) -> Cell | None:
        """The next cell; None as long as only what comes can show whether any more is needed."""

    def hear(self, came: Asked) -> None:
        """Takes in what came of a cell that it gave."""


async def run(
    bench: Bench,
    *,
    fresh: bool = False,
    watch: Watch = lambda _: None,
    schedule: Schedule | None = None,
    purse: Purse | None = None,
) -> RunRecord:
    """Asks what a schedule says, and without one all cells that the latest run of the same plan has no reply for.

    With `fresh` another run begins, in which nothing has been asked. What a cell fails with is the cell's result; the
    next run asks it again. A cancelled run keeps what came, and so does one that a cap ends: `purse.reached` says
    which. purse: what may be spent; None for what the suite allows. Raises JournalError, UsageError for a cap that
    cannot be kept and for a run that somebody else is at, and ModelLost where a service has been down for too long:
    also then what came is kept.
    """
    record = begun(bench, fresh=fresh)
    purse = purse or purse_of(bench, record.id)
    keeper = _Keeper(bench.journal.gathering(), record, watch, twins(bench.contenders))
    with bench.journal.asking(record.id):
        feed = _Feed(schedule or _All(_left(bench, record.id)))
        workers = [asyncio.ensure_future(_work(bench, feed, keeper, purse)) for _ in range(bench.concurrency)]
        try:
            await purse.in_time(asyncio.gather(*workers))
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            keeper.ledger.flush()
    if purse.reached or not all(replied for _, replied in bench.journal.answered(record.id)):
        return record
    bench.journal.end_run(record.id)
    return replace(record, ended=time.time())


def purse_of(bench: Bench, run_id: str, models: Sequence[Model] | None = None) -> Purse:
    """What may still be spent of a run. Raises UsageError for a cap that cannot be kept with one of its models.

    models: those that are asked; None for all.
    """
    caps, models = bench.suite.caps, bench.models if models is None else models
    purse = Purse(caps, bench.journal, run_id, lambda: spent_before(bench.journal, run_id, caps, bench.models))
    for model in models:
        purse.admit(model)
    return purse


def begun(bench: Bench, *, fresh: bool = False) -> RunRecord:
    """The latest run of this plan, or a new one."""
    key = bench.key
    known = bench.journal.latest_run(key)
    if known is not None and not fresh:
        return known
    now = datetime.now(UTC)
    plan = {**bench.plan, "path": str(bench.suite.path.resolve()), "fresh": fresh}
    record = RunRecord(f"{now:%y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}", bench.suite.name, key, plan, now.timestamp())
    bench.journal.begin_run(record)
    return record


def asked(bench: Bench, run_id: str) -> Iterator[Asked]:
    """All cells of a run that came to something, from the journal."""
    order = bench.grid.order()
    return (asked_of(bench, kept, order) for kept in bench.journal.cells(run_id))


def asked_of(bench: Bench, kept: CellRecord, order: list[int]) -> Asked:
    """A cell as the journal holds it; `order` is the grid's."""
    cell = bench.grid.numbered(kept.number, order)
    return Asked(cell, bench.dataset.items[cell.item], codec.build(Response, kept.response), kept.trace_id)


def _left(bench: Bench, run_id: str) -> Iterator[Cell]:
    """The cells that were not asked, or to which no reply came."""
    done = bytearray(len(bench.grid))
    for number, replied in bench.journal.answered(run_id):
        done[number] = replied
    return (cell for cell in bench.grid if not done[cell.number])


@dataclass(frozen=True, slots=True)
class _All:
    """The schedule that asks everything."""

    cells: Iterator[Cell]

    def next(self) -> Cell | None:
        return next(self.cells, None)

    def hear(self, came: Asked) -> None:
        """Nothing that comes changes what is asked."""


@dataclass(slots=True)
class _Feed:
    """Hands a schedule's cells to workers: whoever finds none waits for what the others bring."""

    schedule: Schedule
    in_flight: int = 0
    over: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self) -> Cell | None:
        """The next cell; None when nothing is left, and nothing on its way that could show more to be needed."""
        cell = None
        while not self.over and (cell := self.schedule.next()) is None and self.in_flight:
            await self.changed.wait()
        self.in_flight += cell is not None
        return cell

    def bring(self, came: Asked) -> None:
        """A cell that was taken is done."""
        self.in_flight -= 1
        self.schedule.hear(came)
        self._wake()

    def end(self) -> None:
        """Hands out nothing more; what is in flight comes to its end."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


async def _work(bench: Bench, feed: _Feed, keeper: _Keeper, purse: Purse) -> None:
    while (cell := await feed.take()) is not None:
        came = await _ask(bench, cell, keeper, purse)
        if came is None:
            feed.end()
            return
        keeper.keep(*came)
        feed.bring(came[0])


async def _ask(bench: Bench, cell: Cell, keeper: _Keeper, purse: Purse) -> tuple[Asked, str] | None:
    """What comes of a cell, and the turn that tells of it; None where the purse has not let it come to its end.

    A reply that was lost as a service went down is asked for again.
    """
    item, contender = bench.dataset.items[cell.item], bench.contenders[cell.variant]
    for times in count(1):
        model, trace_id = Capped(contender.model, purse), new_trace(keeper.run.id)
        replay = Replay(keeper.ledger, place_of(cell, item, keeper.twins[cell.variant]), keeper.run)
        try:
            response = await _answer(bench, replace(contender, model=model), item, cell, replay, trace_id)
        except ModelLost:
            raise
        except ModelDown as error:  # the next request is let through when the service is back
            if times < OUTAGES:
                continue
            response = Response("", error=str(error))
        # one that was refused would have come to something else
        return None if model.refused else (Asked(cell, item, response), trace_id)
    raise AssertionError("unreachable")


async def _answer(
    bench: Bench, contender: Contender, item: Item, cell: Cell, replay: Replay, trace_id: str
) -> Response:
    """What comes of asking; a failure that is meant for people is a response too."""
    model, prompt, ledger = contender.model, contender.prompt, replay.ledger
    ledger.begin_turn(trace_id, model=model.name, prompt=prompt.version)
    state: MessageState = "interrupted"
    started = time.perf_counter()
    try:
        # a seed that was asked for grows with the repeat: else every repeat would draw the same
        seed = contender.sampling.seed
        sampling = contender.sampling if seed is None else replace(contender.sampling, seed=seed + cell.repeat)
        knowledge = contender.grounding.knowledge if contender.grounding else None
        runtime = Runtime(model, ledger, knowledge, embed=bench.embed, recollection=replay)
        response = await runtime.run(answering(contender, item, sampling), trace_id)
        state = "complete"
    except (JournalError, ModelDown):
        raise  # nothing more can be kept, or asked
    except ChatbotError as error:
        state = "failed"
        return Response("", error=str(error), seconds=time.perf_counter() - started)
    finally:
        ledger.end_turn(trace_id, state)
    seconds = time.perf_counter() - started
    return replace(response, seconds=seconds, recalled=replay.recalled, resumed=replay.resumed)


def answering(contender: Contender, item: Item, sampling: Sampling) -> Flow[Response]:
    """What a variant makes of an item; how likely it holds the item's choices, where the suite asks for that."""
    replying = _replying(contender, item, sampling)
    if contender.weighing is None:
        return (yield from replying)
    return (yield from weighed(contender.weighing, item, replying))


def _replying(contender: Contender, item: Item, sampling: Sampling) -> Flow[Response]:
    """The prompt by itself, or a turn of a chat over documents."""
    if contender.grounding is not None:
        return (yield from _over_documents(contender.grounding, item, sampling))
    model = contender.model
    means = Means(sampling, abilities=model.abilities, count=model.count_tokens)
    if tools := offered(item):
        return _response((yield from choose(contender, item, tools, means)))
    return _response((yield from attempt(contender.prompt, contender.inputs(item), contender.strategy, means)))


def _over_documents(grounding: Grounding, item: Item, sampling: Sampling) -> Flow[Response]:
    nothing, setting = Past((), ()), replace(grounding.setting, sampling=sampling)
    looked = yield from look_up(str(item.fields["question"]), nothing, setting)
    answer = yield from vary(looked, nothing, setting)
    return Response(
        answer.text,
        answer.trace.answer if answer.trace else None,
        citations=answer.citations,
        passages=tuple(found.passage for found in looked.found.evidence),
        tool_uses=answer.tool_calls,
        finish=answer.finish,
        declined=answer.declined,
        usage=looked.usage + answer.usage,
    )


def _response(outcome: Outcome) -> Response:
    votes = tuple(step.answer for step in outcome.trace.steps if step.kind == "sample")
    return Response(
        outcome.text,
        outcome.answer,
        codec.plain(outcome.value) if isinstance(outcome.value, dict | list) else None,
        tool_uses=outcome.uses,
        samples=votes,
        finish=outcome.finish,
        declined=outcome.declined,
        usage=outcome.usage,
    )


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Keeps what comes, and tells of it once it is kept."""

    ledger: Gathering
    run: RunRecord
    watch: Watch
    twins: Sequence[int]
    """Of each variant, see `replay.twins`."""

    def keep(self, came: Asked, trace_id: str) -> None:
        row = CellRecord(came.cell.number, came.item.id, trace_id, codec.plain(came.response))
        self.ledger.keep_cell(self.run.id, row, lambda: self.watch(came))
