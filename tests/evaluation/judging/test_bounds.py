"""Judges under the caps of a run, and under kill -9."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, Request, Scene, says
from judging_models import PROMPTS, Decides, grades, judged_bench, sums

from chatbot.errors import UsageError
from chatbot.evaluation.judging.report import reports_of
from chatbot.evaluation.judging.stage import judge
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.run import Bench, purse_of, run
from chatbot.evaluation.scored import summary_of
from chatbot.journal import Journal
from chatbot.models.purse import Caps

Start = Callable[..., ChatServer]


def capped(made: Bench, **caps: float) -> Bench:
    return replace(made, suite=replace(made.suite, caps=Caps(**caps)))  # type: ignore[arg-type]


@pytest.mark.parametrize("caps", [{"dollars": 0.012}, {"tokens": 4_500}])
def test_a_cap_holds_for_judges_too_and_more_goes_on(
    tmp_path: Path, chat_server: Start, caps: dict[str, float]
) -> None:
    judges = [Decides("judge", grades(0.9, 0.9))]
    whole = judged_bench(tmp_path, chat_server(says("")), "rubric", judges, answers=[sums(0.5), sums(0.8)], items=60)
    made = capped(whole, **caps, reply_tokens=50)
    record = asyncio.run(run(made))
    purse = purse_of(made, record.id)
    asyncio.run(judge(made, record.id, purse=purse))
    assert purse.reached
    assert purse.spent.dollars <= caps.get("dollars", 1) and purse.spent.tokens <= caps.get("tokens", 1e9)
    asked = len(judges[0].asked)
    (report,) = reports_of(made, record.id)
    assert sum(report.panel.judges[0].verdicts.values()) >= asked > 0
    statuses = [Counter(each.statuses) for each in summary_of(made, record.id, metrics_of(made)).variants]
    assert sum(each["scored"] for each in statuses) >= asked and sum(each["unscored"] for each in statuses) > 0
    asyncio.run(judge(whole, record.id))
    assert max(Counter(judges[0].asked).values()) == 1
    assert reports_of(whole, record.id)[0].panel.judges[0].waiting == 0


def test_money_is_not_capped_where_a_judges_price_is_not_known(tmp_path: Path, chat_server: Start) -> None:
    judges = [Decides("judge", grades(1, 1))]
    judges[0].abilities = replace(judges[0].abilities, price=None)
    made = capped(judged_bench(tmp_path, chat_server(says("")), "rubric", judges), dollars=1.0)
    with pytest.raises(UsageError, match="the price of judge is not known"):
        asyncio.run(run(made))


class Graders(ChatServer):
    """Answers sums, and grades answers, in a way that depends on nothing but what is asked."""

    def scene(self, request: Request) -> Scene:
        """An answer, or a grade."""
        shown = json.dumps(request.body["messages"])
        luck = random.Random(shown)
        if "Judge the answer" in shown:
            return says(f"So.\nGrade: {luck.randint(1, 5)}", pause=0.001)
        return says(str(luck.randint(0, 99)))


@pytest.fixture
def server() -> Iterator[Graders]:
    with Graders(models=("m",)) as started:
        yield started


def workspace(folder: Path, server: Graders, items: int) -> list[str]:
    """A suite with a judge, and the command that runs it."""
    prompt = PROMPTS / "judge_rubric.prompty"
    entry = f'{{kind: rubric, rubric: It is right., prompt: {prompt}, judges: ["{server.url}#m"]}}'
    bench(folder, server, items=items, scorers=entry)
    (folder / "chatbot.toml").write_text("tools = []\n", encoding="utf-8")
    return [sys.executable, "-m", "chatbot", "eval", "run", str(folder / "suite.yaml"), "--json"]


def judgements(server: Graders) -> Counter[str]:
    shown = [json.dumps(request.body["messages"]) for request in server.requests]
    return Counter(each for each in shown if "Judge the answer" in each)


def open_calls(folder: Path) -> int:
    """Calls without a result: those in flight at the kills."""
    opened = Journal(folder / ".chatbot" / "journal.db")
    try:
        sql = "SELECT count(*) FROM effect LEFT JOIN result ON result.effect = effect.id WHERE result.effect IS NULL"
        return int(opened._database.read(sql)[0][0])
    finally:
        opened.close()


@pytest.mark.parametrize(("items", "kills"), [(15, 2), pytest.param(200, 20, marks=pytest.mark.slow)])
def test_judging_that_is_killed_again_and_again_comes_to_the_same(
    tmp_path: Path, server: Graders, items: int, kills: int
) -> None:
    command = workspace(tmp_path / "whole", server, items)
    whole = json.loads(subprocess.run(command, cwd=tmp_path / "whole", capture_output=True, check=True).stdout)
    once = judgements(server)
    assert set(once.values()) == {1}
    server.requests.clear()

    folder, chance = tmp_path / "killed", random.Random(3)
    command = workspace(folder, server, items)
    for _ in range(kills):
        before, after = judgements(server).total(), chance.randrange(1, max(2, 2 * len(once) // (kills + 1)))
        child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while judgements(server).total() < before + after and child.poll() is None:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait()
    found = json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout)
    panels = [each["judges"][0]["panel"] for each in (whole, found)]
    verdicts = [panel["judges"][0]["verdicts"] for panel in panels]
    assert verdicts[0] == verdicts[1] and verdicts[0]
    assert [each["mean"] for each in found["variants"]] == [each["mean"] for each in whole["variants"]]
    assert judgements(server).keys() == once.keys()
    assert len(once) <= judgements(server).total() <= len(once) + open_calls(folder)
