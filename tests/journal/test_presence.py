"""Programs that share a journal see which of the others are alive, however those end."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from forked import forked, forking

from chatbot.errors import JournalError
from chatbot.journal.presence import Presence


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal.db-running"


@contextmanager
def announced(folder: Path) -> Iterator[Presence]:
    program = Presence(folder)
    program.announce()
    yield program
    program.leave()


def left_by_the_dead(folder: Path) -> str:
    """What a program leaves that is gone without a word; its token."""
    program = Presence(folder)
    token: str = forked(program.announce)()
    assert (folder / token).is_file()
    return token


def test_a_program_is_alive_for_the_others_from_its_announcement_until_it_leaves(folder: Path) -> None:
    program, other = Presence(folder), Presence(folder)
    assert program.token != other.token
    assert not other.is_alive(program.token)
    assert program.announce() == program.token
    assert program.announce() == program.token, "once is enough"
    assert other.is_alive(program.token)
    assert [file.name for file in folder.iterdir()] == [program.token]
    program.leave()
    assert not other.is_alive(program.token)
    assert list(folder.iterdir()) == []
    program.leave()


def test_the_folder_is_only_for_its_owner(folder: Path) -> None:
    with announced(folder):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_program_that_is_forgotten_has_left(folder: Path) -> None:
    program, other = Presence(folder), Presence(folder)
    token = program.announce()
    del program
    assert not other.is_alive(token)


@pytest.mark.parametrize("shared", [True, False])
def test_a_program_is_alive_for_itself_and_nobody_else_is_whom_it_does_not_know(folder: Path, shared: bool) -> None:
    program = Presence(folder if shared else None)
    assert program.is_alive(program.token)
    assert program.announce() == program.token
    assert not program.is_alive(Presence(None).token)
    assert not program.is_alive("")
    program.leave()


def test_what_lies_outside_the_folder_is_no_program_and_stays(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    with announced(folder) as program:
        assert not program.is_alive("../victim")
    assert victim.exists()


@forking
def test_a_program_that_died_is_not_alive_and_its_file_goes(folder: Path) -> None:
    dead = left_by_the_dead(folder)
    program = Presence(folder)
    assert not program.is_alive(dead)
    assert list(folder.iterdir()) == []


@forking
def test_files_of_the_dead_are_swept_away_and_counted_and_those_of_the_living_stay(folder: Path) -> None:
    assert Presence(folder).sweep() == Presence(None).sweep() == 0
    with announced(folder) as program, announced(folder) as other:
        left_by_the_dead(folder)
        (folder / "dead").touch()
        assert program.sweep() == 2
        assert {file.name for file in folder.iterdir()} == {program.token, other.token}
        assert program.sweep() == 0


@forking
def test_who_announces_itself_sweeps(folder: Path) -> None:
    left_by_the_dead(folder)
    with announced(folder) as program:
        assert [file.name for file in folder.iterdir()] == [program.token]


@forking
def test_a_forked_child_is_a_program_of_its_own(folder: Path) -> None:
    def child() -> list[object]:
        inherited = program.token
        return [inherited != token, program.is_alive(token), program.announce() == inherited]

    with announced(folder) as program, announced(folder) as other:
        token = program.token
        assert forked(child)() == [True, True, True]
        assert program.token == token
        assert other.is_alive(token), "the child has taken nothing along"


@forking
def test_a_forked_child_that_lives_longer_does_not_keep_its_parent_alive(folder: Path, tmp_path: Path) -> None:
    program, end, forked_it = Presence(folder), tmp_path / "end", tmp_path / "forked"

    def parent() -> None:
        program.announce()
        forked(lambda: until(end.exists))
        forked_it.touch()

    ends = forked(parent)
    until(forked_it.exists)
    [token] = [file.name for file in folder.iterdir()]
    until(lambda: not program.is_alive(token))
    end.touch()
    ends()


def until(done: Callable[[], bool]) -> None:
    """Returns when it is so, which is soon."""
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("use", [Presence.announce, lambda program: program.hold("name")])
def test_a_folder_that_cannot_be_made_is_named(folder: Path, use: Callable[[Presence], object]) -> None:
    folder.write_text("a file")
    with pytest.raises(JournalError) as failed:
        use(Presence(folder))
    assert failed.value.message == f"{folder} cannot be written to: File exists"
    assert failed.value.hint == "check its permissions, and whether the disk is full"


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_name_is_held_by_one_until_it_lets_go(folder: Path) -> None:
    one, other = Presence(folder), Presence(folder)
    release = one.hold("run1")
    assert release is not None
    assert other.hold("run1") is None
    assert one.hold("run1") is None, "not twice either"
    another = other.hold("run2")
    assert another is not None
    release()
    again = other.hold("run1")
    assert again is not None
    again()
    another()
    assert list(folder.iterdir()) == []


@forking
def test_a_name_is_free_when_its_holder_died(folder: Path) -> None:
    assert forked(lambda: Presence(folder).hold("run1") is not None)() is True
    release = Presence(folder).hold("run1")
    assert release is not None
    release()


def test_a_name_is_always_free_where_there_are_no_others() -> None:
    program = Presence(None)
    for _ in range(2):
        release = program.hold("run1")
        assert release is not None
    release()


def test_where_a_file_system_has_no_locks_no_other_program_seems_alive(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    with announced(folder) as program:
        other = Presence(folder)
        assert program.is_alive(program.token)
        assert not other.is_alive(program.token)
        for _ in range(2):
            assert other.hold("run1") is not None
