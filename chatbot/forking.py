"""What a forked child must not take over from its parent: threads that are not there, locks that nobody lets go of.

Who keeps such things says so here, and is told in the child. Nothing that was inherited is closed there, since the
parent goes on using it. What must not be in the middle of something when the process forks has a lock for which forks
wait. Only Unix can fork.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

PATIENCE = 30.0
"""Seconds that a fork waits for locks: who holds one may be waiting for whoever forks, which nobody else can know."""


class Inherited(Protocol):
    """Something that has to begin anew in a forked child."""

    def inherit(self) -> None:
        """This process is a forked child of the one that made it, and nothing else happens in it yet."""


class Lock(Protocol):
    """`threading.RLock` and its like."""

    def acquire(self, blocking: bool = ..., timeout: float = ...) -> bool:
        """Waits that long at most; says whether it is held."""

    def release(self) -> None:
        """Lets go."""


def renewed_in_children(thing: Inherited) -> None:
    """Calls `thing.inherit` in each forked child, as long as the thing is there."""
    _RENEWED.add(thing)


def in_children(forget: Callable[[], object]) -> None:
    """Calls `forget` in each forked child, before anything else happens there."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)


def keep_inherited(inherited: object) -> None:
    """Keeps what a child has inherited and does not use, so that it is not closed by being collected."""
    _KEPT.append(inherited)


def waited_for(lock: Lock) -> None:
    """A fork waits until no other thread holds the lock, as long as the lock is there."""
    _WAITED_FOR.add(lock)


_RENEWED: weakref.WeakSet[Inherited] = weakref.WeakSet()
_KEPT: list[object] = []
_WAITED_FOR: weakref.WeakSet[Lock] = weakref.WeakSet()


class _Forking(threading.local):
    """Of a thread that forks."""

    def __init__(self) -> None:
        self.held: list[Lock] = []


_FORKING = _Forking()


def _hold() -> None:
    deadline = time.monotonic() + PATIENCE
    for lock in list(_WAITED_FOR):
        if lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            _FORKING.held.append(lock)


def _let_go() -> None:
    while _FORKING.held:
        _FORKING.held.pop().release()


def _inherit() -> None:
    _let_go()
    for thing in list(_RENEWED):
        thing.inherit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_inherit)
