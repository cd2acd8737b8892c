"""Running ahead: nothing is lost, doubled or put in another order, little waits, and an end is an end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval import ahead
from chatbot.retrieval.ahead import running_ahead


@given(st.lists(st.integers(0, 20)), st.integers(1, 30))
def test_every_item_comes_once_in_order_and_groups_keep_to_their_weight(weights: list[int], most: int) -> None:
    with running_ahead(iter(weights), weigh=int, most=most) as groups:
        came = list(groups)

    assert [weight for group in came for weight in group] == weights
    assert all(len(group) == 1 or sum(group) <= most for group in came)


def test_it_runs_ahead_no_further_than_it_may() -> None:
    made: list[int] = []
    full = threading.Event()

    def numbers() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            if number == 4:  # four wait, and this one finds no room
                full.set()
            yield number

    with running_ahead(numbers(), weigh=lambda _: 1, most=4) as groups:
        assert full.wait(60)
        assert made == [0, 1, 2, 3, 4]
        assert next(groups) == [0, 1, 2, 3]


def test_what_is_ready_does_not_wait_for_what_is_slow() -> None:
    asked = threading.Event()

    def slow() -> Iterator[str]:
        yield "first"
        assert asked.wait(60)
        yield "second"

    with running_ahead(slow(), weigh=lambda _: 1, most=100) as groups:
        assert next(groups) == ["first"]
        asked.set()
        assert list(groups) == [["second"]]


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        raise OSError("the disk is gone")

    with running_ahead(failing(), weigh=lambda _: 1, most=1) as groups:
        assert [next(groups) for _ in range(3)] == [[0], [1], [2]]
        with pytest.raises(OSError, match="the disk is gone"):
            next(groups)


def test_leaving_early_stops_the_iterator() -> None:
    made: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            made.append(len(made))
            yield made[-1]

    with running_ahead(endless(), weigh=lambda _: 1, most=3) as groups:
        next(groups)

    assert len(made) <= 9
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_leaving_early_does_not_wait_for_an_item_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 0.01)
    going_on, ended = threading.Event(), threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        going_on.wait(60)
        ended.set()
        yield 2

    with running_ahead(slow(), weigh=lambda _: 1, most=9) as groups:
        assert next(groups) == [1]

    assert not ended.is_set()
    going_on.set()
    assert ended.wait(60)
