"""`chatbot index --calibrate`: the floor and both error rates, from the user's documents alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from chat_server import ChatServer, says
from in_process import Run, run_in

SUBJECTS = "anchors bridges candles deserts engines forests glaciers harbours islands jungles kettles lanterns".split()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "chatbot.toml").write_text('model = "extractive"\n')
    for subject in SUBJECTS:
        sections = [
            f"## {deed}\n\nOld {subject} {deed} quickly during long winters, as {subject} makers often told visitors.\n"
            for deed in ("vanish", "shine")
        ]
        (tmp_path / "knowledge" / f"{subject}.md").write_text(f"# {subject}\n\n" + "\n".join(sections))
    return tmp_path


@pytest.fixture
def here(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return partial(run_in, workspace, capsys)


def test_the_floor_is_set_reported_and_used(here: Run) -> None:
    told = here("index", "--calibrate")
    again = [json.loads(line) for line in here("index", "--calibrate", "--json").stdout.splitlines()][-1]

    assert told.returncode == 0
    assert "it was 0.32" in told.stdout and told.stdout.count("95 % interval") == 2
    assert again["before"] == again["floor"] and again["writer"] is None
    assert all(
        0 <= again[kind]["low"] <= again[kind]["rate"] <= again[kind]["high"] <= 1 for kind in ("declined", "answered")
    )
    assert "candles" in here("search", "Do candles shine in winter?").stdout
    assert here("search", "Who wrote Hamlet?").stdout.startswith("Nothing relevant was found: ")


def test_a_model_that_writes_is_asked_for_the_questions(
    workspace: Path, here: Run, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(*[says("- \nDo old kettles shine in winter?")] * 60)
    (workspace / "chatbot.toml").write_text(f'model = "{server.url}#test-model"\n')

    told = here("index", "--calibrate", "--json")

    found = json.loads(told.stdout.splitlines()[-1])
    assert "writes the questions" in told.stderr
    assert found["writer"] and found["questions"] == len(server.bodies) // 2 > 10
    assert all("<passage>" in json.dumps(body) for body in server.bodies)


def test_too_few_documents_are_told_in_a_line(workspace: Path, here: Run) -> None:
    for subject in SUBJECTS[1:]:
        (workspace / "knowledge" / f"{subject}.md").unlink()

    told = here("index", "--calibrate")

    assert told.returncode != 0
    assert "questions could be made of these documents" in told.stderr and "Traceback" not in told.stderr
