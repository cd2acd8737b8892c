"""Arrays are read as they were written, without copying them."""

from __future__ import annotations

import io

import numpy as np

from chatbot.retrieval.array_file import read_arrays, write_arrays

ARRAYS = {
    "ids": np.arange(7, dtype=np.int64),
    "rows": np.linspace(0, 1, 21, dtype=np.float32).reshape(7, 3),
    "none": np.empty((0, 3), dtype=np.float32),
    "bytes": np.frombuffer(b"abc", dtype=np.uint8),
}


def written() -> bytes:
    sink = io.BytesIO()
    write_arrays(sink, ARRAYS, {"kind": "flat", "recall": 0.99})
    sink.write(b"behind")
    return sink.getvalue()


def test_arrays_facts_and_what_was_written_behind_them_come_back() -> None:
    held = read_arrays(written())

    assert held.facts == {"kind": "flat", "recall": 0.99}
    assert held.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert np.array_equal(held.arrays[name], array) and held.arrays[name].dtype == array.dtype
    assert held.rest.tobytes() == b"behind"


def test_arrays_are_views_aligned_and_read_only() -> None:
    data = written()
    held = read_arrays(memoryview(data))

    start = np.frombuffer(data, dtype=np.uint8).ctypes.data
    for array in held.arrays.values():
        assert (array.ctypes.data - start) % 64 == 0 and not array.flags.writeable and not array.flags.owndata


def test_a_file_may_hold_no_array() -> None:
    sink = io.BytesIO()
    write_arrays(sink, {}, {})

    assert not read_arrays(sink.getvalue()).arrays
