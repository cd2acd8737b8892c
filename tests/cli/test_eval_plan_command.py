"""`chatbot eval plan` as a person and a script use it: nothing is asked, and what a pilot has seen is not guessed."""

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
models: ["{url}#m"]
scorers: [{{kind: contains, expect: "{{{{ answer }}}}"}}]
margin: 0.05
"""


@pytest.fixture
def server(folder: Path, chat_server: Start) -> ChatServer:
    server = chat_server(says("The answer is 4."))
    rows = [json.dumps({"id": str(n), "question": f"{n} + {n}?", "answer": str(4 if n % 3 else 9)}) for n in range(60)]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(url=server.url), encoding="utf-8")
    return server


def test_a_plan_says_what_a_run_will_take_and_asks_nothing(here: Run, server: ChatServer) -> None:
    done = here("eval", "plan", "suite.yaml")
    assert done.returncode == 0, done.stderr
    head, *_, last = done.stdout.splitlines()
    assert head.split() == ["VARIANT", "CELLS", "CALLS", "TOKENS", "IN", "OUT", "$", "TIME"]
    assert "in all" in done.stdout and "~ assumes replies of 200 tokens" in done.stdout
    assert "60 items show a difference of" in done.stdout and "as is assumed without a pilot" in done.stdout
    assert last == "A difference as large as the margin takes 626 items."
    assert max(map(len, done.stdout.splitlines()[:4])) <= 80
    found = json.loads(here("eval", "plan", "suite.yaml", "--json").stdout)
    assert (found["cells"], found["answered"], found["dollars"]) == (120, 0, None)
    assert server.requests == []


def test_a_run_with_a_limit_is_its_pilot(here: Run, server: ChatServer, folder: Path) -> None:
    suite = (folder / "suite.yaml").read_text(encoding="utf-8")
    (folder / "pilot.yaml").write_text(suite.replace("items.jsonl", "items.jsonl, limit: 20"), encoding="utf-8")
    assert here("eval", "run", "pilot.yaml").returncode == 0
    found = json.loads(here("eval", "plan", "suite.yaml", "--json").stdout)
    assert [need["seen"] for need in found["needs"]] == [20, 20]
    assert (found["answered"], found["needs"][0]["output_tokens"]) == (40, 40 * 3)
    assert (found["reach"]["pilot"], found["reach"]["discordance"]) == (20, 0)
    here("eval", "run", "suite.yaml")
    assert len(server.requests) == 120, "what the pilot asked is not asked again"


def test_a_budget_says_how_far_it_reaches(here: Run, server: ChatServer) -> None:
    done = here("eval", "plan", "suite.yaml", "--budget-tokens", "10000")
    assert "The budget ends the run at about" in done.stdout


def test_items_that_a_prompt_gives_away_are_told(here: Run, server: ChatServer, folder: Path) -> None:
    prompt = (folder / "prompts/word_problem_direct.prompty").read_text(encoding="utf-8")
    story = "A baker sells 12 rolls in the morning and twice as many before noon. How many are sold?"
    (folder / "leaky.prompty").write_text(f"{prompt}\nFor example: {story} 36.\n", encoding="utf-8")
    with (folder / "items.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps({"id": "baker", "question": story, "answer": "36"}))
    suite = (folder / "suite.yaml").read_text(encoding="utf-8")
    (folder / "suite.yaml").write_text(suite.replace("word_problem_direct,", "leaky.prompty,"), encoding="utf-8")
    done = here("eval", "plan", "suite.yaml")
    assert "leaky: 1 item (baker) of the dataset in the text of the prompt" in done.stdout
    assert json.loads(here("eval", "plan", "suite.yaml", "--json").stdout)["leaks"][0]["items"] == ["baker"]
    assert "leaky: 1 item (baker)" in here("eval", "run", "suite.yaml", "--budget-tokens", "1").stderr
