"""A variant that a run showed to be better gets the evidence of it, beside its prompt file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from chatbot import codec
from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.head_to_head import HeadToHead, Side, head_to_head
from chatbot.evaluation.history import Past
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.suite import Variant
from chatbot.prompting import Prompt
from chatbot.prompting.evidence import Evidence, evidence_path, write_evidence


def promote(past: Past, variant: int) -> tuple[Evidence, Path]:
    """Writes the evidence, and says where.

    A variant is held against the suite's baseline, and the baseline against the best of the others. Raises UsageError
    where it is not better, and ProjectError where the prompt, or the items, are not those that were measured.
    """
    bench, record = past.bench, past.record
    chosen, planned = bench.contenders[variant], record.plan["variants"][variant]
    if past.changed:
        raise ProjectError(
            f"run {record.id} is not of the suite as it is now: {past.changed[0]}", hint="run the suite again"
        )
    metric = metrics_of(bench)[0]
    if metric.less_is_better:
        raise UsageError(
            f"the first scorer of {bench.suite.path} measures what a reply takes, and not how good it is",
            hint="put another one before it",
        )
    found = _best(past, variant)
    judged, difference = found.judged, found.judged.comparison.difference
    if judged.verdict != "better":
        more = f"; about {judged.more_items:,} items more would tell" if judged.more_items else ""
        span = f"{difference.value:+.3f} [{difference.interval.low:+.3f}, {difference.interval.high:+.3f}]"
        raise UsageError(
            f"run {record.id} does not show {chosen.name} to be better than {found.first.name}: "
            f"{judged.verdict}, {span}",
            hint=f"only what was shown is promoted{more}",
        )
    evidence = Evidence(
        prompt=str(planned["hash"]),
        run=record.id,
        suite=bench.suite.name,
        day=f"{datetime.fromtimestamp(record.started, UTC):%Y-%m-%d}",
        model=str(planned["model"]),
        asked_with=_asked_with(chosen.variant, chosen.prompt),
        against=found.first.name,
        difference=round(difference.value, 6),
        interval=(round(difference.interval.low, 6), round(difference.interval.high, 6)),
        level=difference.interval.level,
        p=float(f"{judged.p:.3g}"),
        test=judged.comparison.test.method,
        items=difference.n,
        scorer=metric.name,
        dataset=str(record.plan["dataset"]),
        variants=len(bench.contenders),
    )
    path = evidence_path(chosen.prompt.path)
    write_evidence(evidence, path)
    return evidence, path


def _best(past: Past, variant: int) -> HeadToHead:
    """The variant against the baseline; the baseline itself against the one that comes nearest to it."""
    bench = past.bench
    names = [each.name for each in bench.contenders]
    base = names.index(bench.suite.baseline)
    if len(names) == 1:
        raise UsageError(f"run {past.record.id} has one variant, which it shows to be better than nothing")
    if variant != base:
        return head_to_head(Side(past, base), Side(past, variant))
    others = (head_to_head(Side(past, place), Side(past, base)) for place in range(len(names)) if place != base)
    return min(others, key=lambda found: found.judged.comparison.difference.value)


def _asked_with(variant: Variant, prompt: Prompt) -> str:
    """What the suite adds to the prompt file, in words."""
    parts = []
    if isinstance(variant.strategy, Mapping):
        parts.append("strategy " + ", ".join(f"{key} {value}" for key, value in variant.strategy.items()))
    elif variant.strategy and variant.strategy != prompt.settings.strategy.name:
        parts.append(f"strategy {variant.strategy}")
    given: Mapping[str, object] = codec.plain(variant.sampling)
    parts += [f"{key} {value}" for key, value in given.items() if value not in (None, [], "")]
    if variant.retrieval is not None:
        parts.append(f"{variant.retrieval.passages} passages")
    return ", ".join(parts)
