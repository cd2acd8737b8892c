"""Lists find nearly all that a scan finds, score it exactly, and lose nothing to a filter."""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from chatbot.retrieval.array_file import read_arrays
from chatbot.retrieval.store import Ids, Vectors
from chatbot.retrieval.vector_flat import Flat
from chatbot.retrieval.vector_lists import EXACTLY, RECALL, Lists, build, lists_of, questions_like

WIDTH, COUNT = 24, 8_000


@cache
def rows() -> Vectors:
    """Vectors in many loose clusters, as those of texts lie."""
    chance = np.random.default_rng(3)
    centres = chance.standard_normal((200, WIDTH))
    made = centres[chance.integers(0, 200, COUNT + 500)] + 0.7 * chance.standard_normal((COUNT + 500, WIDTH))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


IDS = np.arange(1, COUNT + 501, dtype=np.int64) * 3
"""Of all rows; the last 500 come later."""


def read(ids: Ids) -> tuple[Ids, Vectors]:
    return ids, rows()[ids // 3 - 1]


@cache
def lists() -> Lists:
    return build(read, IDS[:COUNT])


def questions() -> Vectors:
    """Others than those that the number of lists is chosen by."""
    return questions_like(rows(), np.random.default_rng(77))[:100]


def flat(ids: Ids = IDS[:COUNT]) -> Flat:
    return Flat(*read(ids))


def recall(found: Lists, truth: Flat, among: Ids | None = None) -> float:
    hits = [
        len(np.intersect1d(found.nearest(each, 10, among=among)[0], truth.nearest(each, 10, among=among)[0]))
        for each in questions()
    ]
    return sum(hits) / (10 * len(hits))


def test_the_recall_that_was_measured_is_what_other_questions_have() -> None:
    assert lists().recall >= RECALL and lists().measured == COUNT
    assert lists().probes < lists().index.nlist, "all lists are looked into, which is no better than a scan"
    assert recall(lists(), flat()) >= 0.98


def test_cosines_are_exact_and_in_order() -> None:
    for question in questions()[:20]:
        ids, cosines = lists().nearest(question, 10)

        assert np.allclose(cosines, read(ids)[1] @ question, atol=1e-6)
        assert all(first >= second for first, second in pairwise(cosines.tolist()))


@pytest.mark.parametrize("share", [0.01, 0.2, 0.6])
def test_a_filter_costs_no_recall_however_its_chunks_lie(share: float) -> None:
    chance, size = np.random.default_rng(1), int(share * COUNT)
    scattered = np.sort(chance.choice(IDS[:COUNT], size, replace=False))
    together = np.sort(IDS[:COUNT][np.argsort(-(rows()[:COUNT] @ rows()[5]))[:size]])
    for among in (scattered, together):
        assert recall(lists(), flat(), among) >= 0.98
        assert np.isin(lists().nearest(questions()[0], 50, among=among)[0], among).all()


def test_among_few_chunks_none_is_missed() -> None:
    among = IDS[:COUNT][:: COUNT // EXACTLY + 1]

    assert len(among) <= EXACTLY and recall(lists(), flat(), among) == 1.0


def test_what_is_gone_is_not_found_and_what_is_next_is() -> None:
    for question in questions()[:20]:
        nearest = flat().nearest(question, 20)[0]

        found, _ = lists().nearest(question, 10, gone=np.sort(nearest[:10]))

        assert not np.isin(found, nearest[:10]).any()
        assert len(np.intersect1d(found, nearest[10:])) >= 8


def test_as_many_are_found_as_are_asked_for() -> None:
    assert lists().nearest(questions()[0], COUNT)[0].tolist() == flat().nearest(questions()[0], COUNT)[0].tolist()
    assert len(lists().nearest(questions()[0], 3)[0]) == 3


def test_changed_lists_hold_what_stayed_and_what_came() -> None:
    gone = IDS[:COUNT:4]
    left = np.setdiff1d(IDS, gone)

    changed = lists().changed(gone, IDS[COUNT:])

    assert changed.ids.tolist() == left.tolist()
    assert recall(changed, flat(left)) >= 0.98


def written(these: Lists) -> bytes:
    sink = io.BytesIO()
    these.write(sink)
    return sink.getvalue()


def test_lists_are_read_as_they_were_written_and_can_be_changed_then() -> None:
    again = lists_of(read_arrays(written(lists())), read)

    assert (again.probes, again.recall, again.measured) == (lists().probes, lists().recall, lists().measured)
    for question in questions()[:20]:
        assert again.nearest(question, 10)[0].tolist() == lists().nearest(question, 10)[0].tolist()
    assert again.changed(IDS[:1], IDS[COUNT:]).ids.tolist() == IDS[1:].tolist()
    assert len(again.ids) == COUNT


def test_chunks_that_vanish_while_lists_are_made_are_left_out() -> None:
    def fewer(ids: NDArray[np.int64]) -> tuple[Ids, Vectors]:
        return read(ids[ids % 2 == 0])

    made = build(fewer, IDS[:2_000])

    assert made.ids.tolist() == [key for key in IDS[:2_000].tolist() if key % 2 == 0]


def test_a_failing_disk_is_said_as_the_disk_said_it() -> None:
    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        lists().write(Full())
