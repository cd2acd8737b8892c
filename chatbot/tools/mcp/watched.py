"""A stream of messages that shows each, and tells when it ends.

The SDK keeps of a declaration only what it knows, and says that a connection has ended only to the next one who asks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from mcp.client._transport import ReadStream

T = TypeVar("T")


class Watched(Generic[T]):
    """Reads from another stream; calls `see` with each message, and `at_end` when there is no more to come."""

    def __init__(self, stream: ReadStream[T], see: Callable[[T], None], at_end: Callable[[], None]) -> None:
        self._stream = stream
        self._see = see
        self._at_end = at_end

    @property
    def last_context(self) -> object:
        """The sender's context, where the stream keeps one; the SDK asks for it."""
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> T:
        """The next message."""
        with self._watching():
            message = await self._stream.receive()
        self._see(message)
        return message

    async def aclose(self) -> None:
        """Closes the stream."""
        await self._stream.aclose()

    def __aiter__(self) -> Watched[T]:
        return self

    async def __anext__(self) -> T:
        with self._watching():
            message = await self._stream.__anext__()
        self._see(message)
        return message

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        is_read = False
        try:
            yield
            is_read = True
        finally:
            if not is_read:
                self._at_end()

    async def __aenter__(self) -> Watched[T]:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._stream.__aexit__(kind, error, trace)
