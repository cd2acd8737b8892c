"""The stage after a run in which judges are asked: each question once, many at once, every judgement kept as it comes.

Stopped at any moment, the next call goes on with it. What a judge fails with is kept too, and asked again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from chatbot import codec
from chatbot.errors import ChatbotError, JournalError, ModelDown, ModelLost
from chatbot.evaluation.contender import Contender
from chatbot.evaluation.judging.labels import Label
from chatbot.evaluation.judging.panel import Assignment, Panel, assignments, same, says
from chatbot.evaluation.records import Item, Judgement, Response
from chatbot.evaluation.replay import Replay
from chatbot.evaluation.run import OUTAGES, Asked, Bench, answering, asked, purse_of
from chatbot.journal.evals import new_trace
from chatbot.journal.gathering import Gathering
from chatbot.journal.records import MessageState, RunRecord
from chatbot.models.purse import Capped, Purse
from chatbot.runtime import Runtime

Watch = Callable[[Judgement], None]
"""Told of each judgement once the journal holds it; must not block."""

NOT_YET = "it was not asked yet"

JUDGED = "judged"
"""Under which a run's plan notes how often its judges were asked again."""


async def judge(bench: Bench, run_id: str, *, watch: Watch = lambda _: None, purse: Purse | None = None) -> None:
    """Asks the suite's judges whatever they have not been asked about the responses of a run.

    A cap that ends it leaves the rest unscored, and a later call goes on; `purse.reached` says which. purse: what may
    be spent; None for what the suite allows beside what the run took. Raises JournalError, UsageError for a cap that
    cannot be kept, and ModelLost where a service has been down for too long: also then what came is kept.
    """
    purse = purse or purse_of(bench, run_id)
    if not bench.panels or purse.reached:
        return
    bench.journal.note(run_id, "judges", judges_of(bench))
    record = next(run for run in bench.journal.runs() if run.id == run_id)
    keeper = _Keeper(bench, bench.journal.gathering(), record, watch, purse)
    left = _left(bench, run_id, keeper.flying)
    workers = [asyncio.ensure_future(_work(left, keeper)) for _ in range(bench.concurrency)]
    try:
        await purse.in_time(asyncio.gather(*workers))
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        keeper.ledger.flush()


def judges_of(bench: Bench) -> dict[str, str]:
    """Names of the judges' models, by the specs that the suite has for them; the workspace's under the empty one."""
    return {judge.variant.model or "": judge.name for panel in bench.panels for judge in panel.judges}


def judged(bench: Bench, run_id: str) -> Iterator[Asked]:
    """The cells of a run that came to something, each with what the judges said of its response so far."""
    return (with_judgements(bench, run_id, came) for came in asked(bench, run_id))


def with_judgements(bench: Bench, run_id: str, came: Asked) -> Asked:
    """A cell of a run with what the judges said of its response so far."""
    said = {panel.name: _said(bench, inquiry(bench, run_id, panel, came)) for panel in bench.panels}
    return replace(came, response=replace(came.response, judgements=said)) if said else came


def graded(bench: Bench, came: Asked) -> Asked:
    """A cell of any run with what judges said of its response by itself: pairs are judged within a run."""
    alone = [panel for panel in bench.panels if not panel.inquiry.pairwise]
    said = {panel.name: _said(bench, inquiry(bench, "", panel, came)) for panel in alone}
    return replace(came, response=replace(came.response, judgements=said)) if said else came


def inquiry(bench: Bench, run_id: str, panel: Panel, came: Asked) -> list[Assignment] | tuple[Judgement, ...]:
    """What judges are asked about a cell; or, where there is nothing to ask, what stands in place of their words."""
    baseline = None
    if panel.inquiry.pairwise:
        if bench.contenders[came.cell.variant].name == bench.suite.baseline:
            return ()
        baseline = _baseline(bench, run_id, came)
        if baseline is None or not says(baseline):
            return (_nobody("the baseline has no reply to compare it with"),)
        if same(came.response, baseline):
            return (Judgement("", "it says what the baseline says", "tie"),)
    return _asked_about(panel, came.item, came.response, baseline)


def _asked_about(
    panel: Panel, item: Item, response: Response, baseline: Response | None
) -> list[Assignment] | tuple[Judgement, ...]:
    try:
        return list(assignments(panel, item, response, baseline))
    except ChatbotError as error:  # the item lacks a field that the entry's templates name
        return (_nobody(f"the judges cannot be asked: {error}"),)


def labelled(bench: Bench, run_id: str, panel: Panel) -> Iterator[tuple[Label, tuple[Judgement, ...]]]:
    """The responses that people have labelled, with what the judges said of them so far.

    One that a run does not have, as it was not asked, or that nothing can be said of, is passed over.
    """
    for label, given in _labelled(bench, run_id, panel):
        yield label, tuple(_kept(bench, each) for each in given)


def _labelled(bench: Bench, run_id: str, panel: Panel) -> Iterator[tuple[Label, list[Assignment]]]:
    order = bench.grid.order()
    for label in panel.labels:
        if label.text is not None:
            baseline = None if label.baseline is None else Response(label.baseline)
            found = _asked_about(panel, label.item, Response(label.text), baseline)
        else:
            came = _cell_of(bench, run_id, label, order)
            found = inquiry(bench, run_id, panel, came) if came else ()
        if isinstance(found, list) and found:
            yield label, found


def _cell_of(bench: Bench, run_id: str, label: Label, order: list[int]) -> Asked | None:
    """The cell of a run that a label speaks of."""
    names = [each.name for each in bench.contenders]
    if label.variant not in names or label.repeat >= bench.grid.repeats or label.item not in bench.dataset.items:
        return None
    item = bench.dataset.items.index(label.item)
    number = bench.grid.number(names.index(label.variant), item, label.repeat, order)
    kept = bench.journal.cell(run_id, number)
    return Asked(bench.grid.numbered(number, order), label.item, codec.build(Response, kept.response)) if kept else None


def _left(bench: Bench, run_id: str, flying: set[str]) -> Iterator[Assignment]:
    """Questions that no judge has answered or is asked just now: equal responses of two variants make one."""
    for _, assignment in all_assignments(bench, run_id):
        key = assignment.key
        known = bench.journal.judgement(key)
        if key not in flying and (known is None or known["error"]):
            flying.add(key)
            yield assignment


def all_assignments(bench: Bench, run_id: str) -> Iterator[tuple[Panel, Assignment]]:
    """All that judges are asked about a run as it is, whether they have said something or not."""
    for panel in bench.panels:
        for _, given in _labelled(bench, run_id, panel):
            yield from ((panel, each) for each in given)
    for came in asked(bench, run_id):
        for panel in bench.panels:
            found = inquiry(bench, run_id, panel, came)
            yield from ((panel, each) for each in (found if isinstance(found, list) else ()))


@dataclass(frozen=True, slots=True)
class _Keeper:
    """What judges are asked with, and where what they say goes."""

    bench: Bench
    ledger: Gathering
    run: RunRecord
    watch: Watch
    purse: Purse
    flying: set[str] = field(default_factory=set)
    """Keys of what judges are asked and the journal does not have yet."""

    def keep(self, assignment: Assignment, judgement: Judgement, trace_id: str) -> None:
        def then() -> None:
            self.flying.discard(assignment.key)
            self.watch(judgement)

        self.ledger.keep_judgement(assignment.key, trace_id, codec.plain(judgement), then)


async def _work(left: Iterator[Assignment], keeper: _Keeper) -> None:
    for assignment in left:
        said = await _say(assignment, keeper)
        if said is None:
            return
        keeper.keep(assignment, *said)


async def _say(assignment: Assignment, keeper: _Keeper) -> tuple[Judgement, str] | None:
    """What a judge says, and the turn that tells of it; None where the purse has not let it come to its end.

    What was lost as a service went down is asked for again.
    """
    for times in count(1):
        trace_id, model = new_trace(keeper.run.id), Capped(assignment.judge.model, keeper.purse)
        try:
            said = await _ask(assignment, replace(assignment.judge, model=model), keeper, trace_id)
        except ModelLost:
            raise
        except ModelDown as error:
            if times < OUTAGES:
                continue
            said = replace(assignment.unsaid, error=str(error))
        return None if model.refused else (said, trace_id)
    raise AssertionError("unreachable")


async def _ask(assignment: Assignment, judge: Contender, keeper: _Keeper, trace_id: str) -> Judgement:
    """What a judge says; a failure that is meant for people is a judgement too."""
    ledger, prompt = keeper.ledger, judge.prompt
    replay = Replay(ledger, f"judge\n{assignment.key}", keeper.run)  # of a reply that came as the program was killed
    ledger.begin_turn(trace_id, model=judge.model.name, prompt=prompt.version)
    state: MessageState = "interrupted"
    started = time.perf_counter()
    try:
        seed = judge.sampling.seed
        sampling = judge.sampling if seed is None else replace(judge.sampling, seed=seed + assignment.repeat)
        runtime = Runtime(judge.model, ledger, embed=keeper.bench.embed, recollection=replay)
        reply = await runtime.run(answering(judge, assignment.inputs, sampling), trace_id)
        state = "complete"
    except (JournalError, ModelDown):
        raise  # nothing more can be kept, or asked
    except ChatbotError as error:
        state = "failed"
        return replace(assignment.unsaid, error=str(error))
    finally:
        ledger.end_turn(trace_id, state)
    usage = replace(reply.usage, seconds=time.perf_counter() - started)
    return replace(assignment.unsaid, text=reply.text, answer=reply.answer, usage=usage)


def _said(bench: Bench, found: list[Assignment] | tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    return found if isinstance(found, tuple) else tuple(_kept(bench, each) for each in found)


def _nobody(why: str) -> Judgement:
    return Judgement("", "", None, error=why)


def _kept(bench: Bench, assignment: Assignment) -> Judgement:
    kept = bench.journal.judgement(assignment.key)
    if kept is None:
        return replace(assignment.unsaid, error=NOT_YET)
    # the same words may have been asked for in the other order of another pair
    return replace(codec.build(Judgement, kept), swapped=assignment.swapped, key=assignment.key)


def _baseline(bench: Bench, run_id: str, came: Asked) -> Response | None:
    """What the baseline said to the same item at the same time, as far as it was asked."""
    at = [each.name for each in bench.contenders].index(bench.suite.baseline)
    kept = bench.journal.cell(run_id, bench.grid.beside(came.cell, at))
    return codec.build(Response, kept.response) if kept else None
