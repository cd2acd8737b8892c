"""Evals of the hosted service, from the JSON that its API gives of an eval and a run, as suites that run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.errors import NotFoundError, ProjectError
from chatbot.evaluation.importing.files import read_evals
from chatbot.evaluation.importing.imported import Imported, write
from chatbot.evaluation.records import Item, Response
from chatbot.evaluation.scoring import scorer_of
from chatbot.evaluation.suite import read_suite
from chatbot.prompting import Prompt

CHECK = {
    "type": "string_check",
    "name": "right label",
    "input": "{{ sample.output_text }}",
    "reference": "{{ item.correct_label }}",
    "operation": "eq",
}
EVAL = {"object": "eval", "name": "tickets", "data_source_config": {"type": "custom"}, "testing_criteria": [CHECK]}
RUN = {
    "object": "eval.run",
    "data_source": {
        "type": "responses",
        "model": "gpt-4.1",
        "input_messages": {
            "type": "template",
            "template": [
                {"role": "developer", "content": "Hardware, Software or Other. {% raw"},
                {"role": "user", "content": {"type": "input_text", "text": "{{ item.ticket_text }}"}},
            ],
        },
        "sampling_params": {"temperature": 0.2, "max_completion_tokens": 20, "reasoning_effort": "low"},
    },
}
DATA = [{"item": {"ticket_text": f"Ticket {n}", "correct_label": "Hardware"}} for n in range(3)]


def imported(folder: Path, *objects: object, rows: object = DATA) -> Imported:
    paths = []
    for number, each in enumerate(objects):
        paths.append(folder / f"{number}.json")
        paths[-1].write_text(json.dumps(each), encoding="utf-8")
    paths.append(folder / "data.jsonl")
    paths[-1].write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")  # type: ignore[call-overload]
    return read_evals(paths)


def judged(criterion: dict[str, object], folder: Path) -> Imported:
    return imported(folder, {**EVAL, "testing_criteria": [CHECK, criterion]}, RUN)


def test_eval_run_and_data_become_a_suite(tmp_path: Path) -> None:
    found = imported(tmp_path, EVAL, RUN)
    lost = write(found, tmp_path / "suite")
    suite = read_suite(tmp_path / "suite/suite.yaml")
    assert (suite.name, suite.variants[0].model) == ("tickets", "openai:gpt-4.1")
    assert dict(suite.scorers[0].table) == {"name": "right label", "kind": "exact", "expect": "{{ correct_label }}"}
    prompt = Prompt.load(suite.variants[0].prompt)
    assert (prompt.sampling.temperature, prompt.sampling.max_tokens) == (0.2, 20)
    system, user = prompt.render(ticket_text="It is broken.")
    assert (system.role, system.text) == ("system", "Hardware, Software or Other. {% raw")
    assert (user.role, user.text) == ("user", "It is broken.")
    assert any("reasoning_effort" in each for each in lost)
    assert found.rows[2] == {"id": "3", "ticket_text": "Ticket 2", "correct_label": "Hardware"}


def test_models_that_judge_become_rubrics(tmp_path: Path) -> None:
    label = {
        "type": "label_model",
        "name": "polite",
        "model": "o4-mini",
        "labels": ["polite", "rude"],
        "passing_labels": ["polite"],
        "input": [{"role": "user", "content": "Ticket: {{item.ticket_text}}\nReply: {{sample.output_text}}"}],
    }
    scorer = judged(label, tmp_path).scorers[1]
    assert (scorer["kind"], scorer["judges"]) == ("rubric", ["openai:o4-mini"])
    assert str(scorer["rubric"]).startswith("Ticket: {{ ticket_text }}\nReply: (the answer)")
    score = {"type": "score_model", "name": "s", "range": [0, 10], "pass_threshold": 6, "input": label["input"]}
    found = judged(score, tmp_path)
    assert (found.scorers[1]["scale"], found.scorers[1]["pass"]) == ([0, 10], 6)
    write(found, tmp_path / "suite")
    for entry in read_suite(tmp_path / "suite/suite.yaml").scorers:
        scorer_of(entry, fields=frozenset(found.rows[0]))


def test_python_graders_run_here_and_that_is_said(tmp_path: Path) -> None:
    source = "def grade(sample, item):\n    return float(item['correct_label'] in sample['output_text'])\n"
    found = judged({"type": "python", "name": "p", "source": source}, tmp_path)
    assert found.losses[0] == "the sandbox of 'p': grader_1.py runs in this program, with what is installed here"
    write(found, tmp_path / "suite")
    grader = scorer_of(read_suite(tmp_path / "suite/suite.yaml").scorers[1])
    item = Item("1", {"correct_label": "Hardware"})
    assert [grader(item, Response(said)).value for said in ("It is Hardware.", "It is not.")] == [1, 0]


@pytest.mark.parametrize(
    ("criterion", "said"),
    [
        ({**CHECK, "operation": "ne"}, "the criterion 'right label': there is no scorer for string_check ne"),
        (
            {"type": "text_similarity", "name": "t", "evaluation_metric": "bleu"},
            "the criterion 't': there is no scorer for text_similarity bleu",
        ),
    ],
)
def test_what_does_not_carry_over_is_named(tmp_path: Path, criterion: dict[str, object], said: str) -> None:
    found = judged(criterion, tmp_path)
    assert said in found.losses and len(found.scorers) == 1
    with pytest.raises(ProjectError, match="none of its criteria carries over"):
        imported(tmp_path, {**EVAL, "testing_criteria": [criterion]}, RUN)


def test_without_a_run_the_fields_are_shown_and_that_is_said(tmp_path: Path) -> None:
    found = imported(tmp_path, EVAL)
    assert any("stand in its runs" in each for each in found.losses)
    write(found, tmp_path / "suite")
    (message,) = Prompt.load(tmp_path / "suite/prompt.prompty").render(ticket_text="a", correct_label="b")
    assert message.text == "ticket_text: a\ncorrect_label: b"


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(ProjectError, match="neither an eval nor a run"):
        read_evals([tmp_path / "x.json"])
    with pytest.raises(NotFoundError, match=r"did you mean 'x\.json'"):
        read_evals([tmp_path / "y.json"])
    (tmp_path / "x.json").write_text(json.dumps(EVAL), encoding="utf-8")
    with pytest.raises(ProjectError, match="there are no items"):
        read_evals([tmp_path / "x.json"])
