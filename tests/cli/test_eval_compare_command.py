"""`chatbot eval compare`, `show` and `list`, on runs that were really made, and without asking anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process import Run
from sums import SumServer, write_items, write_suite


@pytest.fixture
def server() -> Iterator[SumServer]:
    """Direct answers get every even sum wrong, reasoned ones two odd sums."""
    with SumServer(direct=range(2, 41, 2), steps=(1, 3)) as server:
        yield server


@pytest.fixture
def suite(folder: Path, server: SumServer, here: Run) -> Path:
    path = write_suite(folder, server)
    done = here("eval", "run", "sums.yaml")
    assert done.returncode == 0, done.stderr
    assert len(server.requests) == 80
    return path


def test_two_variants_are_compared_item_by_item(here: Run, suite: Path, server: SumServer) -> None:
    done = here("eval", "compare", "latest")
    assert done.returncode == 0, done.stderr
    told = done.stdout
    assert "steps is better than direct" in told
    assert "difference +0.450 [" in told and "on 40 items" in told
    assert "McNemar" in told
    assert [line.split() for line in told.splitlines() if line.startswith("A ")][:2] == [
        ["A", "right", "18", "2"],
        ["A", "wrong", "20", "0"],
    ]
    assert "even  20     +1.000" in told and "odd   20     -0.100" in told
    assert "item i1: 1 and 0" in told
    assert "question: 1 + 1?" in told
    assert "17 more items differ" in told
    assert max(map(len, told.splitlines())) <= 80
    assert len(server.requests) == 80


def test_outputs_stand_side_by_side(here: Run, suite: Path) -> None:
    lines = here("eval", "compare", "latest", "direct", "steps").stdout.splitlines()
    at = lines.index("item i1: 1 and 0")
    assert "A: 1" in lines[at + 4] and "| B: 0" in lines[at + 4]
    assert lines[at + 5].split(" | ")[0].strip() == "That is 2."
    assert "That is 0." in " ".join(lines[at + 5 : at + 8])


def test_compared_the_other_way_round_the_verdict_turns(here: Run, suite: Path) -> None:
    told = here("eval", "compare", "sums", "steps", "direct").stdout
    assert "direct is worse than steps" in told and "difference -0.450 [" in told


def test_two_runs_of_the_same_items_are_compared(here: Run, suite: Path, folder: Path, server: SumServer) -> None:
    first = json.loads(here("eval", "show", "--json").stdout)["run"]
    server.wrong = {"direct": range(2, 41, 4), "steps": (1, 3)}
    path = folder / "direct.prompty"
    path.write_text(path.read_text(encoding="utf-8").replace("Answer.", "Answer, carefully."), encoding="utf-8")
    assert here("eval", "run", "sums.yaml").returncode == 0
    done = here("eval", "compare", first, "direct", "--with", "latest")
    assert f"direct of {first}" in done.stdout and "is better than" in done.stdout
    assert "difference +0.250 [" in done.stdout
    assert "prompt 'direct' changed since" in done.stderr
    data = json.loads(here("eval", "compare", first, "direct", "--with", "latest", "--json").stdout)
    assert (data["verdict"], data["table"]["only_second"], len(data["differing"])) == ("better", 10, 10)


def test_replies_that_a_run_took_over_from_another_are_told(here: Run, suite: Path, folder: Path) -> None:
    first = json.loads(here("eval", "show", "--json").stdout)["run"]
    prompt = folder / "steps.prompty"
    prompt.write_text(prompt.read_text(encoding="utf-8").replace("Think", "Think hard"), encoding="utf-8")
    here("eval", "run", "sums.yaml")
    told = here("eval", "compare", first, "direct", "--with", "latest").stdout
    assert "40 replies were taken over from earlier runs" in told
    assert "taken over" not in here("eval", "compare", first, "steps", "--with", "latest").stdout


def test_a_run_is_shown_again_without_asking(here: Run, suite: Path, server: SumServer) -> None:
    done = here("eval", "show", "latest")
    assert len(server.requests) == 80
    assert done.returncode == 0, done.stderr
    assert "sums, begun 20" in done.stdout and "done" in done.stdout
    assert "steps: prompt steps (" in done.stdout
    assert "0.950" in done.stdout and "better" in done.stdout


def test_what_was_replied_to_an_item_is_shown(here: Run, suite: Path) -> None:
    told = here("eval", "show", "latest", "--item", "i2").stdout
    assert "question: 2 + 2?" in told and "direct: 0" in told and "steps: 1" in told
    assert "I take 2 and add 2 to it. That is 4." in told
    replies = json.loads(here("eval", "show", "latest", "--item", "i2", "--json").stdout)["replies"]
    assert [(each["variant"], each["score"], each["answer"]) for each in replies] == [
        ("direct", 0.0, "0"),
        ("steps", 1.0, "4"),
    ]


def test_runs_are_listed(here: Run, suite: Path) -> None:
    line = here("eval", "list").stdout.splitlines()[1]
    assert "sums" in line and line.endswith("done")
    assert json.loads(here("eval", "list", "sums.yaml", "--json").stdout)[0]["cells"] == 80


def test_how_a_suite_went_from_run_to_run_is_listed(here: Run, suite: Path, server: SumServer, folder: Path) -> None:
    prompt = folder / "steps.prompty"
    prompt.write_text(prompt.read_text(encoding="utf-8").replace("Think", "Think hard"), encoding="utf-8")
    server.wrong = {"direct": range(2, 41, 2)}
    here("eval", "run", "sums.yaml")
    lines = [line.split() for line in here("eval", "list", "sums", "--scores").stdout.splitlines()]
    assert [line[-2] for line in lines[1:]] == ["0.500", "1.000", "0.500", "0.950"]
    assert lines[2][1] != lines[4][1]
    assert max(map(len, here("eval", "list", "--scores").stdout.splitlines())) <= 80
    data = json.loads(here("eval", "list", "--scores", "--json").stdout)
    assert [each["scores"][1]["mean"] for each in data] == [1.0, 0.95]
    write_items(folder, [90, 91])
    gone = here("eval", "list", "--scores")
    assert gone.returncode == 0 and "are in the dataset any more" in gone.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "sms"), "did you mean 'sums'?"),
        (("show", "zzz"), "there is no run 'zzz'"),
        (("compare", "latest", "stepps"), "there is no variant 'stepps' in suite sums — did you mean 'steps'?"),
        (("compare", "latest", "steps", "steps"), "not compared with itself"),
        (("show", "latest", "--item", "i99"), "has no item 'i99'"),
        (("list", "sum"), "did you mean 'sums'?"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(here: Run, suite: Path, arguments: tuple[str, ...], said: str) -> None:
    done = here("eval", *arguments)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr


def test_before_there_is_a_run_it_is_said_how_one_is_made(here: Run) -> None:
    assert "There are no runs yet" in here("eval", "list").stdout
    assert "`chatbot eval run SUITE` makes one" in here("eval", "show").stderr
