"""When to look at a folder again: the moment something in it changes, once it has come to rest.

In: a folder, or a file. Out: an iteration that goes on each time. With watchfiles the system tells of changes; without
it, and beside it, since network folders tell nothing, names, sizes and times are compared now and then. It reads no
document and indexes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from threading import Event

from chatbot.retrieval.load import stamp
from chatbot.retrieval.survey import files

REST = 1.0
"""Seconds without a change after which a folder has come to rest: a copy of many files is one change."""

LOOK = 2.0
"""Seconds between two looks where the system tells nothing."""

LOOK_BESIDES = 30.0
"""Seconds between two looks where it does: for what it may have missed."""


def changes(root: Path, stop: Event, *, rest: float = REST, look: float | None = None) -> Iterator[None]:
    """Goes on at once, and then whenever what may be a document has changed below `root`, until `stop` is set.

    What changes while the caller is busy is not missed. look: seconds between two looks; by default as often as needed.
    The folder may be gone for a while.
    """
    woken = _woken_by_system(root, stop, look or LOOK_BESIDES) or _woken_by_clock(stop, look or LOOK)
    seen = _state(root)
    yield
    for _ in chain([None], woken):
        now = _state(root)
        if now == seen:
            continue
        while not stop.wait(rest) and now != (now := _state(root)):
            pass  # still changing
        if stop.is_set():
            return
        seen = now
        yield


def told_by_system() -> bool:
    """Whether watchfiles is there, so that changes are seen at once."""
    try:
        import watchfiles  # noqa: F401
    except ImportError:
        return False
    return True


def _woken_by_system(root: Path, stop: Event, most: float) -> Iterator[object] | None:
    """On each change, soon after it has begun, and when none came for `most` seconds; None where it cannot tell."""
    if not told_by_system():
        return None
    from watchfiles import watch

    pause = min(LOOK, most)

    def wanted(_: object, path: str) -> bool:
        inside = Path(path).relative_to(root) if Path(path).is_relative_to(root) else Path(path)
        return not any(part.startswith(".") for part in inside.parts)

    def told() -> Iterator[object]:
        quiet = most  # what changed just before it begins to watch is none of what it tells
        for changed in watch(
            root,
            watch_filter=wanted,
            debounce=200,
            stop_event=stop,
            rust_timeout=int(pause * 1000),
            yield_on_timeout=True,
            raise_interrupt=True,
        ):
            quiet += pause
            if changed or quiet >= most:
                quiet = 0.0
                yield changed

    return _until_gone(told, stop)


def _until_gone(begin: Callable[[], Iterator[object]], stop: Event) -> Iterator[object]:
    """Watches again after the folder was away: the system forgets what it was told to watch."""
    while not stop.is_set():
        try:
            yield from begin()
        except (FileNotFoundError, RuntimeError):  # watchfiles raises either where there is nothing to watch
            yield None
            stop.wait(LOOK)


def _woken_by_clock(stop: Event, every: float) -> Iterator[object]:
    while not stop.wait(every):
        yield None


def _state(root: Path) -> dict[str, str]:
    """What tells that a file has changed, without reading it."""
    found: dict[str, str] = {}
    if not root.exists():
        return found
    for path in files(root):
        try:
            found[str(path)] = stamp(path, now=time.time_ns() + _LATER)
        except OSError:
            continue
    return found


_LATER = 10_000_000_000
"""Nanoseconds: seen from then, no file is too new for its stamp to tell."""
