"""`chatbot eval run` as a person and a script use it, at a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, refuses, says
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
def suite(folder: Path, chat_server: Start) -> ChatServer:
    """A suite of twelve sums beside the workspace's settings; each is answered with 4."""
    server = chat_server(says("The answer is 4."))
    rows = [json.dumps({"id": str(n), "question": f"{n} + {n}?", "answer": str(4 if n % 3 else 9)}) for n in range(12)]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(url=server.url), encoding="utf-8")
    return server


def test_a_run_says_how_good_each_variant_is_and_how_they_compare(here: Run, suite: ChatServer) -> None:
    done = here("eval", "run", "suite.yaml")
    assert done.returncode == 0, done.stderr
    assert "word_problem_direct" in done.stdout and "0.667" in done.stdout
    assert "word_problem_zero_shot_cot undecided: +0.000 against word_problem_direct" in done.stdout
    assert len(suite.requests) == 24
    assert max(map(len, done.stdout.splitlines()[:3])) <= 80


def test_as_json_it_is_all_there_and_the_second_time_costs_no_call(here: Run, suite: ChatServer) -> None:
    first = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    again = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    assert first == again
    assert len(suite.requests) == 24
    variant = first["variants"][0]
    assert (variant["cells"], variant["n"], variant["calls"]) == ({"scored": 12}, 12, 12)
    assert variant["interval"]["method"] == "Wilson"
    assert first["comparisons"][0]["table"] == {"both": 8, "only_variant": 0, "only_baseline": 0, "neither": 4}
    here("eval", "run", "suite.yaml", "--fresh")
    assert len(suite.requests) == 48


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: contains", "kind: contain", "suite.yaml:6: there is no kind of scorer 'contain'"),
        ("items.jsonl", "item.jsonl", "suite.yaml:2: there is no dataset"),
        ("items.jsonl", "items.jsonl, split: test", "suite.yaml:2: "),
        ("zero_shot]", "zeroshot]", "suite.yaml:4: there is no strategy 'zeroshot'"),
        ("zero_shot]", "{name: self_consistency, sample: 3}]", "suite.yaml:4: self_consistency has no option 'sample'"),
        ("word_problem_direct,", "word_problem_dirct,", "suite.yaml:3: there is no prompt 'word_problem_dirct'"),
        ("word_problem_direct,", "gone.prompty,", "suite.yaml:3: there is no prompt file"),
        ('models: ["http:', 'models: ["htp:', "suite.yaml:5: there is no model"),
        (
            "margin: 0.05",
            "retrieval: [{passages: 3}]",
            "suite.yaml:7: prompt 'word_problem_direct' cannot be asked with",
        ),
        ('expect: "{{ answer }}"', 'expect: "{{ anser }}"', "suite.yaml:6: "),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_asked(
    here: Run, suite: ChatServer, folder: Path, old: str, new: str, said: str
) -> None:
    path = folder / "suite.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    done = here("eval", "run", "suite.yaml")
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert suite.requests == []


def test_a_row_without_what_a_prompt_needs_is_told_with_its_line(here: Run, suite: ChatServer, folder: Path) -> None:
    with (folder / "items.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"id": "x", "answer": "4"}\n')
    done = here("eval", "run", "suite.yaml")
    assert "items.jsonl:13: prompt 'word_problem_direct' needs question" in done.stderr
    assert suite.requests == []


def test_a_run_that_is_let_in_no_more_says_so_in_one_line_reports_what_came_and_goes_on_later(
    here: Run, suite: ChatServer
) -> None:
    suite.scenes[:] = [*suite.scenes * 6, refuses(401, "key revoked")]
    done = here("eval", "run", "suite.yaml", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["stopped"]) == (1, True)
    assert 24 - 6 <= told["missing"] < 24  # of the six replies some may have been on their way
    (said,) = [line for line in done.stderr.splitlines() if "key revoked" in line]
    assert said.startswith("chatbot: ") and "what has come is kept" in said
    suite.wait_until_idle()
    asked = len(suite.requests)
    suite.scenes[:] = suite.scenes[:1]
    done = here("eval", "run", "suite.yaml", "--json")
    assert (done.returncode, len(suite.requests)) == (0, asked + told["missing"])
