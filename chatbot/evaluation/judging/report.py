"""What is told of a run's judges: how far they can be trusted, and their shares as they are and corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from chatbot.evaluation.judging.correction import Correction, correction_of
from chatbot.evaluation.judging.reliability import Agreement, JudgeReport, PanelReport, PanelTally
from chatbot.evaluation.judging.stage import JUDGED, judged, labelled
from chatbot.evaluation.run import Bench
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.noise import Noise


@dataclass(frozen=True, slots=True)
class Report:
    """Of one scorer."""

    panel: PanelReport
    correction: Correction | None


def reports_of(bench: Bench, run_id: str) -> list[Report]:
    """The report of every scorer that has judges, from the journal.

    What judges said when they were asked again (`eval rejudge`) shows how steady they are, and is part of no score.
    """
    if not bench.panels:
        return []
    tallies = [PanelTally(panel) for panel in bench.panels]
    for tally in tallies:
        for label, said in labelled(bench, run_id, tally.panel):
            tally.add_labelled(label, said)
    times = next((int(run.plan.get(JUDGED, 1)) for run in bench.journal.runs() if run.id == run_id), 1)
    again = replace(bench, panels=[panel.asked(times) for panel in bench.panels])
    for came in judged(again, run_id):
        for tally in tallies:
            tally.add(came, came.response.judgements[tally.panel.name])
    names = [each.name for each in bench.contenders]
    clusters = [item.cluster for item in bench.dataset.items] if bench.suite.dataset.cluster else None
    return [Report(tally.report(), correction_of(tally, names, bench.suite.baseline, clusters)) for tally in tallies]


def as_data(reports: list[Report]) -> list[dict[str, Any]]:
    """The reports for programs."""
    return [asdict(each) for each in reports]


def lines(reports: list[Report]) -> list[str]:
    """The reports for people."""
    return [line for each in reports for line in _lines(each)]


def _lines(report: Report) -> Iterator[str]:
    panel, correction = report.panel, report.correction
    for judge in panel.judges:
        yield f"{panel.name} by {short(judge.name)}: {'; '.join(_of_judge(judge))}"
    if panel.agreement is not None:
        yield f"{panel.name}: its judges agree on {_agreement(panel.agreement)}"
    if panel.people is not None:
        who = "they agree" if len(panel.judges) > 1 else "it agrees"
        yield f"{panel.name}: with people {who} on {_agreement(panel.people)}"
    if correction is not None:
        yield from _corrected(panel.name, correction)


def short(judge: str) -> str:
    """A judge's model without the address of its service."""
    return judge.rpartition("#")[2]


def _of_judge(judge: JudgeReport) -> Iterator[str]:
    yield ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(judge.verdicts.items())) or "no verdict"
    others = (("not readable", judge.unread), ("failed", judge.failed), ("not asked yet", judge.waiting))
    yield from (f"{count:,} {what}" for what, count in others if count)
    if judge.consistent is not None:
        yield f"prefers the same one in both orders in {_percent(judge.consistent)}"
    if judge.first is not None:
        yield f"prefers what stands first in {_percent(judge.first)}"
    if judge.flips is not None:
        yield f"asked again, it changes {_percent(judge.flips)} of its verdicts"
        yield f"its mean, each time: {', '.join(f'{value:.3f}' for value in judge.means)}"
    if judge.noise is not None:
        yield from _noise(judge.noise)


def _noise(noise: Noise) -> Iterator[str]:
    """Whose the variance of a verdict is."""
    parts = {"the judge's own": noise.judge, "between replies to one item": noise.generation, "the items'": noise.items}
    known = {name: part for name, part in parts.items() if part is not None}
    if whole := sum(known.values()):
        yield "of the variance " + ", ".join(f"{part / whole:.0%} is {name}" for name, part in known.items())


def _agreement(agreement: Agreement) -> str:
    kappa = f"{agreement.method} {agreement.beyond_chance:.2f}"
    return f"{_percent(agreement.share)} of {agreement.share.n:,} responses, {kappa}"


def _corrected(name: str, correction: Correction) -> Iterator[str]:
    if correction.why_not:
        yield f"{name}: not corrected for the judges' mistakes: {correction.why_not}"
        return
    whole = correction.labelled[""]
    yield (
        f"{name}: by {whole.right + whole.wrong} labels the judges find {whole.sensitivity:.0%} of what is right and "
        f"{whole.specificity:.0%} of what is wrong; corrected for that:"
    )
    for each in correction.variants:
        interval = each.estimate.interval
        told = f"  {each.name}: {each.estimate.value:.3f} [{interval.low:.3f}, {interval.high:.3f}] (judged"
        told += f" {each.judged:.3f})"
        if each.difference is not None:
            apart = each.difference.interval
            told += f", difference {each.difference.value:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"
        yield told


def _percent(estimate: Estimate) -> str:
    interval = estimate.interval
    return f"{estimate.value:.0%} [{interval.low:.0%}, {interval.high:.0%}]"
