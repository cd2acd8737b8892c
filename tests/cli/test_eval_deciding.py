"""`chatbot eval run` told to stop early, at a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, says
from in_process import Run

Start = Callable[..., ChatServer]

SUITE = """\
dataset: {{path: items.jsonl}}
prompts: [word_problem_direct, word_problem_zero_shot_cot]
strategies: [zero_shot]
models: ["{url}#m"]
scorers: [{{kind: contains, expect: "{{{{ answer }}}}"}}]
margin: 0.1
"""


@pytest.fixture
def suite(folder: Path, chat_server: Start) -> ChatServer:
    """A suite of 250 sums; both variants are right on half of them."""
    server = chat_server(says("The answer is 4."))
    rows = [json.dumps({"id": str(n), "question": f"{n} + {n}?", "answer": str(4 if n % 2 else 9)}) for n in range(250)]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(url=server.url), encoding="utf-8")
    return server


def test_it_stops_when_it_is_decided_says_so_and_is_not_asked_again(here: Run, suite: ChatServer) -> None:
    done = here("eval", "run", "suite.yaml", "--until-decided")
    assert done.returncode == 0, done.stderr
    calls = len(suite.requests)
    assert calls < 300
    assert "word_problem_zero_shot_cot is decided after" in done.stdout
    assert "(always-valid" in done.stdout and "McNemar" not in done.stdout
    shown = here("eval", "show", "latest")
    assert "(always-valid" in shown.stdout and "is decided after" in shown.stdout
    again = json.loads(here("eval", "run", "suite.yaml", "--until-decided", "--json").stdout)
    assert len(suite.requests) == calls
    assert (again["missing"], again["comparisons"][0]["test"]) == (0, "always-valid")


def test_it_stops_when_all_is_known_to_so_much(here: Run, suite: ChatServer) -> None:
    done = here("eval", "run", "suite.yaml", "--until-width", "0.04")
    assert "word_problem_zero_shot_cot is known to ±0.04 after" in done.stdout
    assert "McNemar" in done.stdout and len(suite.requests) < 300


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--until-decided", "--until-width", "0.1"), "exclude each other"),
        (("--race",), "at least two other variants"),
        (("--until-width", "3"), "--until-width"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_asked(
    here: Run, suite: ChatServer, options: tuple[str, ...], message: str
) -> None:
    done = here("eval", "run", "suite.yaml", *options)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr
    assert suite.requests == []


def test_a_plan_says_that_it_is_the_most(here: Run, suite: ChatServer) -> None:
    done = here("eval", "plan", "suite.yaml", "--until-decided")
    assert "That is the most: the run stops once every variant is better, worse or equivalent." in done.stdout
    assert "That is the most" not in here("eval", "plan", "suite.yaml").stdout
    assert suite.requests == []
