"""Evals of openai/evals, in the layout of that repository, as suites that run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.importing.files import read_evals
from chatbot.evaluation.importing.imported import write
from chatbot.evaluation.scoring import scorer_of
from chatbot.evaluation.suite import read_suite
from chatbot.prompting import Prompt

SYSTEM = "Answer.\nuser:\nnot a role, and {{ no }} template."

MATCH = """\
sums:
  id: sums.dev.v0
  metrics: [accuracy]
sums.dev.v0:
  class: evals.elsuite.basic.{kind}
  args:
    samples_jsonl: sums/samples.jsonl
"""

CLOSED = """\
closed:
  prompt: |-
    [Question]: {input}
    [Submission]: {completion}
    [Criterion]: {criteria}
    Does the submission meet the criterion?
  choice_strings: "YN"
  choice_scores: {"Y": 1.0, "N": 0.0}
  input_outputs: {input: completion}
"""


def registry(root: Path, text: str, rows: list[dict[str, object]]) -> Path:
    """A file of the registry, with its data where the repository has it."""
    for folder in ("evals", "data/sums", "modelgraded"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "data/sums/samples.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (root / "modelgraded/closed.yaml").write_text(CLOSED, encoding="utf-8")
    (root / "evals/sums.yaml").write_text(text, encoding="utf-8")
    return root / "evals/sums.yaml"


def chat(number: int, system: str = SYSTEM) -> dict[str, object]:
    asked = [{"role": "system", "content": system}, {"role": "user", "content": f"{number} + {number}?"}]
    return {"input": asked, "ideal": [str(2 * number), "two"], "criteria": "It is a number."}


def test_a_match_becomes_a_suite_with_a_prompt_of_its_own(tmp_path: Path) -> None:
    path = registry(tmp_path, MATCH.format(kind="match:Match"), [chat(1), chat(2)])
    assert write(read_evals([path]), tmp_path / "suite") == []
    suite = read_suite(tmp_path / "suite/suite.yaml")
    assert suite.name == "sums"
    assert suite.scorers[0].text("function") == "chatbot.evaluation.importing.graders:starts_with"
    scorer_of(suite.scorers[0])
    system, question = Prompt.load(suite.variants[0].prompt).render(question="1 + 1?")
    assert (system.text, question.text) == (SYSTEM, "1 + 1?"), "their text is text, whatever it looks like"
    rows = [json.loads(line) for line in (tmp_path / "suite/items.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[1] == {"id": "2", "question": "2 + 2?", "ideal": ["4", "two"], "criteria": "It is a number."}


def test_conversations_that_differ_are_asked_as_they_are(tmp_path: Path) -> None:
    path = registry(tmp_path, MATCH.format(kind="includes:Includes"), [chat(1, "Be brief."), chat(2, "Be kind.")])
    imported = read_evals([path], "sums")
    write(imported, tmp_path / "suite")
    assert imported.scorers[0]["kind"] == "contains"
    assert Prompt.load(tmp_path / "suite/prompt.prompty").inputs["messages"].kind == "thread"
    assert imported.rows[0]["messages"] == [{"role": "system", "text": "Be brief."}, {"role": "user", "text": "1 + 1?"}]


def test_a_model_graded_eval_becomes_a_rubric(tmp_path: Path) -> None:
    text = MATCH.format(kind="x").replace("basic.x", "modelgraded.classify:ModelBasedClassify")
    text += "    eval_type: cot_classify\n    modelgraded_spec: closed\n    samples_renamings: {}\n"
    imported = read_evals([registry(tmp_path, text, [chat(1)])])
    (scorer,) = imported.scorers
    assert (scorer["kind"], scorer.get("measure")) == ("rubric", None)
    assert "[Submission]: (the answer)\n[Criterion]: {{ criteria }}" in str(scorer["rubric"])
    assert str(scorer["rubric"]).endswith("for the choice that you make: 5 for 'Y'; 1 for 'N'.")
    assert imported.losses == ["the argument 'samples_renamings' of ModelBasedClassify"]
    write(imported, tmp_path / "suite")
    scorer_of(read_suite(tmp_path / "suite/suite.yaml").scorers[0], fields=frozenset(imported.rows[0]))


def test_what_the_entry_fills_into_the_rubric_stands_there(tmp_path: Path) -> None:
    text = MATCH.format(kind="x").replace("basic.x", "modelgraded.classify:ModelBasedClassify")
    text += "    modelgraded_spec: closed\n    modelgraded_spec_args: {criteria: It is short.}\n"
    imported = read_evals([registry(tmp_path, text, [chat(1)])])
    assert "[Criterion]: It is short." in str(imported.scorers[0]["rubric"]) and imported.losses == []


def test_what_there_is_nothing_for_is_refused_with_what_there_is(tmp_path: Path) -> None:
    path = registry(tmp_path, MATCH.format(kind="translate:Translate"), [chat(1)])
    with pytest.raises(ProjectError, match=r"there is no scorer for .*translate:Translate"):
        read_evals([path])
    with pytest.raises(UsageError, match="has no eval 'sum'"):
        read_evals([path], "sum")
    other = path.read_text(encoding="utf-8").replace("sums/samples", "sums/gone")
    path.write_text(other.replace("translate:Translate", "match:Match"), encoding="utf-8")
    with pytest.raises(ProjectError, match=r"there is no file .sums/gone\.jsonl."):
        read_evals([path])


def test_data_that_was_not_fetched_is_told(tmp_path: Path) -> None:
    path = registry(tmp_path, MATCH.format(kind="match:Match"), [chat(1)])
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"
    (tmp_path / "data/sums/samples.jsonl").write_text(pointer, encoding="utf-8")
    with pytest.raises(ProjectError, match="git lfs pull"):
        read_evals([path])


def test_samples_alone_are_judged_by_their_ideals_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_text('{"input": "1 + 1?", "ideal": "2"}\n', encoding="utf-8")
    imported = read_evals([tmp_path / "samples.jsonl"])
    assert imported.rows == [{"id": "1", "question": "1 + 1?", "ideal": "2"}]
    assert "stands in the registry" in imported.losses[0]
    write(imported, tmp_path / "suite")
    assert (
        yaml.safe_load((tmp_path / "suite/suite.yaml").read_text(encoding="utf-8"))["scorers"][0]["kind"] == "contains"
    )
    with pytest.raises(UsageError, match="is not empty"):
        write(imported, tmp_path / "suite")
