"""A part that is made when first needed: once, and again after it could not be made."""

from __future__ import annotations

import threading
import time

import pytest

from chatbot.lazy_part import LazyPart


def test_it_is_made_once_whichever_thread_asks() -> None:
    made: list[object] = []

    def make() -> object:
        time.sleep(0.01)
        made.append(object())
        return made[-1]

    part = LazyPart(make)
    assert not part.made
    threads = [threading.Thread(target=part.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert part.made and made == [part.get()]


def test_what_making_it_raises_is_raised_again_and_a_later_success_stays() -> None:
    answers: list[object] = [ValueError("not yet"), "a part"]

    def make() -> object:
        answer = answers.pop(0)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    part = LazyPart(make)
    with pytest.raises(ValueError, match="not yet"):
        part.get()
    assert part.get() == part.get() == "a part"
