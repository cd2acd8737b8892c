"""Inverted lists in arrays: which chunks have a term, and how often. Pure: it knows no store and no ranking.

In: chunk ids and their packed terms (`lexical_terms`). Out: a `Segment`, which never changes, as bytes in a stream and
as arrays over such bytes, so that a file of any size is opened by mapping it into memory. Segments are joined into one
in bounded memory, without what is gone. It does not notice damage: whoever keeps the bytes keeps their checksum.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import KnowledgeError
from chatbot.retrieval.lexical_terms import KEY_SHIFT, MOST_COUNTED

Ids = NDArray[np.int64]
Keys = NDArray[np.uint64]
Entries = NDArray[np.uint32]
Alive: TypeAlias = "NDArray[np.bool_] | None"
"""Which rows of a segment are still there; None for all."""

MOST_ROWS = 1 << 24
"""Chunks in one segment: an entry has 24 bits for its row and 8 for its count."""

MOST_IN_MEMORY = 1 << 25
"""Entries of a segment that is made in memory, 128 MB: of some 300,000 chunks."""

STRIPE = 1 << 22
"""Entries that joining puts in place at a time, which takes 150 MB."""

_MAGIC = np.frombuffer(b"lexical1", dtype="<u8")


@dataclass(frozen=True, slots=True)
class Segment:
    """Chunks and their terms. Rows number the chunks from 0 in the order of their ascending ids."""

    ids: Ids
    lengths: Entries
    """Terms of each chunk, with repetitions."""
    keys: Keys
    """All terms, ascending."""
    starts: Ids
    """Where each term's entries begin, and at last where they end."""
    entries: Entries
    """`row << 8 | count`, by term and then by row."""

    def entries_of(self, key: int) -> Entries:
        """The entries of a term; none where no chunk has it."""
        at = int(np.searchsorted(self.keys, np.uint64(key)))
        if at == len(self.keys) or int(self.keys[at]) != key:
            return self.entries[:0]
        return self.entries[self.starts[at] : self.starts[at + 1]]


class Sink(Protocol):
    """Where the bytes of a segment go."""

    def write(self, data: bytes, /) -> int:
        """Takes all of the data; its length."""


def segment_of(ids: Sequence[int], packed: Sequence[bytes]) -> Segment:
    """A segment of chunks by ascending id; `packed` are their terms. Raises KnowledgeError where those are none."""
    sizes, broken = np.divmod(np.fromiter(map(len, packed), dtype=np.int64, count=len(packed)), 8)
    if broken.any():
        number = ids[int(np.flatnonzero(broken)[0])]
        raise KnowledgeError(f"the terms of chunk {number} are damaged", hint="run: chatbot index --repair")
    terms = np.frombuffer(b"".join(packed), dtype="<u8").astype(np.uint64, copy=False)
    counts = (terms & np.uint64(MOST_COUNTED)).astype(np.uint32)
    rows = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)
    sums = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    ends = np.cumsum(sizes)
    keys = terms >> np.uint64(KEY_SHIFT)
    order = _order(keys)
    keys = keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
    return Segment(
        ids=np.array(ids, dtype=np.int64),
        lengths=(sums[ends] - sums[ends - sizes]).astype(np.uint32),
        keys=keys[starts],
        starts=np.append(starts, len(terms)).astype(np.int64),
        entries=(rows << np.uint32(8) | counts)[order],
    )


def joined(segments: Sequence[tuple[Segment, Alive]], folder: Path | None = None) -> Segment:
    """One segment of several by ascending ids, in memory; a large one in a file of `folder` that has no name."""
    if folder is None or sum(len(segment.entries) for segment, _ in segments) <= MOST_IN_MEMORY:
        stream = BytesIO()
        write_joined(stream, segments)
        return read_segment(stream.getbuffer())
    try:
        with TemporaryFile(dir=folder) as file:
            write_joined(file, segments)
            file.flush()
            return read_segment(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    except OSError:  # a full disk, or a folder that may not be written to
        return joined(segments)


def write_joined(sink: Sink, segments: Sequence[tuple[Segment, Alive]]) -> None:
    """Writes one segment of several by ascending ids. Raises KnowledgeError where they are too many chunks."""
    ids, lengths = _chunks(segments)
    if len(ids) > MOST_ROWS:
        raise KnowledgeError(
            f"{len(ids):,} chunks are more than one index takes ({MOST_ROWS:,})", hint="index a part of the documents"
        )
    keys, frequencies = _vocabulary(segments)
    starts = np.concatenate(([0], np.cumsum(frequencies)))
    sizes = np.array([len(ids), len(keys), starts[-1]], dtype="<u8")
    for array in (_MAGIC, sizes, ids, keys, starts, lengths):
        sink.write(_little_endian(array))
    for low, high in _stripes(starts):
        sink.write(_little_endian(_stripe(segments, keys[low:high], starts[low : high + 1])))


def read_segment(data: memoryview) -> Segment:
    """The segment over bytes that `write_joined` wrote; nothing of them is read before it is needed."""
    numbers = np.frombuffer(data, dtype="<u8", count=4)
    chunks, terms, entries = (int(number) for number in numbers[1:])
    at = numbers.nbytes

    def section(kind: str, count: int) -> NDArray[np.generic]:
        nonlocal at
        found: NDArray[np.generic] = np.frombuffer(data, dtype=kind, count=count, offset=at)
        at += found.nbytes
        return found

    ids, keys, starts = section("<i8", chunks), section("<u8", terms), section("<i8", terms + 1)
    lengths, found = section("<u4", chunks), section("<u4", entries)
    return Segment(ids, lengths, keys, starts, found)  # type: ignore[arg-type]  # dtypes by name


def frequencies(segment: Segment, alive: Alive) -> Ids:
    """For each term how many chunks that are still there have it."""
    if alive is None:
        return np.diff(segment.starts)
    found = np.zeros(len(segment.keys), dtype=np.int64)
    for low, high in _stripes(segment.starts):
        begin, end = segment.starts[low], segment.starts[high]
        kept = alive[segment.entries[begin:end] >> np.uint32(8)]
        found[low:high] = np.add.reduceat(kept, segment.starts[low:high] - begin, dtype=np.int64)
    return found


def _little_endian(array: NDArray[np.generic]) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _order(keys: Keys) -> Ids:
    """What puts keys in order, equal ones as they come.

    numpy sorts numbers ten times as fast as it finds their order, so 40 bits of each key are sorted with its place in
    24 more. Only where different keys begin alike it is of no use.
    """
    if len(keys) < 1 << 24:
        places = np.arange(len(keys), dtype=np.uint64)
        order = np.sort(keys >> np.uint64(16) << np.uint64(24) | places) & np.uint64((1 << 24) - 1)
        ordered = keys[order]
        if (ordered[1:] >= ordered[:-1]).all():
            return order.astype(np.int64)
    return np.argsort(keys, kind="stable")


def _chunks(segments: Iterable[tuple[Segment, Alive]]) -> tuple[Ids, Entries]:
    ids: list[Ids] = [np.empty(0, dtype=np.int64)]
    lengths: list[Entries] = [np.empty(0, dtype=np.uint32)]
    for segment, alive in segments:
        ids.append(segment.ids if alive is None else segment.ids[alive])
        lengths.append(segment.lengths if alive is None else segment.lengths[alive])
    return np.concatenate(ids), np.concatenate(lengths)


def _vocabulary(segments: Iterable[tuple[Segment, Alive]]) -> tuple[Keys, Ids]:
    """All terms that a chunk has, and how many have each."""
    keys, counts = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    for segment, alive in segments:
        both = np.concatenate((keys, segment.keys))
        keys, places = np.unique(both, return_inverse=True)
        weights = np.concatenate((counts, frequencies(segment, alive)))
        counts = np.bincount(places, weights, minlength=len(keys)).astype(np.int64)
    return keys[counts > 0], counts[counts > 0]


def _stripes(starts: Ids) -> Iterator[tuple[int, int]]:
    """Ranges of terms with at most `STRIPE` entries together, or with one term."""
    low = 0
    while low < len(starts) - 1:
        high = max(low + 1, int(np.searchsorted(starts, starts[low] + STRIPE, side="right")) - 1)
        yield low, high
        low = high


def _stripe(segments: Iterable[tuple[Segment, Alive]], keys: Keys, starts: Ids) -> Entries:
    """The entries of these terms from all segments, one segment's behind the other's."""
    found = np.empty(int(starts[-1] - starts[0]), dtype=np.uint32)
    free = starts[:-1] - starts[0]
    first_row = 0
    for segment, alive in segments:
        low, high = int(np.searchsorted(segment.keys, keys[0])), int(np.searchsorted(segment.keys, keys[-1], "right"))
        entries, sizes = _renumbered(segment, alive, (low, high), first_row)
        first_row += len(segment.ids) if alive is None else int(np.count_nonzero(alive))
        there = sizes > 0
        sizes, places = sizes[there], np.searchsorted(keys, segment.keys[low:high][there])
        begins = np.cumsum(sizes) - sizes
        found[np.repeat(free[places] - begins, sizes) + np.arange(len(entries))] = entries
        free[places] += sizes
    return found


def _renumbered(segment: Segment, alive: Alive, terms: tuple[int, int], first_row: int) -> tuple[Entries, Ids]:
    """Entries of a range of terms with their rows' new numbers, and how many are each term's."""
    low, high = terms
    begin, end = segment.starts[low], segment.starts[high]
    entries, sizes = segment.entries[begin:end], np.diff(segment.starts[low : high + 1])
    if alive is None:
        return entries + np.uint32(first_row << 8), sizes
    if not len(entries):
        return entries, sizes
    rows = entries >> np.uint32(8)
    kept = alive[rows]
    numbers = (np.cumsum(alive, dtype=np.uint32) + np.uint32(first_row) - np.uint32(1))[rows[kept]]
    counts = entries[kept] & np.uint32(MOST_COUNTED)
    sizes = np.add.reduceat(kept, segment.starts[low:high] - begin, dtype=np.int64)
    return numbers << np.uint32(8) | counts, sizes
