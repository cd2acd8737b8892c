"""Many texts, a few at a time."""

import threading
import time

import numpy as np
import pytest

from chatbot.errors import ModelProtocolError
from chatbot.retrieval.embed_parts import embed_in_parts, unit_rows


def lengths(texts):
    """A vector that shows which text it is of."""
    return np.array([[len(text), 1] for text in texts], dtype=np.float32)


@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 100])
def test_vectors_come_in_the_order_of_the_texts(count, at_once):
    texts = ["x" * number for number in range(count)]

    vectors = embed_in_parts(texts, lengths, size=8, at_once=at_once)

    assert vectors[:, 0].tolist() == list(range(count))


def test_no_more_parts_are_worked_on_at_once_than_asked_for():
    busy, most = 0, 0
    lock = threading.Lock()
    in_pairs = threading.Barrier(2)

    def embed(texts):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        in_pairs.wait(timeout=60)
        with lock:
            busy -= 1
        return lengths(texts)

    embed_in_parts(["x"] * 20, embed, size=1, at_once=2)

    assert most == 2


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_interruption_leaves_the_rest_undone(error, at_once):
    calls = []

    def embed(texts):
        calls.append(texts)
        if len(calls) > 10:
            time.sleep(0.2)  # the first parts are done by now, and whoever waits for them has their turn
        return lengths(texts)

    def interrupt(done, total):
        raise error

    with pytest.raises(error):
        embed_in_parts(["x"] * 5_000, embed, size=1, at_once=at_once, progress=interrupt)

    assert len(calls) < 100


def test_rows_become_unit_vectors_and_zeros_stay_zeros():
    vectors = unit_rows([[3, 4], [0, 0]], count=2, source="somebody")

    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0, 0]])
    assert vectors.dtype == np.float32


@pytest.mark.parametrize(
    "rows",
    [
        [],
        None,
        "text",
        [[1.0, 2.0]],
        [[1.0, 2.0], [1.0]],
        [[], []],
        [[1.0, float("nan")], [1.0, 2.0]],
        [[1.0, float("inf")], [1.0, 2.0]],
        [["a", "b"], ["c", "d"]],
        [1.0, 2.0],
        {"a": 1},
    ],
    ids=str,
)
def test_what_is_no_vector_for_each_text_is_refused(rows):
    with pytest.raises(ModelProtocolError, match="somebody"):
        unit_rows(rows, count=2, source="somebody")
