"""What was compressed, piece by piece, each of bounded size: what it unpacks to is never in memory at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

PIECE = 1 << 16

_EITHER = 47
"""For zlib: headers of both gzip and deflate, and the largest window."""


class Inflating:
    """Undoes gzip or deflate."""

    def __init__(self) -> None:
        self._unzip = zlib.decompressobj(_EITHER)
        self._begun = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """What this piece unpacks to, in pieces. Raises ValueError where it is not what it was said to be."""
        self._begun = self._begun or bool(packed)
        while packed:
            if self._unzip.eof:  # what is compressed may come in several parts
                self._unzip = zlib.decompressobj(_EITHER)
            try:
                piece = self._unzip.decompress(packed, max_length=PIECE)
            except zlib.error as error:
                raise ValueError(f"what it compressed cannot be unpacked: {error}") from error
            if piece:
                yield piece
            packed = self._unzip.unused_data if self._unzip.eof else self._unzip.unconsumed_tail

    @property
    def is_cut(self) -> bool:
        """Whether more should have come."""
        return self._begun and not self._unzip.eof
