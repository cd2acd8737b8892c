"""A folder is looked at again when something in it has changed, and only then."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatbot.retrieval import watch
from chatbot.retrieval.watch import changes


class Follower:
    """Follows a folder in a thread."""

    def __init__(self, root: Path, *, rest: float, look: float | None = None) -> None:
        self.stop = threading.Event()
        self._seen: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._follow, args=(root, rest, look))
        self._thread.start()

    def _follow(self, root: Path, rest: float, look: float | None) -> None:
        for _ in changes(root, self.stop, rest=rest, look=look):
            self._seen.put(None)

    def sees(self) -> None:
        """Waits for the next time that the folder is to be looked at."""
        self._seen.get(timeout=30)

    def nothing_more(self) -> bool:
        return self._seen.empty()

    def end(self) -> None:
        self.stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.md").write_text("one")
    return folder


@pytest.fixture
def rest() -> float:
    """Seconds without a change after which the folder has come to rest."""
    return 0.05


@pytest.fixture(params=["told by the system", "by the clock"])
def follower(
    request: pytest.FixtureRequest, root: Path, rest: float, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Follower]:
    if request.param == "told by the system":
        pytest.importorskip("watchfiles")
        follower = Follower(root, rest=rest)
    else:
        monkeypatch.setitem(__import__("sys").modules, "watchfiles", None)  # as where it is not installed
        assert not watch.told_by_system()
        follower = Follower(root, rest=rest, look=0.05)
    yield follower
    follower.end()


def test_it_goes_on_at_once_and_with_each_change(root: Path, follower: Follower) -> None:
    follower.sees()
    (root / "b.md").write_text("two")
    follower.sees()
    (root / "a.md").write_text("another")
    follower.sees()
    (root / "b.md").unlink()
    follower.sees()
    (root / "deep").mkdir()
    (root / "deep" / "c.md").write_text("three")
    follower.sees()
    (root / "deep" / "c.md").replace(root / "c.md")
    follower.sees()


@pytest.mark.parametrize("rest", [0.7])  # a machine under load pauses within the change
def test_a_change_of_many_files_is_one(root: Path, follower: Follower) -> None:
    follower.sees()
    for number in range(200):
        (root / f"{number}.md").write_text("x")
    follower.sees()
    (root / "last.md").write_text("x")
    follower.sees()
    assert follower.nothing_more()


def test_what_is_hidden_is_no_change(root: Path, follower: Follower) -> None:
    follower.sees()
    (root / ".chatbot").mkdir()
    (root / ".chatbot" / "index.db").write_text("x")
    (root / "b.md").write_text("x")
    follower.sees()
    assert follower.nothing_more()


def test_a_folder_that_goes_and_comes_back_is_followed_on(root: Path, follower: Follower) -> None:
    follower.sees()
    aside = root.with_name("aside")
    root.rename(aside)
    follower.sees()
    aside.rename(root)
    follower.sees()
    (root / "b.md").write_text("x")
    follower.sees()


def test_a_change_just_before_the_system_begins_to_watch_is_seen_soon(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watchfiles = pytest.importorskip("watchfiles")
    begin = watchfiles.watch

    def begin_late(*paths: Path, **more: Any) -> Iterator[object]:
        (root / "b.md").write_text("x")
        return begin(*paths, **more)  # type: ignore[no-any-return]

    monkeypatch.setattr(watchfiles, "watch", begin_late)
    stop, began = threading.Event(), time.monotonic()
    following = changes(root, stop, rest=0.05)
    next(following)
    next(following)
    stop.set()
    assert time.monotonic() - began < watch.LOOK_BESIDES / 2
    assert list(following) == []


def test_a_change_while_nobody_waits_is_not_missed(root: Path) -> None:
    stop = threading.Event()
    following = changes(root, stop, rest=0.05, look=0.05)
    next(following)
    (root / "b.md").write_text("while the caller was busy")

    next(following)
    stop.set()
    assert list(following) == []
