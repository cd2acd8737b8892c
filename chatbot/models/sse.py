"""Server-sent events, out of bytes as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html).

In: pieces of a response body. Out: the data of each event. Sizes and numbers are bounded, since a client without bounds
buffers whatever a server sends. Bytes that are not UTF-8 become lone surrogates (PEP 383), which whoever reads the data
mends and speaks of: one bad byte loses no answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from chatbot.errors import ModelProtocolError

LINE_LIMIT = 1 << 20
"""Bytes of one line. A line carries one delta, some hundred bytes."""

EVENT_LIMIT = 200_000
"""Events of one reply: one for each token of a reply that is longer than any model writes."""

_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")  # a CR at the very end may be half of a CRLF

_MARK = b"\xef\xbb\xbf"
"""U+FEFF, which may stand before everything else."""


class EventDecoder:
    """Puts lines and events together, however the body was cut."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[str] = []
        self._kind = b""
        self._events = 0
        self._begun = False

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of the events that this piece completes. Raises ModelProtocolError beyond a limit."""
        ends = b"\n" in piece or b"\r" in piece or self._rest.endswith(b"\r")
        self._rest += piece
        if ends:
            *lines, rest = _LINE_END.split(bytes(self._rest))
            self._rest = bytearray(rest)
            for line in lines:
                yield from self._take(line)
        if len(self._rest) > LINE_LIMIT:
            raise ModelProtocolError(f"the reply has a line longer than {LINE_LIMIT >> 20} MB", hint="check the server")

    def end(self) -> Iterator[str]:
        """The data of a last event that no blank line closed. A line cut in the middle is dropped, except [DONE]."""
        last = bytes(self._rest)
        if last.rstrip(b"\r").endswith(b"[DONE]") or last.endswith(b"\r"):
            yield from self._take(last.rstrip(b"\r"))
        yield from self._take(b"")

    def _take(self, line: bytes) -> Iterator[str]:
        if not self._begun:
            self._begun, line = True, line.removeprefix(_MARK)
        if line:
            field, _, value = line.partition(b":")
            if field != b"data" and field != b"event":  # nobody means another field by these
                field = field.removeprefix(_MARK).strip().lower()
            if field == b"data":
                self._data.append(value.removeprefix(b" ").decode("utf-8", "surrogateescape"))
            elif field == b"event":
                self._kind = value.strip().lower()
            return
        data, failed = "\n".join(self._data), self._kind == b"error"
        self._data, self._kind = [], b""
        if data or failed:
            self._events += 1
            if self._events > EVENT_LIMIT:
                raise ModelProtocolError(f"the reply has more than {EVENT_LIMIT:,} events", hint="check the server")
            yield _as_error(data) if failed else data


def _as_error(data: str) -> str:
    """The data of an event that is named an error, such that it is read as one."""
    named = data.lstrip().startswith("{") and data.strip(" \n\t{}")
    return f'{{"error": {data}}}' if named else json.dumps({"error": data or "it says no more"})
