"""Runs a suite and holds it against its baseline: what the command for builds and the pytest plugin share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from chatbot import portal
from chatbot.bot import Chatbot
from chatbot.errors import ModelLost
from chatbot.evaluation.baseline import baseline_path, read_baseline
from chatbot.evaluation.deciding import EVERYTHING
from chatbot.evaluation.gate import Gate, gate, terms_of
from chatbot.evaluation.judging.stage import judge
from chatbot.evaluation.opening import open_bench
from chatbot.evaluation.run import Bench, Watch, begun, purse_of, run
from chatbot.models.purse import Purse
from chatbot.service.pace import IN_EVAL

Progress = Callable[[Bench, str], AbstractAsyncContextManager[Watch]]


def unseen(bench: Bench, run_id: str) -> AbstractAsyncContextManager[Watch]:
    """Nobody is told."""
    return nullcontext(lambda _: None)


def gate_suite(
    path: Path,
    bot: Chatbot,
    *,
    margin: float | None = None,
    variants: Sequence[str] = (),
    fresh: bool = False,
    limit: Callable[[Bench], Bench] = lambda bench: bench,
    progress: Progress = unseen,
) -> Gate:
    """Asks what has not been asked, and holds it against what was blessed, or the suite's baseline variant.

    A suite that may stop early is asked as a whole: the gate compares on all its items. A service that is lost on the
    way leaves the gate undecided.

    limit: sets what may be spent. progress: of the bench and the run's id, what is told of each cell as it comes.

    All that is wrong with suite, baseline, margin and variants is raised before anything is asked: UsageError,
    NotFoundError, ProjectError.
    """
    bot.patience = IN_EVAL
    bench = limit(open_bench(path, bot))
    bench = replace(bench, suite=replace(bench.suite, deciding=EVERYTHING))
    kept = baseline_path(path)
    blessed = read_baseline(kept) if kept.exists() else None
    terms = terms_of(bench, blessed, margin=margin, variants=variants)
    record = begun(bench, fresh=fresh)
    purse = purse_of(bench, record.id)
    with suppress(ModelLost):  # what is missing then decides nothing, and says so
        portal.call(_ask(bench, progress(bench, record.id), record.id, purse))
    return gate(bench, record.id, blessed, terms)


async def _ask(bench: Bench, progress: AbstractAsyncContextManager[Watch], run_id: str, purse: Purse) -> None:
    async with progress as watch:
        await run(bench, watch=watch, purse=purse)
    await judge(bench, run_id, purse=purse)
