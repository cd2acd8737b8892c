"""Server-sent events, out of bytes as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html).

In: pieces of a response body. Out: the data of each event. Sizes are bounded, since a client without bounds buffers
whatever a server sends; bytes that are not UTF-8 become replacement characters, so that one bad byte loses no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatbot.errors import ModelProtocolError

LINE_LIMIT = 1 << 20
"""Bytes of one line. A line carries one delta, some hundred bytes."""

REPLY_LIMIT = 16 << 20
"""Bytes of a whole reply: a hundred times the longest answer that models give."""

_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")  # a CR at the very end may be half of a CRLF


class EventDecoder:
    """Puts lines and events together, however the body was cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._size = 0

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of the events that this piece completes. Raises ModelProtocolError beyond a limit."""
        self._size += len(piece)
        if self._size > REPLY_LIMIT:
            raise ModelProtocolError(f"the reply is longer than {REPLY_LIMIT >> 20} MB", hint="ask for less")
        *lines, self._rest = _LINE_END.split(self._rest + piece)
        if len(self._rest) > LINE_LIMIT:
            raise ModelProtocolError(f"the reply has a line longer than {LINE_LIMIT >> 20} MB", hint="check the server")
        for line in lines:
            yield from self._take(line)

    def end(self) -> Iterator[str]:
        """The data of a last event that no blank line closed. A line cut in the middle is dropped, except [DONE]."""
        if self._rest.rstrip(b"\r").endswith(b"[DONE]") or self._rest.endswith(b"\r"):
            yield from self._take(self._rest.rstrip(b"\r"))
        yield from self._take(b"")

    def _take(self, line: bytes) -> Iterator[str]:
        if not line:
            if self._data:
                yield "\n".join(self._data)
                self._data = []
            return
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
