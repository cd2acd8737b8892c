"""Named arrays and a few facts in one file, laid out so that a mapped file is the arrays: nothing is read or copied.

In: arrays and JSON values. Out: bytes for `IndexFiles.put`, and views of an `IndexFile`'s data. It checks nothing: what
it is given to read is what was written, which `IndexFiles` sees to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.retrieval.index_files import Sink

_ALIGNED = 64
"""Bytes; each array begins at a multiple, as vector instructions like it."""

_PIECE = 1 << 24
"""Bytes handed over at a time, since a sink may hold on to what it takes."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """What a file holds."""

    arrays: Mapping[str, Array]
    """Read-only views of its data."""
    facts: Mapping[str, Any]
    rest: Array
    """The bytes that were written behind the arrays."""


def write_arrays(sink: Sink, arrays: Mapping[str, Array], facts: Mapping[str, object]) -> None:
    """Writes the arrays and the facts, which must be JSON. More may be written behind them."""
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = (array.dtype.str, array.shape, at)
        at += _padded(array.nbytes)
    header = json.dumps({"arrays": places, "facts": facts}).encode()
    header += b" " * (_padded(len(header) + 8) - len(header) - 8)
    sink.write(len(header).to_bytes(8, "little") + header)
    for array in arrays.values():
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        for start in range(0, len(data), _PIECE):
            sink.write(data[start : start + _PIECE])
        sink.write(bytes(_padded(len(data)) - len(data)))


def read_arrays(data: bytes | memoryview) -> ArrayFile:
    """The arrays in what was written, as views of it; `data` may be mapped (`memoryview(file.data)`)."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(bytes(data[8 : 8 + length]))
    arrays, end = {}, 8 + length
    for name, (kind, shape, at) in header["arrays"].items():
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(data, dtype=kind, count=count, offset=8 + length + at).reshape(shape)
        end = 8 + length + at + _padded(arrays[name].nbytes)
    return ArrayFile(arrays, header["facts"], np.frombuffer(data, dtype=np.uint8, offset=end))


def _padded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED
