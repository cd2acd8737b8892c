"""Runs a suite and holds it against its baseline: what the command for builds and the pytest plugin share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from chatbot import portal
from chatbot.bot import Chatbot
from chatbot.evaluation.baseline import baseline_path, read_baseline
from chatbot.evaluation.gate import Gate, gate, terms_of
from chatbot.evaluation.judging.stage import judge
from chatbot.evaluation.opening import open_bench
from chatbot.evaluation.run import Bench, Watch, begun, purse_of, run


def gate_suite(
    path: Path,
    bot: Chatbot,
    *,
    margin: float | None = None,
    variants: Sequence[str] = (),
    fresh: bool = False,
    limit: Callable[[Bench], Bench] = lambda bench: bench,
    watch: Watch = lambda _: None,
) -> Gate:
    """Asks what has not been asked, and holds it against what was blessed, or the suite's baseline variant.

    limit: sets what may be spent. All that is wrong with suite, baseline, margin and variants is raised before anything
    is asked: UsageError, NotFoundError, ProjectError.
    """
    bench = limit(open_bench(path, bot))
    kept = baseline_path(path)
    blessed = read_baseline(kept) if kept.exists() else None
    terms = terms_of(bench, blessed, margin=margin, variants=variants)
    record = begun(bench, fresh=fresh)
    purse = purse_of(bench, record.id)
    portal.call(run(bench, watch=watch, purse=purse))
    portal.call(judge(bench, record.id, purse=purse))
    return gate(bench, record.id, blessed, terms)
