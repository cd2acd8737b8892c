"""Judges of a run, as a person and a script see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, says
from in_process import Run

Start = Callable[..., ChatServer]

SUITE = """\
name: sums
dataset: {{path: items.jsonl}}
prompts: [word_problem_direct, word_problem_zero_shot_cot]
strategies: [zero_shot]
models: ["{model}#m"]
scorers:
  - {{kind: rubric, rubric: The sum is right., judges: ["{judge}#judge"]}}
  - {{kind: contains, expect: "4"}}
"""


@pytest.fixture
def servers(folder: Path, chat_server: Start) -> tuple[ChatServer, ChatServer]:
    """A model and a judge of six sums, beside the workspace's settings."""
    model = chat_server(*[says(f"The answer is {number}.") for number in range(12)])
    judge = chat_server(says("Wrong.\nGrade: 2"), says("Right.\nGrade: 5"))
    rows = [json.dumps({"id": str(n), "question": f"{n} + {n}?"}) for n in range(6)]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(model=model.url, judge=judge.url), encoding="utf-8")
    return model, judge


def test_a_run_is_judged_and_tells_of_its_judges(here: Run, servers: tuple[ChatServer, ChatServer]) -> None:
    done = here("eval", "run", "suite.yaml")
    assert done.returncode == 0, done.stderr
    assert "11 right, 1 wrong" in " ".join(done.stdout.split())
    assert [len(server.requests) for server in servers] == [12, 12]
    found = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    assert found["judges"][0]["panel"]["judges"][0]["verdicts"] == {"right": 11, "wrong": 1}
    assert sum(variant["mean"] * 6 for variant in found["variants"]) == pytest.approx(11)
    assert [len(server.requests) for server in servers] == [12, 12]


def test_a_run_of_the_past_is_shown_as_it_was_judged(here: Run, servers: tuple[ChatServer, ChatServer]) -> None:
    first = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    shown = here("eval", "show", "latest", "--json")
    assert shown.returncode == 0, shown.stderr
    found = json.loads(shown.stdout)
    assert (found["judges"], found["variants"]) == (first["judges"], first["variants"])
    assert [len(server.requests) for server in servers] == [12, 12]


def test_a_model_that_only_quotes_is_refused_as_a_judge_before_any_call(
    here: Run, servers: tuple[ChatServer, ChatServer], folder: Path
) -> None:
    text = (folder / "suite.yaml").read_text(encoding="utf-8")
    (folder / "suite.yaml").write_text(text.replace(f"{servers[1].url}#judge", "extractive"), encoding="utf-8")
    done = here("eval", "run", "suite.yaml")
    assert done.returncode == 2
    assert "suite.yaml:7: the model extractive cannot judge: it only quotes" in done.stderr
    assert servers[0].requests == []


def test_replies_are_drawn_for_people_and_their_labels_correct_the_judge(
    here: Run, servers: tuple[ChatServer, ChatServer], folder: Path
) -> None:
    assert here("eval", "run", "suite.yaml").returncode == 0
    drawn = here("eval", "label", "-o", "labels.jsonl")
    assert "12 replies wait in labels.jsonl: write true or false in place of each null" in drawn.stdout, drawn.stderr
    rows = [json.loads(line) for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(row["label"], row["question"][1:4]) for row in rows} == {(None, " + ")}
    labelled = [json.dumps({**row, "label": number % 2 == 0}) for number, row in enumerate(rows)]
    (folder / "labels.jsonl").write_text("\n".join(labelled), encoding="utf-8")
    assert "labels.jsonl is there already" in here("eval", "label", "-o", "labels.jsonl").stderr
    suite = (folder / "suite.yaml").read_text(encoding="utf-8").replace("judges:", "labels: labels.jsonl, judges:")
    (folder / "suite.yaml").write_text(suite, encoding="utf-8")
    told = " ".join(here("eval", "run", "suite.yaml").stdout.split())
    assert "with people it agrees on" in told and "of 12 responses, Cohen's kappa" in told
    assert [len(server.requests) for server in servers] == [12, 12]


def test_judges_are_asked_again_and_the_model_is_not(here: Run, servers: tuple[ChatServer, ChatServer]) -> None:
    first = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    done = here("eval", "rejudge", "latest", "--times", "3")
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "asked again, it changes 6% [" in told and "its mean, each time: 0.917, 1.000, 1.000" in told
    assert "is the judge's own" in told
    assert [len(server.requests) for server in servers] == [12, 36]
    again = json.loads(here("eval", "rejudge", "suite.yaml", "--json").stdout)
    assert again["judges"][0]["panel"]["judges"][0]["means"] == pytest.approx([11 / 12, 1, 1])
    later = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    assert later["variants"] == first["variants"] and later["judges"] == again["judges"]
    assert [len(server.requests) for server in servers] == [12, 36]


@pytest.mark.parametrize("arguments", [("rejudge", "latest"), ("label", "latest", "-o", "sheet.jsonl")])
def test_a_suite_without_judges_has_nobody_to_ask(
    here: Run, servers: tuple[ChatServer, ChatServer], folder: Path, arguments: tuple[str, ...]
) -> None:
    suite = (folder / "suite.yaml").read_text(encoding="utf-8")
    kept = "".join(line for line in suite.splitlines(keepends=True) if "rubric" not in line)
    (folder / "suite.yaml").write_text(kept, encoding="utf-8")
    assert here("eval", "run", "suite.yaml").returncode == 0
    done = here("eval", *arguments)
    assert done.returncode == 2
    assert "suite sums has no judges" in done.stderr


def test_a_gate_and_a_comparison_go_by_what_judges_say(here: Run, servers: tuple[ChatServer, ChatServer]) -> None:
    assert here("eval", "gate", "suite.yaml", "--margin", "0.5").returncode in (0, 2)
    assert [len(server.requests) for server in servers] == [12, 12]
    compared = json.loads(here("eval", "compare", "latest", "--json").stdout)
    assert abs(compared["difference"]) == pytest.approx(1 / 6)
    assert [len(server.requests) for server in servers] == [12, 12]


def test_what_is_decided_early_cannot_wait_for_judges(here: Run, servers: tuple[ChatServer, ChatServer]) -> None:
    done = here("eval", "run", "suite.yaml", "--until-decided")
    assert done.returncode == 2
    assert "judges are asked once all replies have come" in done.stderr
    assert servers[0].requests == []
