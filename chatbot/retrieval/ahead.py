"""An iterator that runs ahead in a thread of its own, while what it made before is being used.

In: an iterator, and a bound on what may wait. Out: whatever is ready, several items at a time, in their order. How
large a group is, is decided by whoever is slower: a slow user gets full groups, a slow iterator single items. An error
of the iterator is raised where its item would have come.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")

PATIENCE = 1.0
"""Seconds: who presses Ctrl-C while a file is read that takes half a minute, wants to stop now."""


@contextmanager
def running_ahead(items: Iterator[Item], *, weigh: Callable[[Item], int], most: int) -> Iterator[Iterator[list[Item]]]:
    """Groups of the items, each at least one; at the end of the block the iterator is stopped.

    most: what may wait, and what a group may weigh; an item that is heavier waits, and comes, by itself. Leaving the
    block early waits `PATIENCE` for the item that is being made; one that takes longer is left to end by itself.
    """
    line = _Line(items, weigh, most)
    thread = threading.Thread(target=line.fill, name="ahead", daemon=True)
    thread.start()
    try:
        yield line.groups()
    finally:
        line.stop()
        thread.join(PATIENCE)


class _Line(Generic[Item]):
    """What waits, between the thread that makes and the one that takes."""

    def __init__(self, items: Iterator[Item], weigh: Callable[[Item], int], most: int) -> None:
        self._items, self._weigh, self._most = items, weigh, most
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Item, int]] = deque()
        self._weight = 0
        self._ended = self._stopped = False
        self._failure: BaseException | None = None

    def fill(self) -> None:
        """Makes the items; runs in the thread, which ends in silence: whoever takes them is told of an error."""
        with self:
            for item in self._items:
                if not self._put(item, self._weigh(item)):
                    break

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, failure: BaseException | None, trace: object) -> bool:
        with self._changed:
            self._failure, self._ended = failure, True
            self._changed.notify_all()
        return True

    def stop(self) -> None:
        """No more items are wanted."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def groups(self) -> Iterator[list[Item]]:
        """What is ready, as often as something is; then the error, where there was one."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                group = self._taken()
                self._changed.notify_all()
            if not group:
                break
            yield group
        if self._failure is not None:
            raise self._failure

    def _put(self, item: Item, weight: int) -> bool:
        """Whether more is wanted."""
        with self._changed:
            room = lambda: self._stopped or not self._waiting or self._weight + weight <= self._most  # noqa: E731
            self._changed.wait_for(room)
            self._waiting.append((item, weight))
            self._weight += weight
            self._changed.notify_all()
            return not self._stopped

    def _taken(self) -> list[Item]:
        group: list[Item] = []
        taken = 0
        while self._waiting and (not group or taken + self._waiting[0][1] <= self._most):
            item, weight = self._waiting.popleft()
            group.append(item)
            taken += weight
        self._weight -= taken
        return group
