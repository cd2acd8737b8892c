"""`chatbot eval report`: a run as one file, without asking anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process import Run
from sums import SumServer, write_suite


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=range(2, 41, 2), steps=(1, 3)) as server:
        yield server


def test_a_run_becomes_one_file(here: Run, folder: Path, server: SumServer) -> None:
    write_suite(folder, server)
    assert here("eval", "run", "sums.yaml", "--html", "now.html").returncode == 0
    done = here("eval", "report", "latest", "-o", "later.html")
    assert (done.returncode, done.stdout.strip()) == (0, "wrote later.html"), done.stderr
    now, later = ((folder / name).read_text(encoding="utf-8") for name in ("now.html", "later.html"))
    assert now == later and "steps is better than direct" in now
    assert len(server.requests) == 80


def test_without_a_name_the_file_is_called_by_the_run(here: Run, folder: Path, server: SumServer) -> None:
    write_suite(folder, server)
    here("eval", "run", "sums.yaml")
    told = here("eval", "report").stdout.strip()
    assert (folder / told.removeprefix("wrote ")).is_file() and told.endswith(".html")


def test_a_file_that_cannot_be_written_is_told_in_one_line(here: Run, folder: Path, server: SumServer) -> None:
    write_suite(folder, server)
    here("eval", "run", "sums.yaml")
    done = here("eval", "report", "-o", str(folder))
    assert done.returncode == 2 and "cannot be written" in done.stderr and "Traceback" not in done.stderr
