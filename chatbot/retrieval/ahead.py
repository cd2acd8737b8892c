"""An iterator that runs ahead in a thread of its own, while what it made before is being used.

In: an iterator, and a bound on what may wait. Out: whatever is ready, several items at a time, in their order. How
large a group is, is decided by whoever is slower: a slow user gets full groups, a slow iterator single items. An error
of the iterator is raised where its item would have come.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


@contextmanager
def running_ahead(items: Iterator[Item], *, weigh: Callable[[Item], int], most: int) -> Iterator[Iterator[list[Item]]]:
    """Groups of the items, each at least one; at the end of the block the iterator is stopped and has ended.

    most: what may wait, and what a group may weigh; an item that is heavier waits, and comes, by itself. Leaving the
    block early waits for the item that is being made.
    """
    line = _Line(items, weigh, most)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        filling = pool.submit(line.fill)
        try:
            yield line.groups(filling)
        finally:
            line.stop()


class _Line(Generic[Item]):
    """What waits, between the thread that makes and the one that takes."""

    def __init__(self, items: Iterator[Item], weigh: Callable[[Item], int], most: int) -> None:
        self._items, self._weigh, self._most = items, weigh, most
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Item, int]] = deque()
        self._weight = 0
        self._ended = self._stopped = False

    def fill(self) -> None:
        """Makes the items; runs in the thread."""
        try:
            for item in self._items:
                if not self._put(item, self._weigh(item)):
                    break
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def stop(self) -> None:
        """No more items are wanted."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def groups(self, filling: Future[None]) -> Iterator[list[Item]]:
        """What is ready, as often as something is; then the error of `filling`, if it ended by one."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                group = self._taken()
                self._changed.notify_all()
            if not group:
                break
            yield group
        filling.result()

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
