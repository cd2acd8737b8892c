"""A flat segment finds what sorting all cosines finds."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chatbot.retrieval.array_file import read_arrays
from chatbot.retrieval.vector_flat import Flat, best, cosines, flat_of
from chatbot.retrieval.vector_search import NO_IDS

WIDTH = 4


def segment(ids: list[int]) -> Flat:
    rows = np.random.default_rng(len(ids)).standard_normal((len(ids), WIDTH)).astype(np.float32)
    return Flat(np.array(ids, dtype=np.int64), rows)


def ascending(ids: set[int]) -> NDArray[np.int64]:
    return np.array(sorted(ids), dtype=np.int64)


QUERY = np.array([1, -1, 0.5, 2], dtype=np.float32)
SOME = st.sets(st.integers(1, 60))


def expected(flat: Flat, limit: int, chosen: set[int]) -> list[int]:
    scores = {int(key): float(row @ QUERY) for key, row in zip(flat.ids, flat.rows, strict=True) if int(key) in chosen}
    return sorted(scores, key=lambda key: -scores[key])[:limit]


@given(SOME, SOME, st.integers(0, 70))
def test_the_nearest_without_some(ids: set[int], gone: set[int], limit: int) -> None:
    flat = segment(sorted(ids))

    found, scores = flat.nearest(QUERY, limit, gone=ascending(gone))

    assert found.tolist() == expected(flat, limit, ids - gone)
    assert np.allclose(scores, [flat.rows[flat.ids == key][0] @ QUERY for key in found], atol=1e-5)


@given(SOME, SOME, st.integers(0, 70))
def test_the_nearest_among_some(ids: set[int], among: set[int], limit: int) -> None:
    flat = segment(sorted(ids))

    assert flat.nearest(QUERY, limit, among=ascending(among))[0].tolist() == expected(flat, limit, ids & among)


def test_of_equal_ones_the_lowest_ids_come_first() -> None:
    scores = np.array([1, 2, 1, 2, 1], dtype=np.float32)

    assert best(np.arange(5), scores, 4)[0].tolist() == [1, 3, 0, 2]


@given(SOME, SOME, st.sets(st.integers(61, 90)))
def test_a_changed_segment_holds_what_stayed_and_what_came(ids: set[int], gone: set[int], new: set[int]) -> None:
    old, added = segment(sorted(ids)), segment(sorted(new))

    changed = old.changed(ascending(gone), added)

    assert changed.ids.tolist() == sorted((ids - gone) | new)
    for flat in (old, added):
        kept = np.isin(flat.ids, changed.ids)
        assert np.array_equal(changed.rows[np.isin(changed.ids, flat.ids)], flat.rows[kept])


def test_where_nothing_stays_another_width_may_come() -> None:
    wider = Flat(np.array([9], dtype=np.int64), np.ones((1, WIDTH + 1), dtype=np.float32))

    assert segment([1, 2]).changed(np.array([1, 2], dtype=np.int64), wider) is wider


def test_what_is_written_is_read() -> None:
    sink, flat = io.BytesIO(), segment([3, 5, 8])
    flat.write(sink)

    again = flat_of(read_arrays(sink.getvalue()))

    assert np.array_equal(again.ids, flat.ids) and np.array_equal(again.rows, flat.rows)
    assert again.nearest(QUERY, 2, gone=NO_IDS)[0].tolist() == flat.nearest(QUERY, 2)[0].tolist()


def test_equal_rows_have_equal_cosines_wherever_they_stand() -> None:
    chance = np.random.default_rng(1)
    rows, query = chance.standard_normal((501, 384)).astype(np.float32), chance.standard_normal(384).astype(np.float32)
    for size in (1, 2, 3, 17, 501):
        rows[size - 1] = rows[0]
        assert len(set(cosines(rows[:size], query)[[0, size - 1]].tolist())) == 1
