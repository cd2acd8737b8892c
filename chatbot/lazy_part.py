"""A part of something, made when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LazyPart(Generic[T]):
    """A part that is made when first needed, once whichever thread asks, and shared by all conversations."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._part: list[T] = []

    @property
    def made(self) -> bool:
        """Whether `get` returns at once."""
        return bool(self._part)

    def get(self) -> T:
        """The part. What making it raises, it raises again the next time."""
        with self._lock:
            if not self._part:
                self._part.append(self._make())
            return self._part[0]
