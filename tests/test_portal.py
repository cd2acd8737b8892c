import asyncio
import gc
import threading
from contextlib import closing

import pytest

from chatbot import portal
from chatbot.errors import UsageError


def test_a_call_returns_the_coroutines_result() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert portal.call(work()) == 7


def test_an_error_reaches_the_caller() -> None:
    async def work() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        portal.call(work())


def test_an_iteration_yields_all_that_was_shown_and_then_the_error() -> None:
    async def work(show: portal.Callable[[int], None]) -> None:
        show(1)
        await asyncio.sleep(0)
        show(2)
        raise LookupError("enough")

    shown = portal.iterate(work)

    assert [next(shown), next(shown)] == [1, 2]
    with pytest.raises(LookupError, match="enough"):
        next(shown)


def test_leaving_an_iteration_stops_the_work_and_waits_for_its_clean_up() -> None:
    ended = threading.Event()

    async def work(show: portal.Callable[[int], None]) -> None:
        try:
            show(1)
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.set()

    with closing(portal.iterate(work)) as shown:  # type: ignore[type-var]
        assert next(shown) == 1

    assert ended.is_set()


def test_calls_from_many_threads_share_one_loop() -> None:
    async def which() -> int:
        return id(asyncio.get_running_loop())

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(portal.call(which()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_synchronous_code_on_the_background_loop_is_refused_instead_of_waiting_for_itself() -> None:
    async def inner() -> None:
        raise AssertionError("this never runs")

    async def outer() -> None:
        portal.call(inner())

    with pytest.raises(UsageError, match="would wait for itself"):
        portal.call(outer())


def test_an_error_behind_what_was_read_is_not_reported_by_anybody(caplog: pytest.LogCaptureFixture) -> None:
    async def work(show: portal.Callable[[int], None]) -> None:
        show(1)
        raise LookupError("nobody waits for this")

    with closing(portal.iterate(work)) as shown:  # type: ignore[type-var]
        assert next(shown) == 1
        portal.call(asyncio.sleep(0.01))
    del shown
    gc.collect()

    assert caplog.records == []


def test_work_is_carried_to_the_background_loop_from_any_other() -> None:
    async def where() -> int:
        return threading.get_ident()

    async def from_here() -> int:
        return await portal.ferry(where())

    background = portal.call(where())
    assert asyncio.run(from_here()) == background != threading.get_ident()
    assert portal.call(portal.ferry(where())) == background  # from the background loop itself


def test_cancelling_what_waits_cancels_the_work_on_the_background_loop() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def impatient() -> None:
        waiting = asyncio.ensure_future(portal.ferry(work()))
        assert await asyncio.to_thread(begun.wait, 30)
        waiting.cancel()
        await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(impatient())
    assert ended.wait(30)


def test_work_can_be_begun_without_waiting_for_it() -> None:
    async def work() -> str:
        return "done"

    assert portal.begin(work()).result(30) == "done"
    assert not portal.is_background()
