"""What is told of judges after a run that they judged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

from benches import bench
from chat_server import ChatServer, says
from judging_models import Decides, between, grades, is_right, judged_bench, sums

from chatbot.evaluation.judging.report import as_data, lines, reports_of
from chatbot.evaluation.judging.stage import judge, judged
from chatbot.evaluation.run import Asked, Bench, run

Start = Callable[..., ChatServer]


def run_and_judge(made: Bench) -> str:
    record = asyncio.run(run(made))
    asyncio.run(judge(made, record.id))
    return record.id


def label_some(made: Bench, run_id: str, folder: Path, count: int) -> None:
    """A person labels the first responses of each variant, and writes down what was labelled."""
    rows = [
        {
            "item": came.item.id,
            "variant": made.contenders[came.cell.variant].name,
            "text": came.response.text,
            "label": is_right(str(came.item.fields["question"]), came.response.text),
        }
        for came in judged(made, run_id)
    ]
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, rows[:count])), encoding="utf-8")


def test_a_mild_judge_is_corrected_by_labels_which_cost_no_call(tmp_path: Path, chat_server: Start) -> None:
    judges, server, journal = [Decides("mild", grades(0.95, 0.6))], chat_server(says("")), tmp_path / "journal.db"
    answers = [sums(0.5), sums(0.7)]
    first = judged_bench(tmp_path, server, "rubric", judges, answers=answers, items=150, journal=journal)
    run_id = run_and_judge(first)
    asked = len(judges[0].asked)
    label_some(first, run_id, tmp_path, 200)
    made = judged_bench(
        tmp_path, server, "rubric", judges, answers=answers, items=150, journal=journal, more=", labels: labels.jsonl"
    )
    asyncio.run(judge(made, run_id))
    assert len(judges[0].asked) == asked
    (report,) = reports_of(made, run_id)
    assert report.correction is not None and report.panel.people is not None
    truth = {
        name: [
            is_right(str(c.item.fields["question"]), c.response.text)
            for c in judged(made, run_id)
            if c.cell.variant == v
        ]
        for v, name in enumerate(("direct", "steps"))
    }
    for each in report.correction.variants:
        real = sum(truth[each.name]) / 150
        assert real in each.estimate.interval
        assert each.judged > real + 0.05
        assert abs(each.estimate.value - real) < 0.05
    told = lines([report])
    assert any("rubric: by 200 labels the judges find" in line for line in told)
    assert json.loads(json.dumps(as_data([report])))[0]["panel"]["judges"][0]["name"] == "mild"


def test_a_text_that_no_run_has_is_judged_for_its_label(tmp_path: Path, chat_server: Start) -> None:
    judges = [Decides("judge", grades(1, 1))]
    rows = [{"item": "i1", "text": f"It is {number}.", "label": number == 2} for number in (2, 3)]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    made = judged_bench(
        tmp_path, chat_server(says("Nothing.")), "rubric", judges, items=2, more=", labels: labels.jsonl"
    )
    run_id = run_and_judge(made)
    assert len(judges[0].asked) == 2 + 2
    (report,) = reports_of(made, run_id)
    assert report.panel.people is not None and report.panel.people.beyond_chance == 1


def prefers(liking: float) -> Callable[[str, Random], str]:
    """Prefers the right sum, and with this chance whatever stands first."""

    def decide(shown: str, luck: Random) -> str:
        question = between(shown, "question")
        rights = [is_right(question, between(shown, place)) for place in ("first", "second")]
        if luck.random() < liking:
            return "Verdict: first"
        return f"Verdict: {'tie' if rights[0] == rights[1] else 'first' if rights[0] else 'second'}"

    return decide


def test_pairs_show_who_prefers_a_place_and_where_judges_agree(tmp_path: Path, chat_server: Start) -> None:
    judges = [Decides("fair", prefers(0)), Decides("lazy", prefers(0.6))]
    made = judged_bench(tmp_path, chat_server(says("")), "pairwise", judges, answers=[sums(0.4), sums(0.8)], items=100)
    (report,) = reports_of(made, run_and_judge(made))
    fair, lazy = report.panel.judges
    assert fair.consistent is not None and lazy.consistent is not None and fair.first is not None
    assert (fair.consistent.value, fair.first.value) == (1.0, 0.5)
    assert lazy.consistent.value < 0.7
    assert report.panel.agreement is not None and report.panel.agreement.method == "Cohen's kappa"
    assert 0 < report.panel.agreement.beyond_chance < 1
    assert any("lazy" in line and "prefers what stands first in" in line for line in lines([report]))


def test_what_a_judge_is_asked_depends_on_no_order_and_no_batch(tmp_path: Path, chat_server: Start) -> None:
    asked, said = [], []
    for seed, at_once in ((0, 8), (1, 1), (2, 32)):
        judges = [Decides("judge", grades(0.8, 0.8))]
        folder, server = tmp_path / str(seed), chat_server(says(""))
        made = judged_bench(folder, server, "rubric", judges, answers=[sums(0.5), sums(0.6)], suite=f"seed: {seed}\n")
        made = replace(made, suite=replace(made.suite, concurrency=at_once))
        run_id = run_and_judge(made)
        asked.append(sorted(judges[0].asked))
        said.append(sorted((came.item.id, *words(came)) for came in judged(made, run_id)))
    assert asked[0] == asked[1] == asked[2]
    assert said[0] == said[1] == said[2]


def words(came: Asked) -> tuple[str, str]:
    """A response, and what the judge said of it."""
    return came.response.text, came.response.judgements["rubric"][0].text


def test_a_suite_without_judges_has_nothing_to_tell(tmp_path: Path, chat_server: Start) -> None:
    assert reports_of(bench(tmp_path, chat_server(says(""))), "any") == []
