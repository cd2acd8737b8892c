"""`chatbot decode` at a real endpoint, as a person and as a script start it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import DONE, ChatServer, Scene, delta, event, says, streams, usage
from in_process import Run

Start = Callable[..., ChatServer]


def scored(text: str, **others: float) -> Scene:
    told = [{"token": text, "logprob": -0.1}, *({"token": each, "logprob": value} for each, value in others.items())]
    content = [{"token": text, "logprob": -0.1, "top_logprobs": told}]
    choice = {"index": 0, "delta": {"content": text}, "logprobs": {"content": content}, "finish_reason": None}
    return streams(event({"choices": [choice]}), delta("stop"), usage(), DONE)


def test_a_person_sees_the_next_token_the_strategies_and_the_tree(here: Run, chat_server: Start) -> None:
    server = chat_server(scored("Paris", Lyon=-2.5, Nice=-4.0))
    done = here("decode", "Which city?", "--model", f"{server.url}#m")
    assert done.returncode == 0, done.stderr
    assert server.bodies[0]["messages"] == [{"role": "user", "content": "Which city?"}]
    for expected in ("goes on with: “Paris”", "  1 Paris", "After each strategy", "top-p=0.9", "├─ Paris *"):
        assert expected in done.stdout
    assert "\x1b" not in done.stdout


def test_a_script_gets_all_of_it_as_json(here: Run, chat_server: Start) -> None:
    server = chat_server(scored("Paris", Lyon=-2.5))
    done = here("decode", "Which city?", "--model", f"{server.url}#m", "--json", "--write")
    told = json.loads(done.stdout)
    assert told["steps"][0]["token"] == "Paris"
    assert told["written"][0] == {
        "strategy": "greedy", "text": "Paris", "finish": "complete", "logprob": -0.1, "tokens": 1, "failure": ""
    }  # fmt: skip


def test_a_model_that_tells_nothing_is_one_line(here: Run, chat_server: Start) -> None:
    server = chat_server(says("Paris"))
    done = here("decode", "Which city?", "--model", f"{server.url}#m")
    assert done.returncode == 1 and done.stdout == ""
    assert "tells no log-probabilities of its tokens — ask a local model" in done.stderr


def test_strategies_can_be_named_and_a_page_written(here: Run, chat_server: Start, tmp_path: Path) -> None:
    server = chat_server(scored("Paris", Lyon=-2.5))
    page = tmp_path / "page.html"
    done = here(
        "decode",
        "Which city?",
        "--model",
        f"{server.url}#m",
        "-d",
        "temperature=0.5",
        "-d",
        "top-p=0.5",
        "--html",
        str(page),
    )
    assert (done.returncode, done.stdout) == (0, "") and str(page) in done.stderr
    assert server.bodies[0]["temperature"] == 0.5
    text = page.read_text(encoding="utf-8")
    assert "temperature=0.5" in text and "top-p=0.5" in text and "min-p" not in text


def test_a_strategy_that_means_nothing_is_one_line(here: Run) -> None:
    done = here("decode", "Which city?", "--model", "extractive", "--decode", "top-pp=1")
    assert done.returncode != 0 and done.stderr.count("\n") == 1
    assert "there is no 'top-pp' — did you mean 'top-p'?" in done.stderr


def test_a_local_model_is_looked_at_from_inside(here: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("torch")
    from tiny_models import tiny_model

    folder = tiny_model(tmp_path_factory.mktemp("llama"))
    done = here(
        "decode", "Hello", "--model", f"local:{folder}", "--tokens", "2", "--depth", "2", "-d", "min-p=0.1", "--json"
    )
    told = json.loads(done.stdout)
    assert told["whole"] and len(told["steps"]) <= 2 and len(told["tree"]) == 3
    assert [each["strategy"] for each in told["written"]] == ["min-p=0.1"]
    assert sum(each["probability"] for each in told["steps"][0]["before"]["candidates"]) <= 1.0001
