"""Crashes at every call that changes a file: kills, losses of power, and disks that fail."""

from __future__ import annotations

import errno
import json
import random
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import after_crash
import backup_changes
import crash_cases as cases
import journal_changes
import pytest
import system_calls
from disk_model import Disk, Files
from system_calls import KILL, Call
from watched_changes import WatchedChanges, watched_changes
from words import Words

from chatbot.retrieval.check import check_index
from chatbot.retrieval.store import Store

pytestmark = pytest.mark.skipif(not system_calls.supported, reason="this system cannot hand over calls")

CHANGES = (*cases.CHANGES, *journal_changes.CHANGES, *backup_changes.CHANGES)

SURVIVED = {
    **dict.fromkeys(cases.CHANGES, after_crash.assert_survived),
    **dict.fromkeys(journal_changes.CHANGES, journal_changes.assert_survived),
    **dict.fromkeys(backup_changes.CHANGES, backup_changes.assert_survived),
}

FEW = 2
"""Crashes of each kind in the normal run; the slow one has them all."""

ALL = [FEW, pytest.param(100_000, marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def program() -> Iterator[WatchedChanges]:
    with watched_changes() as changes:
        yield changes


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """For each change, a folder with what is there before it."""
    found: dict[str, Path] = {}
    for kind in (cases, journal_changes, backup_changes):
        folder = tmp_path_factory.mktemp("before")
        kind.prepare(folder)
        found |= dict.fromkeys(kind.CHANGES, folder)
    return found


def assert_survived(folder: Path, change: str, done: Collection[str]) -> None:
    """What was there before and what was said to be done is there."""
    SURVIVED[change](folder, change, done)


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
@pytest.mark.parametrize("change", CHANGES)
def test_a_kill_at_any_call_loses_nothing(
    program: WatchedChanges,
    before: Mapping[str, Path],
    tmp_path: Path,
    figure: Callable[[str], None],
    change: str,
    count: int,
) -> None:
    made = calls_of(program, change, copied(before[change], tmp_path / "whole"))
    points = some(count, sum(call.kind != "tell" for call in made))
    for chosen in points:
        folder = copied(before[change], tmp_path / "killed")
        outcome = program.run(change, folder, Calls(chosen, KILL))
        assert outcome.status == -9
        assert_survived(folder, change, outcome.done)
    figure(f"{change}: killed at {len(points)} calls, lost 0 (LangChain's save_local: at 3 of 4)")


@pytest.mark.parametrize("change", CHANGES)
def test_the_model_of_the_disk_knows_all_that_a_change_does(
    program: WatchedChanges, before: Mapping[str, Path], tmp_path: Path, change: str
) -> None:
    folder = copied(before[change], tmp_path / "whole")
    disk = Disk(folder)
    for call in calls_of(program, change, folder):
        disk.apply(call)

    assert disk.all_of_it() == {path: path.read_bytes() for path in folder.resolve().rglob("*") if path.is_file()}


@pytest.mark.parametrize("change", [change for change in CHANGES if change != "talk"])  # another thread writes on
def test_what_is_told_was_synced_before_and_so_was_what_is_renamed(
    program: WatchedChanges, before: Mapping[str, Path], tmp_path: Path, change: str
) -> None:
    folder = copied(before[change], tmp_path / "whole")
    disk = Disk(folder)

    assert not_synced(disk, calls_of(program, change, folder)) == []


def not_synced(disk: Disk, calls: list[Call]) -> list[str]:
    """What could be lost of a file that was renamed, or of any when something was told."""
    found = []
    for call in calls:
        if call.kind == "rename" and call.path in disk.uncertain_contents():
            found.append(f"{call.path.name} was renamed")
        disk.apply(call)
        if call.kind == "tell":
            found += [f"{path.name} was told of" for path in disk.uncertain() if _matters(path)]
    return found


def _matters(path: Path) -> bool:
    """After a loss of power: what tells running programs of each other does not."""
    return not path.name.endswith(("-lock", "-shm")) and "-running" not in path.parent.name


@pytest.mark.parametrize("count", ALL)
@pytest.mark.parametrize("change", CHANGES)
def test_a_loss_of_power_at_any_call_loses_nothing(
    program: WatchedChanges,
    before: Mapping[str, Path],
    tmp_path: Path,
    figure: Callable[[str], None],
    change: str,
    count: int,
) -> None:
    folder = copied(before[change], tmp_path / "whole")
    disk, calls = Disk(folder), calls_of(program, change, folder)
    number = 0
    for files, done in possible_disks(disk, calls, some(count, len(calls)), most=1 if count == FEW else None):
        assert_survived(written(files, folder, tmp_path / "lost"), change, done)
        number += 1
    figure(f"{change}: {number} disks after a loss of power at {len(calls)} calls, lost 0")


def possible_disks(
    disk: Disk, calls: list[Call], moments: Sequence[int], most: int | None = None
) -> Iterator[tuple[Files, tuple[str, ...]]]:
    """Each disk that a loss of power after one of these calls may leave once, with what had been told by then.

    most: disks of one moment; None for all.
    """
    chance = random.Random(5)
    seen: set[int] = set()
    told: tuple[str, ...] = ()
    for number, call in enumerate(calls):
        told += (json.loads(call.data)["done"],) if call.kind == "tell" else ()
        disk.apply(call)
        if number not in moments:
            continue
        disks = list(disk.after_loss_of_power(chance))
        for files in disks if most is None else chance.sample(disks, most):
            mark = hash((told, tuple(sorted(files.items()))))
            if mark not in seen:
                seen.add(mark)
                yield files, told


@pytest.mark.parametrize("count", ALL)
@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_disk_that_fails_at_any_call_is_reported_and_nothing_is_lost(
    program: WatchedChanges,
    before: Mapping[str, Path],
    tmp_path: Path,
    figure: Callable[[str], None],
    change: str,
    failure: int,
    count: int,
) -> None:
    made = [
        call for call in calls_of(program, change, copied(before[change], tmp_path / "whole")) if call.kind != "tell"
    ]
    fallible = [number for number, call in enumerate(made) if call.kind in ("write", "sync", "truncate", "create")]
    points = some(count, len(fallible))
    for chosen in points:
        folder = copied(before[change], tmp_path / "failed")
        outcome = program.run(change, folder, Calls(fallible[chosen], failure))
        where = f"{made[fallible[chosen]].kind} {made[fallible[chosen]].path}"
        assert (outcome.status, outcome.fault) == (0, ""), where
        assert outcome.refused or change in outcome.done, f"{where}: nothing was said"
        assert_survived(folder, change, outcome.done)
    name = errno.errorcode[failure]
    figure(f"{change}: {name} at {len(points)} calls, unreported 0, lost 0")


@pytest.mark.parametrize("change", [change for change in CHANGES if change not in ("create", "repair")])
def test_a_folder_that_cannot_be_written_to_is_said_and_what_is_there_stays(
    program: WatchedChanges, before: Mapping[str, Path], tmp_path: Path, change: str
) -> None:
    folder = copied(before[change], tmp_path / "readonly")
    outcome = program.run(change, folder, lambda call: None if call.kind == "tell" else errno.EROFS)

    assert (outcome.status, outcome.fault, outcome.done) == (0, "", ())
    assert re.search("cannot be (opened|written|restored)", outcome.refused)
    assert_survived(folder, change, ())


@pytest.mark.parametrize(
    ("kills", "documents"), [(3, 20), pytest.param(1_000, 2_000, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_building_that_is_killed_again_and_again_keeps_every_document(
    program: WatchedChanges, tmp_path: Path, figure: Callable[[str], None], kills: int, documents: int
) -> None:
    """At random moments; whenever all is indexed, it begins anew."""
    chance = random.Random(13)
    texts = cases.write_documents(tmp_path, documents)
    index = tmp_path / "built.db"
    kept: dict[str, str] = {}
    for _ in range(kills):
        outcome = program.run("build", tmp_path, Calls(chance.randrange(2_000), KILL))
        assert outcome.fault == ""
        if outcome.done:
            assert indexed(index) == texts
            for path in tmp_path.glob("built.db*"):
                path.unlink()
            kept = {}
        elif index.exists():
            assert check_index(index, Words()).faults == ()
            now = indexed(index)
            assert kept.items() <= now.items() <= texts.items(), "a document was lost, or is there by half"
            kept = now
    assert program.run("build", tmp_path).done == ("build",)
    assert indexed(index) == texts
    bound = f"at most {3 / kills:.1%} of kills with 95% confidence"
    figure(f"indexing killed {kills} times, {documents} documents: lost or halved 0, {bound}")


def indexed(index: Path) -> dict[str, str]:
    """The documents of an index, by source."""
    store = Store(index, Words.name)
    try:
        return {stored.source: store.text(stored.source) or "" for stored in store.documents()}
    finally:
        store.close()


NEW, OLD = b"new" * 5000, b"old" * 5000


def careless_calls(program: WatchedChanges, change: str, folder: Path) -> list[Call]:
    folder.mkdir()
    (folder / "file").write_bytes(OLD)
    return calls_of(program, change, folder)


def test_a_kill_is_found_to_lose_a_file_that_is_written_in_place(program: WatchedChanges, tmp_path: Path) -> None:
    made = careless_calls(program, "written in place", tmp_path / "whole")
    left = set()
    for chosen in range(len(made) - 1):
        shutil.rmtree(tmp_path / "killed", ignore_errors=True)
        (tmp_path / "killed").mkdir()
        (tmp_path / "killed" / "file").write_bytes(OLD)
        assert program.run("written in place", tmp_path / "killed", Calls(chosen, KILL)).status == -9
        left.add((tmp_path / "killed" / "file").read_bytes())

    assert left - {OLD, NEW} == {b""}


@pytest.mark.parametrize(
    ("change", "before_it_was_told", "after_it_was_told"),
    [
        ("written in place", True, True),
        ("renamed without sync", True, True),
        ("folder not synced", False, True),
    ],
)
def test_a_loss_of_power_is_found_to_lose_a_file_that_is_not_synced(
    program: WatchedChanges, tmp_path: Path, change: str, before_it_was_told: bool, after_it_was_told: bool
) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "file").write_bytes(OLD)
    disk = Disk(tmp_path / "before")
    made = careless_calls(program, change, tmp_path / "whole")
    moved = [moved_to(call, tmp_path / "whole", tmp_path / "before") for call in made]
    file = (tmp_path / "before" / "file").resolve()
    disks = [(files.get(file, b""), told) for files, told in possible_disks(disk, moved, range(len(moved)))]

    assert any(contents not in (OLD, NEW) for contents, told in disks if not told) is before_it_was_told
    assert any(contents != NEW for contents, told in disks if told) is after_it_was_told


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("written in place", ["file was told of"]),
        ("renamed without sync", ["aside was renamed", "file was told of"]),
        ("folder not synced", ["file was told of"]),
    ],
)
def test_files_that_are_not_synced_are_found(
    program: WatchedChanges, tmp_path: Path, change: str, found: list[str]
) -> None:
    made = careless_calls(program, change, tmp_path / "whole")
    shutil.rmtree(tmp_path / "whole")
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "file").write_bytes(OLD)

    assert not_synced(Disk(tmp_path / "whole"), made) == found


def moved_to(call: Call, folder: Path, to: Path) -> Call:
    """The call as it would be in another folder."""

    def moved(path: Path) -> Path:
        return to.resolve() / path.relative_to(folder.resolve()) if path.is_relative_to(folder.resolve()) else path

    return replace(call, path=moved(call.path), target=call.target and moved(call.target))


def test_a_fault_of_the_disk_is_found_to_be_passed_over(program: WatchedChanges, tmp_path: Path) -> None:
    made = careless_calls(program, "faults passed over", tmp_path / "whole")
    write = next(number for number, call in enumerate(made) if call.kind == "write")
    outcome = program.run("faults passed over", tmp_path / "whole", Calls(write, errno.ENOSPC))

    assert (outcome.done, outcome.refused) == (("file",), ""), "it said that it was done"
    assert (tmp_path / "whole" / "aside").read_bytes() == b""
