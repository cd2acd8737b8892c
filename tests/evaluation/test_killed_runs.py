"""Runs of evals under kill -9: what was answered stays, nothing is paid for twice, and the report is the same."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from benches import bench
from chat_server import ChatServer, Request, Scene, says

from chatbot.journal import Journal

CONCURRENCY = 8

PASSING = ("run", "seconds", "median_seconds", "p95_seconds", "times_as_long")
"""Of a report, what is another every time: the run's name, and times."""


class Sums(ChatServer):
    """Answers sums, every third wrong: what it says depends on the question alone."""

    def scene(self, request: Request) -> Scene:
        """Its answer."""
        n = int(question(request).split()[0])
        return says(str(2 * n if n % 3 else 0), pause=0.001)


def question(request: Request) -> str:
    messages: Any = request.body["messages"]
    return str(messages[-1]["content"])


def asked_for(server: Sums) -> Counter[str]:
    """Requests, by all that they say."""
    return Counter(json.dumps(request.body["messages"]) for request in server.requests)


@pytest.fixture
def server() -> Iterator[Sums]:
    with Sums(models=("m",)) as started:
        yield started


def suite(folder: Path, server: Sums, cells: int) -> Path:
    """A workspace with a suite of so many cells."""
    bench(folder, server, items=cells // 2)
    (folder / "chatbot.toml").write_text("tools = []\n", encoding="utf-8")
    return folder


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "chatbot", "eval", "run", str(folder / "suite.yaml"), "--json"]


def report(folder: Path) -> Mapping[str, Any]:
    """What the run comes to, without what is another every time: its name and times."""
    done = subprocess.run(command(folder), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)

    def lasting(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: lasting(each) for key, each in value.items() if key not in PASSING}
        return [lasting(each) for each in value] if isinstance(value, list) else value

    return lasting(data)  # type: ignore[no-any-return]


def killed(folder: Path, server: Sums, after: int, seconds: float) -> None:
    """Kills a run so many calls and seconds after its first; it may have ended by then."""
    before = len(server.requests)
    child = subprocess.Popen(command(folder), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(server.requests) < before + after and child.poll() is None:
        time.sleep(0.002)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    assert child.wait() in (-signal.SIGKILL, 0)


def journal(folder: Path) -> Path:
    return folder / ".chatbot" / "journal.db"


def kept(folder: Path) -> dict[int, str]:
    """The cells that the journal holds: nobody may lose them again."""
    opened = Journal(journal(folder))
    try:
        assert opened.check()
        return {each.number: each.response["text"] for run in opened.runs() for each in opened.cells(run.id)}
    finally:
        opened.close()


def open_calls(folder: Path) -> int:
    """Calls that were meant to be made and have no result: those in flight at the kills."""
    opened = Journal(journal(folder))
    try:
        sql = "SELECT count(*) FROM effect LEFT JOIN result ON result.effect = effect.id WHERE result.effect IS NULL"
        return int(opened._database.read(sql)[0][0])
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("cells", "kills"),
    [
        (40, 2),
        pytest.param(2_000, 100, marks=pytest.mark.slow),
        pytest.param(10_000, 200, marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_killed_again_and_again_comes_to_the_same(
    tmp_path: Path, server: Sums, cells: int, kills: int, figure: Callable[[str], None]
) -> None:
    whole = report(suite(tmp_path / "whole", server, cells))
    assert len(server.requests) == cells and set(asked_for(server).values()) == {1}
    server.requests.clear()

    chance = random.Random(5)
    folder = suite(tmp_path / "killed", server, cells)
    known: dict[int, str] = {}
    for _ in range(kills):
        killed(folder, server, chance.randrange(1, max(2, 2 * cells // (kills + 1))), chance.uniform(0, 0.02))
        now = kept(folder)
        assert known.items() <= now.items(), "a cell that was kept is gone, or another"
        known = now

    assert report(folder) == whole
    assert len(kept(folder)) == cells
    in_flight = open_calls(folder)
    figure(f"a killed eval: {cells} cells, {kills} kills: {len(server.requests)} calls, {in_flight} in flight at kills")
    assert cells <= len(server.requests) <= cells + in_flight <= cells + kills * CONCURRENCY
    assert len(asked_for(server)) == cells


def test_a_run_goes_on_on_another_machine_from_its_journal(tmp_path: Path, server: Sums) -> None:
    here, there = (suite(tmp_path / name, server, 80) for name in ("here", "there"))
    killed(here, server, 30, 0)
    done = len(kept(here))
    (there / ".chatbot").mkdir()
    for path in journal(here).parent.glob("journal.db*"):
        if path.is_file():
            shutil.copy(path, there / ".chatbot")
    shutil.rmtree(here)
    server.wait_until_idle()
    before = len(server.requests)
    assert report(there)["missing"] == 0
    assert 0 < done == 80 - (len(server.requests) - before)


def test_ctrl_c_leaves_a_valid_report(tmp_path: Path, server: Sums) -> None:
    folder = suite(tmp_path / "stopped", server, 400)
    child = subprocess.Popen(
        command(folder), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    while len(server.requests) < 40 and child.poll() is None:
        time.sleep(0.002)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate()
    data = json.loads(out)
    assert (child.returncode, data["stopped"]) == (130, True), err
    assert not re.search("Traceback|Error", err)
    done = len(kept(folder))
    assert data["missing"] == 400 - done
    assert sum(sum(each["cells"].values()) for each in data["variants"]) == done > 0
    assert not any(each["cells"].get("error") for each in data["variants"])


assert os.name == "posix", "kill -9 is a thing of Unix"
