"""Inverted lists: what is built, joined, written and read says of each chunk what its terms say."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.errors import KnowledgeError
from chatbot.retrieval.lexical_terms import KEY_SHIFT, MOST_COUNTED
from chatbot.retrieval.postings import (
    MOST_IN_MEMORY,
    MOST_ROWS,
    STRIPE,
    Segment,
    frequencies,
    joined,
    read_segment,
    segment_of,
    write_joined,
)

Chunks = dict[int, dict[int, int]]
"""Terms and counts by chunk id."""

CHUNKS = st.lists(st.dictionaries(st.integers(0, 2**56 - 1) | st.integers(0, 9), st.integers(1, 255)), max_size=8)


def packed(terms: dict[int, int]) -> bytes:
    return np.array(sorted(key << KEY_SHIFT | count for key, count in terms.items()), dtype="<u8").tobytes()


def built(chunks: Chunks) -> Segment:
    return segment_of(list(chunks), [packed(terms) for terms in chunks.values()])


def held(segment: Segment) -> Chunks:
    """What a segment says, by looking up each of its terms."""
    chunks: Chunks = {int(key): {} for key in segment.ids}
    for key in segment.keys.tolist():
        entries = segment.entries_of(key)
        assert (np.diff(entries >> 8) > 0).all(), "not by row"
        for entry in entries.tolist():
            chunks[int(segment.ids[entry >> 8])][key] = entry & MOST_COUNTED
    assert segment.lengths.tolist() == [sum(terms.values()) for terms in chunks.values()]
    return chunks


@given(CHUNKS)
def test_a_segment_holds_what_it_was_built_of(chunks: list[dict[int, int]]) -> None:
    numbered = {3 * number + 1: terms for number, terms in enumerate(chunks)}

    assert held(built(numbered)) == numbered
    assert len(built(numbered).entries_of(12345)) == sum(12345 in terms for terms in chunks)


@settings(deadline=None, max_examples=60)
@given(st.lists(CHUNKS, max_size=4), st.randoms(use_true_random=False))
def test_joined_segments_hold_what_is_left_of_all(groups: list[list[dict[int, int]]], random: object) -> None:
    left: Chunks = {}
    segments = []
    number = 0
    for group in groups:
        chunks = {(number := number + 2): terms for terms in group}
        alive = np.array([random.random() < 0.6 for _ in group], dtype=np.bool_)  # type: ignore[attr-defined]
        segments.append((built(chunks), None if alive.all() else alive))
        left |= {key: terms for key, stays in zip(chunks, alive, strict=True) if stays for terms in [chunks[key]]}

    whole = joined(segments)

    assert held(whole) == left
    assert set(whole.keys.tolist()) == {key for terms in left.values() for key in terms}, "a term of no chunk is kept"
    assert frequencies(whole, None).tolist() == [len(whole.entries_of(key)) for key in whole.keys.tolist()]


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    chunks = {5: {7: 1, 2**56 - 1: 255}, 9: {}, 11: {7: 3}}
    stream = BytesIO()
    write_joined(stream, [(built(chunks), None)])

    assert held(read_segment(stream.getbuffer())) == chunks


def full(first: int, size: int, terms: int) -> Segment:
    """Chunks that all have the same terms."""
    return Segment(
        ids=np.arange(first, first + size),
        lengths=np.full(size, terms, dtype=np.uint32),
        keys=np.arange(terms, dtype=np.uint64),
        starts=np.arange(terms + 1) * size,
        entries=np.tile(np.arange(size, dtype=np.uint32) << np.uint32(8) | np.uint32(1), terms),
    )


@pytest.mark.parametrize("most", [STRIPE, pytest.param(MOST_IN_MEMORY, marks=pytest.mark.slow)])
def test_segments_of_more_entries_than_fit_at_a_time_are_joined_too(tmp_path: Path, most: int) -> None:
    size, terms = 20_000, most // 20_000 + 9

    whole = joined([(full(first, size // 2, terms), None) for first in (0, size)], tmp_path)

    assert len(whole.entries) == size * terms > most
    assert (frequencies(whole, None) == size).all()
    assert frequencies(whole, np.arange(size) % 4 == 0).tolist() == [size // 4] * terms
    assert (whole.entries_of(terms - 1) >> 8).tolist() == list(range(size))
    assert list(tmp_path.iterdir()) == []


def test_more_chunks_than_rows_can_be_numbered_are_refused() -> None:
    none = np.empty(0, dtype=np.int64)
    many = Segment(
        np.broadcast_to(np.int64(1), MOST_ROWS + 1),
        np.broadcast_to(np.uint32(0), MOST_ROWS + 1),
        none.astype(np.uint64),
        np.zeros(1, dtype=np.int64),
        none.astype(np.uint32),
    )

    with pytest.raises(KnowledgeError, match=r"16,777,217 chunks are more than one index takes"):
        write_joined(BytesIO(), [(many, None)])
