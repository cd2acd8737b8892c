"""`chatbot eval bless` and `eval gate` as a build uses them: exit codes, files, and errors before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from in_process import Run
from sums import SumServer, write_suite


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=range(1, 7)) as server:
        yield server


@pytest.fixture
def suite(folder: Path, server: SumServer) -> Path:
    return write_suite(folder, server, items=60, more="margin: 0.1\n")


def test_a_gate_runs_the_suite_and_passes_what_is_not_worse(here: Run, suite: Path, server: SumServer) -> None:
    done = here("eval", "gate", "sums.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pass: sums must be at most 0.1 worse than variant direct\n  steps: pass, +0.100 [")
    assert len(server.requests) == 120
    assert here("eval", "gate", "sums.yaml").returncode == 0
    assert len(server.requests) == 120


def test_blessed_changed_and_gated_again(here: Run, suite: Path, server: SumServer, folder: Path) -> None:
    assert here("eval", "bless", "sums.yaml").returncode == 2
    here("eval", "run", "sums.yaml")
    assert "60 items in" in here("eval", "bless", "sums.yaml").stdout
    baseline = folder / "sums.baseline.jsonl"
    assert len(baseline.read_text(encoding="utf-8").splitlines()) == 61
    assert "this is the run that was blessed, unchanged" in here("eval", "gate", "sums.yaml").stdout
    server.wrong = {"direct": range(1, 31)}
    prompt = folder / "direct.prompty"
    prompt.write_text(prompt.read_text(encoding="utf-8").replace("Answer.", "Answer at once."), encoding="utf-8")
    done = here("eval", "gate", "sums.yaml", "--markdown", "gate.md", "--junit", "gate.xml")
    assert done.returncode == 1
    assert "direct: fail, -0.400 [" in done.stdout and "steps: pass" in done.stdout
    assert "24 items score less than before: i7, i8" in done.stdout
    assert (folder / "gate.md").read_text(encoding="utf-8").splitlines()[1] == "### ❌ fail: `sums`"
    assert ElementTree.parse(folder / "gate.xml").getroot().get("failures") == "1"


def test_undecided_is_an_exit_code_of_its_own(here: Run, suite: Path) -> None:
    done = here("eval", "gate", "sums.yaml", "--margin", "0.001")
    assert done.returncode == 0  # far better
    done = here("eval", "gate", "sums.yaml", "--json")
    data = json.loads(done.stdout)
    assert (data["outcome"], data["gated"][0]["comparison"]["table"]["only_now"]) == ("pass", 6)
    here("eval", "bless")
    done = here("eval", "gate", "sums.yaml", "--margin", "0.01", "--fresh", "--json")
    data = json.loads(done.stdout)
    assert (done.returncode, data["outcome"], data["gated"][0]["more_items"]) == (2, "undecided", 216)


def test_a_run_that_misses_replies_is_not_blessed(here: Run, suite: Path, server: SumServer) -> None:
    server.failing = range(1, 5)
    here("eval", "run", "sums.yaml")
    done = here("eval", "bless")
    assert done.returncode == 2
    assert "direct has no score for 4 of 60 items (4 error)" in done.stderr


def test_a_run_of_another_state_of_the_suite_is_not_blessed(here: Run, suite: Path, folder: Path) -> None:
    here("eval", "run", "sums.yaml")
    prompt = folder / "direct.prompty"
    prompt.write_text(prompt.read_text(encoding="utf-8").replace("Answer.", "Answer at once."), encoding="utf-8")
    done = here("eval", "bless")
    assert done.returncode == 2 and "prompt 'direct' changed since" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.yaml",), "there is no suite none.yaml"),
        (("sums.yaml", "--margin", "2"), "2.0 is not in the range"),
        (("sums.yaml", "--variant", "stepps"), "did you mean 'steps'"),
        (("sums.yaml", "--variant", "direct"), "nothing to hold 'direct' against"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(
    here: Run, suite: Path, server: SumServer, arguments: tuple[str, ...], said: str
) -> None:
    done = here("eval", "gate", *arguments)
    assert done.returncode == 2 and said in done.stderr
    assert server.requests == []
