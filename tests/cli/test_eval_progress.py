"""What a person sees of a run while it goes on: at a terminal of 80 columns, and in a log."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, refuses, says
from terminal import Terminal

from chatbot.bot import Chatbot
from chatbot.cli.eval_progress import Progress
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.opening import open_bench
from chatbot.evaluation.records import Response
from chatbot.evaluation.run import Asked, Bench, begun

Start = Callable[..., ChatServer]

SUITE = """\
dataset: {{path: items.jsonl}}
prompts: [word_problem_direct, word_problem_zero_shot_cot]
strategies: [zero_shot]
models: ["{url}#m"]
scorers: [{{kind: contains, expect: "{{{{ answer }}}}"}}]
concurrency: 4
"""


@pytest.fixture
def suite(folder: Path, chat_server: Start) -> ChatServer:
    """A suite of 100 sums, answered slowly; both variants are right on half of them."""
    server = chat_server(says("The answer is 4.", pause=0.02))
    rows = [json.dumps({"id": str(n), "question": f"{n} + {n}?", "answer": str(4 if n % 2 else 9)}) for n in range(100)]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(url=server.url), encoding="utf-8")
    return server


def test_a_terminal_shows_how_every_variant_stands_and_then_the_result(folder: Path, suite: ChatServer) -> None:
    with Terminal("eval", "run", "suite.yaml", folder=folder, size=(24, 80)) as terminal:

        def standing() -> list[str]:
            return [line.rstrip() for line in terminal.screen.display if " items" in line]

        terminal.see(lambda text: "word_problem_direct (baseline)" in text and "/200" in text and len(standing()) == 2)
        assert all(len(line) < 80 and not line.startswith("…") for line in standing())
        terminal.see("VARIANT")
        assert terminal.end() == 0
        assert "items" not in "".join(line for line in terminal.screen.display if "(baseline)" in line)


def test_ctrl_c_leaves_a_valid_report(folder: Path, suite: ChatServer) -> None:
    with Terminal("eval", "run", "suite.yaml", folder=folder, size=(24, 80)) as terminal:
        terminal.see(" items")
        terminal.type("\x03")
        terminal.see("cells were not asked: run it again to go on")
        assert terminal.end() == 130
        assert "VARIANT" in terminal.text and "Traceback" not in terminal.text


def test_a_log_gets_a_line_now_and_then(
    folder: Path, suite: ChatServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    seconds = [0.0]

    async def told(bench: Bench) -> None:
        progress = Progress(bench, begun(bench).id, metrics_of(bench)[0], now=lambda: seconds[0])
        async with progress as watch:
            for cell in bench.grid:
                seconds[0] += 1.0
                text, error = ("The answer is 4.", "") if cell.number else ("", "down")
                watch(Asked(cell, bench.dataset.items[cell.item], Response(text, error=error)))

    with Chatbot(knowledge=None) as bot:
        asyncio.run(told(open_bench(folder / "suite.yaml", bot)))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" of ")[0] for line in lines] == ["5", "10", "20", "40", "80", "140", "200"]
    assert "200 of 200 cells; 1 failed; word_problem_direct 0.495 [" in lines[-1]
    assert "\x1b" not in "".join(lines)


def test_a_service_that_is_waited_for_is_told_of(folder: Path, suite: ChatServer) -> None:
    rows = (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "items.jsonl").write_text("\n".join(rows[:4]), encoding="utf-8")
    suite.scenes[:] = [refuses(429, "slowly", Retry_After="3"), says("The answer is 4.")]
    with Terminal("eval", "run", "suite.yaml", folder=folder, size=(24, 80)) as terminal:
        terminal.see("asks to wait: ")
        terminal.see("VARIANT")
    suite.scenes[:] = [refuses(429, "slowly", Retry_After="3"), says("The answer is 4.")]
    suite.requests.clear()
    command = [str(Path(sys.executable).parent / "chatbot"), "eval", "run", "suite.yaml", "--fresh"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0 and len([line for line in done.stderr.splitlines() if "asks to wait: " in line]) >= 1
