"""What judging a run will take, for its plan: judgements that the journal does not have, by judge.

Of replies that came already it is known who has to be asked about what. Those that are still to come are taken to be
of the usual length, and none of them to say what another one says: it is the most that can be needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot import codec
from chatbot.errors import ChatbotError
from chatbot.evaluation.contender import Contender
from chatbot.evaluation.judging.panel import Assignment, Panel, assignments
from chatbot.evaluation.judging.report import short
from chatbot.evaluation.judging.stage import all_assignments
from chatbot.evaluation.plan import PROBED, REPLY_TOKENS, SECONDS, Need, dollars_of, usual
from chatbot.evaluation.probe import probe
from chatbot.evaluation.records import Judgement, Response
from chatbot.evaluation.run import Bench
from chatbot.messages import Usage

STAND_INS = (Response("word " * REPLY_TOKENS), Response("other " * REPLY_TOKENS))
"""Replies of the usual length, for prompts whose length is to be counted."""


def needs_of_judges(bench: Bench) -> list[Need]:
    """A need for each judge of each scorer; none where nobody judges. Raises what a judge's prompt raises."""
    if not bench.panels:
        return []
    known = _known(bench)
    return [
        _need(bench, panel, judge, known[panel.name, judge.name]) for panel in bench.panels for judge in panel.judges
    ]


@dataclass(slots=True)
class _Known:
    left: int = 0
    """Judgements of replies that came, which are still to be asked for."""
    said: int = 0
    usage: Usage = Usage()


def _known(bench: Bench) -> defaultdict[tuple[str, str], _Known]:
    """What the latest run of the same plan says."""
    found: defaultdict[tuple[str, str], _Known] = defaultdict(_Known)
    latest = bench.journal.latest_run(bench.key)
    seen: set[int] = set()
    for panel, assignment in all_assignments(bench, latest.id) if latest else ():
        if (number := hash(assignment.key)) in seen:
            continue
        seen.add(number)
        each = found[panel.name, assignment.judge.name]
        kept = bench.journal.judgement(assignment.key)
        if kept is None or kept["error"]:
            each.left += 1
        else:
            each.said += 1
            each.usage += codec.build(Judgement, kept).usage
    return found


def _need(bench: Bench, panel: Panel, judge: Contender, known: _Known) -> Need:
    calls = known.left + _to_come(bench, panel)
    if known.said:
        usage, share = known.usage, calls / known.said
        tokens, replies, seconds = usage.input_tokens * share, usage.output_tokens * share, usage.seconds * share
    else:
        tokens, replies, seconds = calls * _prompt_tokens(bench, panel, judge), calls * usual(judge), calls * SECONDS
    dollars = dollars_of(judge, Usage(round(tokens), round(replies)))
    return Need(f"{panel.name} by {short(judge.name)}", calls, calls, tokens, replies, dollars, seconds, known.said)


def _to_come(bench: Bench, panel: Panel) -> int:
    """Judgements by one judge of the replies that have not come yet."""
    grid, latest = bench.grid, bench.journal.latest_run(bench.key)
    left = len(grid) - (bench.journal.count_cells(latest.id) if latest else 0)
    labels = 0 if latest else sum(label.text is not None for label in panel.labels)
    if not panel.inquiry.pairwise:
        return (left + labels) * panel.inquiry.repeats
    return (round(left * (grid.variants - 1) / grid.variants) + labels) * 2 * panel.inquiry.repeats


def _prompt_tokens(bench: Bench, panel: Panel, judge: Contender) -> float:
    probed = [
        probe(judge, given.inputs, bench).input_tokens for given in _samples(bench, panel) if given.judge is judge
    ]
    return sum(probed) / len(probed) if probed else 0.0


def _samples(bench: Bench, panel: Panel) -> Iterator[Assignment]:
    for place in bench.grid.order()[:PROBED]:
        response, other = STAND_INS
        try:
            yield from assignments(
                panel, bench.dataset.items[place], response, other if panel.inquiry.pairwise else None
            )
        except ChatbotError:
            continue  # the item lacks what a judge needs, and nobody is asked about it
