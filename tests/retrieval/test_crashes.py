"""Crashes at every call that changes a file: kills, losses of power, and disks that fail."""

from __future__ import annotations

import errno
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import crash_cases as cases
import pytest
import system_calls
from after_crash import assert_survived
from disk_model import Disk, Files
from system_calls import KILL, Call
from watched_changes import WatchedChanges, watched_changes

pytestmark = pytest.mark.skipif(not system_calls.supported, reason="this system cannot hand over calls")

FEW = 3
"""Crashes of each kind in the normal run; the slow one has them all."""

ALL = [FEW, pytest.param(100_000, marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def program() -> Iterator[WatchedChanges]:
    with watched_changes() as changes:
        yield changes


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("before")
    cases.prepare(folder)
    return folder


class Calls:
    """The calls of a change, and the one that is chosen to go wrong."""

    def __init__(self, chosen: int = -1, failure: int | None = None) -> None:
        self.made: list[Call] = []
        self._chosen, self._failure = chosen, failure

    def __call__(self, call: Call) -> int | None:
        if call.kind != "tell" and sum(each.kind != "tell" for each in self.made) == self._chosen:
            self._chosen = -1
            return self._failure
        self.made.append(call)
        return None


def copied(folder: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(folder, to))


def calls_of(program: WatchedChanges, change: str, folder: Path) -> list[Call]:
    """The calls of a change that nothing happens to."""
    calls = Calls()
    outcome = program.run(change, folder, calls)
    assert (outcome.status, outcome.fault, outcome.refused) == (0, "", "")
    return calls.made


def some(count: int, of: int) -> list[int]:
    return sorted(random.Random(3).sample(range(of), min(count, of)))


def written(files: Files, origin: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    for path, contents in files.items():
        place = to / path.relative_to(origin.resolve())
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(contents)
    return to


@pytest.mark.parametrize("count", ALL)
@pytest.mark.parametrize("change", cases.CHANGES)
def test_a_kill_at_any_call_loses_nothing(
    program: WatchedChanges, before: Path, tmp_path: Path, change: str, count: int
) -> None:
    made = calls_of(program, change, copied(before, tmp_path / "whole"))
    for chosen in some(count, sum(call.kind != "tell" for call in made)):
        folder = copied(before, tmp_path / "killed")
        outcome = program.run(change, folder, Calls(chosen, KILL))
        assert outcome.status == -9
        assert_survived(folder, change, outcome.done)


@pytest.mark.parametrize("change", cases.CHANGES)
def test_the_model_of_the_disk_knows_all_that_a_change_does(
    program: WatchedChanges, before: Path, tmp_path: Path, change: str
) -> None:
    folder = copied(before, tmp_path / "whole")
    disk = Disk(folder)
    for call in calls_of(program, change, folder):
        disk.apply(call)

    assert disk.all_of_it() == {path: path.read_bytes() for path in folder.resolve().rglob("*") if path.is_file()}


@pytest.mark.parametrize("count", ALL)
@pytest.mark.parametrize("change", cases.CHANGES)
def test_a_loss_of_power_at_any_call_loses_nothing(
    program: WatchedChanges, before: Path, tmp_path: Path, change: str, count: int
) -> None:
    folder = copied(before, tmp_path / "whole")
    disks = list(possible_disks(Disk(folder), calls_of(program, change, folder)))
    for chosen in some(count, len(disks)):
        files, done = disks[chosen]
        assert_survived(written(files, folder, tmp_path / "lost"), change, done)


def possible_disks(disk: Disk, calls: list[Call]) -> Iterator[tuple[Files, str]]:
    """Each disk once, with what had been told by then."""
    chance = random.Random(5)
    seen: set[int] = set()
    told = ""
    for call in calls:
        told += call.data.decode() if call.kind == "tell" else ""
        disk.apply(call)
        for files in disk.after_loss_of_power(chance):
            mark = hash((told, tuple(sorted(files.items()))))
            if mark not in seen:
                seen.add(mark)
                yield files, told


@pytest.mark.parametrize("count", ALL)
@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("change", cases.CHANGES)
def test_a_disk_that_fails_at_any_call_is_reported_and_nothing_is_lost(
    program: WatchedChanges, before: Path, tmp_path: Path, change: str, failure: int, count: int
) -> None:
    made = [call for call in calls_of(program, change, copied(before, tmp_path / "whole")) if call.kind != "tell"]
    fallible = [number for number, call in enumerate(made) if call.kind in ("write", "sync", "truncate", "create")]
    for chosen in some(count, len(fallible)):
        folder = copied(before, tmp_path / "failed")
        outcome = program.run(change, folder, Calls(fallible[chosen], failure))
        where = f"{made[fallible[chosen]].kind} {made[fallible[chosen]].path}"
        assert (outcome.status, outcome.fault) == (0, ""), where
        assert outcome.refused or change in outcome.done, f"{where}: nothing was said"
        assert_survived(folder, change, outcome.done)
