"""`--budget` as a person and a script use it: the run ends in time, and says so."""

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
prompts: [word_problem_direct]
strategies: [zero_shot]
models: ["{url}#m"]
parameters: [{{maxOutputTokens: 20}}]
scorers: [{{kind: contains, expect: "{{{{ answer }}}}"}}]
"""


def suite(folder: Path, server: ChatServer) -> None:
    rows = [json.dumps({"id": str(n), "question": f"{n} + {n}?", "answer": "4"}) for n in range(60)]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(url=server.url), encoding="utf-8")


def test_a_run_ends_at_its_budget_says_so_and_goes_on_with_more(folder: Path, here: Run, chat_server: Start) -> None:
    server = chat_server(says("4"))
    suite(folder, server)
    done = here("eval", "run", "suite.yaml", "--budget-tokens", "900")
    assert done.returncode == 0, done.stderr
    assert "Stopped: the budget of 900 tokens is spent." in done.stdout
    assert "cells were not asked" in done.stdout
    asked = len(server.requests)
    assert 0 < asked < 60
    found = json.loads(here("eval", "run", "suite.yaml", "--budget-tokens", "900", "--json").stdout)
    assert found["budget"]["reached"] == "the budget of 900 tokens is spent"
    assert found["budget"]["spent"]["tokens"] == 15 * asked and len(server.requests) == asked
    assert found["missing"] == 60 - asked
    whole = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    assert (whole["missing"], len(server.requests)) == (0, 60)


def test_dollars_need_a_price(folder: Path, here: Run, chat_server: Start) -> None:
    server = chat_server(says("4"))
    suite(folder, server)
    done = here("eval", "run", "suite.yaml", "--budget", "1")
    assert done.returncode == 2
    assert "so a budget of $1 cannot be kept" in done.stderr and server.requests == []


@pytest.mark.parametrize("place", ["suite", "settings"])
def test_the_price_of_a_model_can_be_given(folder: Path, here: Run, chat_server: Start, place: str) -> None:
    server = chat_server(says("4"))
    suite(folder, server)
    name, price = ("suite.yaml", "prices: {m: {input: 1000, output: 2000}}\n")
    if place == "settings":
        name, price = "chatbot.toml", "[prices]\nm = {input = 1000, output = 2000}\n"
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(price)
    found = json.loads(here("eval", "run", "suite.yaml", "--budget", "1", "--json").stdout)
    asked = len(server.requests)
    assert found["budget"]["reached"] == "the budget of $1 is spent" and 0 < asked < 60
    assert found["budget"]["spent"]["dollars"] == pytest.approx(asked * 0.018)
    assert found["variants"][0]["cost"] == pytest.approx(asked * 0.018)
