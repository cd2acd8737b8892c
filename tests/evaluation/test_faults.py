"""Runs of evals at an endpoint that throttles, fails, stalls and lies: every cell ends scored, or says why not."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from benches import bench
from fault_server import IN_RUNS, FaultyServer
from faults.fault import ANSWER, Fault

from chatbot.evaluation.endings import REASONS, Ending, ending_of
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.run import Asked, Bench, run
from chatbot.evaluation.scored import scored, summary_of
from chatbot.models.openai_api import OpenAIModel
from chatbot.service.pace import IN_CHAT, IN_EVAL, Patience

WORDS = ("Answer.", "Think, then answer.")
"""Of the variants' system messages."""

STATUSES = {"error": "error", "filtered": "refused", "empty": "no_answer"}
"""What a reply that ended so is counted as; any other is unscored."""


def due(fault: Fault | None) -> tuple[Ending, str]:
    """How a cell that meets this ends, and what its reason says."""
    if fault is None:
        return "whole", ""
    expected = fault.expected["stream"]
    if expected.finish is None:
        return "error", expected.says
    if expected.finish != "complete":
        return expected.finish, REASONS[expected.finish]
    return ("whole", "") if expected.text else ("empty", "the reply")


def is_scored(fault: Fault) -> bool:
    """Whether what it ends in can be judged: the right sum, where one can be put in, or none."""
    expected, scene = fault.expected["stream"], fault.scenes["stream"]
    assert isinstance(scene.steps, tuple)
    sum_goes_in = any(isinstance(step, bytes) and b"{sum}" in step for step in (*(scene.head or ()), *scene.steps))
    return expected.finish != "complete" or not expected.text or (expected.text == ANSWER and sum_goes_in)


def faults_of(server: FaultyServer, came: Asked) -> Fault | None:
    """What a cell's request met."""
    messages = [
        {"role": "system", "content": WORDS[came.cell.variant]},
        {"role": "user", "content": came.item.fields["question"]},
    ]
    return server.faults.get(json.dumps(messages))


def sent_by(made: Bench) -> int:
    model = made.contenders[0].model
    assert isinstance(model, OpenAIModel)
    return model.pace.counts.sent


@pytest.mark.parametrize("patience", [IN_CHAT, IN_EVAL], ids=["chat", "eval"])
def test_every_cell_ends_scored_or_with_a_named_reason(tmp_path: Path, patience: Patience) -> None:
    chosen = [fault for fault in IN_RUNS if is_scored(fault)]
    faults = dict(zip(range(0, 2 * len(chosen), 2), chosen, strict=True))

    with FaultyServer(faults.get) as server:
        made = bench(tmp_path, server, items=len(chosen), patience=patience, timeout=3.0)
        record = asyncio.run(run(made))
        kept = list(scored(made, record.id, metrics_of(made)[0].scorers))
        assert set(server.met) == {fault.name for fault in chosen}

    assert sorted(came.cell.number for came, _ in kept) == list(range(2 * len(chosen)))
    for came, score in kept:
        fault = faults_of(server, came)
        ending, reason = due(fault)
        assert ending_of(came.response) == ending, (fault and fault.name, came.response.error)
        if ending == "whole":
            assert (score.status, score.value) == ("scored", 1.0), (fault and fault.name, came.response.error)
        else:
            assert score.status == STATUSES.get(ending, "unscored")
            assert reason in score.reason, (fault, score)
    assert sent_by(made) == len(server.requests)
    again = Counter(json.dumps(request.body["messages"]) for request in server.requests)
    sent_twice = {key for key, times in again.items() if times > 1}
    assert sent_twice == {key for key, fault in server.faults.items() if fault.passes}


def test_a_twentieth_that_is_cut_withheld_or_empty_is_counted_by_its_class_and_the_headline_refused(
    tmp_path: Path,
) -> None:
    names = ("an end without a reason", "cut at the token limit", "withheld", "nothing but an end")
    injected = [fault for fault in IN_RUNS if fault.name in names]

    with FaultyServer(lambda number: injected[number // 21 % 4] if number % 21 == 0 else None) as server:
        made = bench(tmp_path, server, items=120)
        record = asyncio.run(run(made))
    summary = summary_of(made, record.id, metrics_of(made))
    counted = sum((Counter(variant.endings) for variant in summary.variants), Counter())
    assert counted == {"whole": 228, "truncated": 3, "length": 3, "filtered": 3, "empty": 3}
    assert not any(variant.headline for variant in summary.variants)
