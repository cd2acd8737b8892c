"""How many go in at once, who waits and for how long, and when a service is given up."""

from __future__ import annotations

import asyncio
import time

import pytest

from chatbot.errors import ModelLost, ModelUnreachable
from chatbot.service.pace import FIRST_RETRIES, IN_EVAL, STREAK, Pace, Patience, Permit, pace_of, troubles


def entered(pace: Pace, count: int) -> list[Permit]:
    async def all_of_them() -> list[Permit]:
        return [await pace.enter() for _ in range(count)]

    return asyncio.run(all_of_them())


def test_as_many_go_in_as_the_limit_says_and_the_others_in_their_order() -> None:
    pace, order = Pace("there", start=2), []

    async def one(number: int) -> None:
        permit = await pace.enter()
        order.append(number)
        assert sum(1 for each in order) - done[0] <= 2
        await asyncio.sleep(0.001)
        done[0] += 1
        permit.leave()

    async def twenty() -> None:
        await asyncio.gather(*(one(number) for number in range(20)))

    done = [0]
    asyncio.run(twenty())
    assert order == list(range(20))


def test_the_limit_doubles_with_every_round_until_it_was_too_much_and_then_grows_by_one() -> None:
    pace = Pace("there", start=4)
    for limit in (8, 16):
        permits = entered(pace, pace.limit)
        for permit in permits:
            pace.answered(permit)
        for permit in permits:
            permit.leave()
        assert pace.limit == limit
    permits = entered(pace, 16)
    pace.throttled(permits[0], None, "too much")
    assert pace.limit == 11
    for permit in permits[1:12]:
        pace.answered(permit)
    assert pace.limit == 12


def test_what_goes_well_at_less_than_the_limit_does_not_raise_it() -> None:
    pace = Pace("there", start=4)
    for _ in range(50):  # one at a time
        (permit,) = entered(pace, 1)
        pace.answered(permit)
        permit.leave()
    assert pace.limit == 4


def test_a_crowd_that_is_turned_away_shrinks_the_limit_once() -> None:
    pace = Pace("there", start=10)
    for permit in entered(pace, 10):
        pace.throttled(permit, None, "too much")
        permit.leave()
    assert pace.limit == 7
    for permit in entered(pace, 7):
        pace.throttled(permit, None, "too much")
        permit.leave()
    assert pace.limit == 4


def test_a_service_that_begins_its_replies_late_has_too_much_to_do() -> None:
    pace = Pace("there", start=10)
    for permit in entered(pace, 10):
        pace.answered(permit, slow=True)
        permit.leave()
    assert pace.limit == 7


def test_a_wait_that_was_asked_for_is_kept_by_all_and_to_the_moment() -> None:
    pace = Pace("there")
    (permit,) = entered(pace, 1)
    before = time.monotonic()
    pace.throttled(permit, 0.2, "too much")
    permit.leave()
    assert "asks to wait" in pace.trouble
    entered(pace, 1)
    assert time.monotonic() - before >= 0.2
    assert pace.trouble == ""


def test_a_wait_beyond_the_callers_patience_is_said_at_once() -> None:
    pace = Pace("there")
    (permit,) = entered(pace, 1)
    pace.throttled(permit, 3600, "too much")
    with pytest.raises(ModelUnreachable, match="asks to wait 3600 s"):
        entered(pace, 1)


def test_a_service_that_is_down_is_asked_by_one_at_a_time_until_it_answers() -> None:
    pace = Pace("there")

    async def watched() -> list[int]:
        first = await pace.enter(IN_EVAL)
        pace.failed(first, "nothing listens", nobody_there=True)
        first.leave()
        assert pace.is_down and "is down" in pace.trouble
        inside: list[int] = []

        async def one(number: int) -> None:
            permit = await pace.enter(IN_EVAL)
            inside.append(number)
            await asyncio.sleep(0.01)
            if number == 0:
                assert inside == [0]
            pace.answered(permit)
            permit.leave()

        await asyncio.gather(*(one(number) for number in range(5)))
        return inside

    assert asyncio.run(watched()) == [0, 1, 2, 3, 4]
    assert not pace.is_down


def test_failures_in_a_row_mean_that_it_is_down_and_one_answer_between_them_that_it_is_not() -> None:
    pace = Pace("there")
    for number in range(2 * STREAK - 1):
        (permit,) = entered(pace, 1)
        if number == STREAK - 1:
            pace.answered(permit)
        else:
            pace.failed(permit, "broken off")
        permit.leave()
        assert not pace.is_down
    (permit,) = entered(pace, 1)
    pace.failed(permit, "broken off")
    assert pace.is_down


def test_a_service_that_stays_down_is_given_up_by_who_waits_for_it() -> None:
    pace, patience = Pace("there"), Patience(down=0.05)

    async def asks() -> None:
        while True:
            permit = await pace.enter(patience)
            pace.failed(permit, "nothing listens", nobody_there=True)
            permit.leave()

    with pytest.raises(ModelLost, match=r"there has not answered for .* nothing listens"):
        asyncio.run(asks())


def test_few_are_sent_again_when_many_fail() -> None:
    pace = Pace("there")
    assert sum(pace.may_retry() for _ in range(50)) == FIRST_RETRIES
    pace.counts.calls = 1_000
    assert sum(pace.may_retry() for _ in range(1_000)) == 100 - FIRST_RETRIES


def test_who_gives_up_waiting_leaves_the_queue() -> None:
    pace = Pace("there", start=1)

    async def turns() -> None:
        first = await pace.enter()
        waiting = [asyncio.ensure_future(pace.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        first.leave()
        (await waiting[1]).leave()
        (await waiting[2]).leave()

    asyncio.run(turns())


def test_all_that_ask_the_same_share_a_pace_on_whichever_loop() -> None:
    one, same, other = pace_of("http://here/v1", "m"), pace_of("http://here/v1", "m"), pace_of("http://here/v1", "n")
    assert one is same and one is not other
    (permit,) = entered(one, 1)
    one.throttled(permit, 60, "too much")
    assert [line for line in troubles() if "http://here/v1" in line]
