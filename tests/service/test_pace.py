"""How many go in at once, who waits and for how long, and when a service is given up."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import aclosing

import pytest
from pacing import let_in

from chatbot.errors import ModelLost, ModelUnreachable
from chatbot.service.allowance import Rates
from chatbot.service.pace import (
    BREAK,
    BREAK_SECONDS,
    FIRST_RETRIES,
    IN_CHAT,
    IN_EVAL,
    PAUSES,
    START,
    START_HERE,
    STREAK,
    UNSEEN,
    Counts,
    Pace,
    Patience,
    Permit,
)


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def is_let_in(pace: Pace, patience: Patience = IN_EVAL, tokens: int = 0) -> Permit | None:
    """Leave to send, if there is any without waiting."""

    async def at_once() -> Permit | None:
        try:
            return await asyncio.wait_for(let_in(pace, patience, tokens), 0.02)
        except TimeoutError:
            return None

    return asyncio.run(at_once())


def fails(pace: Pace, permit: Permit | None, reason: str = "broken off", *, nobody_there: bool = False) -> None:
    assert permit is not None
    pace.failed(permit, reason, nobody_there=nobody_there)
    permit.leave()


def told_of(pace: Pace) -> ModelUnreachable:
    """What somebody is told who does not wait."""
    with pytest.raises(ModelUnreachable) as caught:
        is_let_in(pace, Patience())
    assert not caught.value.billed and caught.value.hint
    return caught.value


def entered(pace: Pace, count: int) -> list[Permit]:
    async def all_of_them() -> list[Permit]:
        return [await let_in(pace) for _ in range(count)]

    return asyncio.run(all_of_them())


def test_as_many_go_in_as_the_limit_says_and_the_others_in_their_order() -> None:
    pace, order = Pace("there", start=2), []

    async def one(number: int) -> None:
        permit = await let_in(pace)
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
    entered(pace, 1)
    assert time.monotonic() - before >= 0.2
    assert pace.trouble == ""


def test_a_wait_beyond_the_callers_patience_is_said_at_once() -> None:
    pace = Pace("there")
    (permit,) = entered(pace, 1)
    pace.throttled(permit, 3600, "too much")
    with pytest.raises(ModelUnreachable, match="asks to wait 3600 s") as caught:
        entered(pace, 1)
    assert not caught.value.billed and caught.value.hint


def test_a_service_that_is_down_is_asked_by_one_at_a_time_until_it_answers() -> None:
    pace = Pace("there")

    async def watched() -> list[int]:
        first = await let_in(pace, IN_EVAL)
        pace.failed(first, "nothing listens", nobody_there=True)
        first.leave()
        assert pace.is_down and "is down" in pace.trouble
        inside: list[int] = []

        async def one(number: int) -> None:
            permit = await let_in(pace, IN_EVAL)
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
            permit = await let_in(pace, patience)
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
        first = await let_in(pace)
        waiting = [asyncio.ensure_future(let_in(pace)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        first.leave()
        (await waiting[1]).leave()
        (await waiting[2]).leave()

    asyncio.run(turns())


def test_who_does_not_wait_is_told_at_once_when_much_has_failed_for_long_but_for_one_after_each_pause() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    clock.now = 100.0
    for _ in range(BREAK):
        fails(pace, is_let_in(pace, Patience()))
        clock.now += BREAK_SECONDS / (BREAK - 1)
    clock.now -= BREAK_SECONDS / (BREAK - 1)
    assert is_let_in(pace) is not None  # who waits for it
    for pause in (0.5, 1, 2, 4, 8, 10, 10):
        began = time.time() - (clock.now - 100.0)
        said = told_of(pace)
        spoken = {time.strftime("%H:%M:%S", time.localtime(began + late)) for late in range(60)}
        assert str(said.message) in {f"there has not answered since {when}: broken off" for when in spoken}
        assert said.hint == f"it is tried again in {max(pause, 1)} s"
        clock.now += pause - 0.25
        told_of(pace)
        clock.now += 0.25
        permit = is_let_in(pace, Patience())
        assert told_of(pace).hint == "it is being tried now"
        fails(pace, permit)
    clock.now += 10
    back = is_let_in(pace, Patience())
    assert back is not None
    pace.answered(back)
    assert all(is_let_in(pace, Patience()) for _ in range(5))


@pytest.mark.parametrize(("failures", "seconds"), [(BREAK - 1, 60.0), (STREAK - 1, 0.0)])
def test_few_failures_and_many_at_once_are_no_reason_to_turn_anybody_away(failures: int, seconds: float) -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    for _ in range(failures):
        fails(pace, is_let_in(pace, Patience()))
        clock.now += seconds
    assert is_let_in(pace, Patience()) is not None


@pytest.mark.parametrize(("answered", "bound", "spoken"), [(False, UNSEEN, "20 s"), (True, 600.0, "10 minutes")])
def test_a_service_that_never_answered_is_given_up_sooner(answered: bool, bound: float, spoken: str) -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    permit = is_let_in(pace)
    assert permit is not None
    if answered:
        pace.answered(permit)
        permit.leave()
        permit = is_let_in(pace)
    fails(pace, permit, "nothing listens", nobody_there=True)
    clock.now += bound
    fails(pace, is_let_in(pace), "nothing listens", nobody_there=True)
    clock.now += 0.25
    with pytest.raises(ModelLost, match=f"there has not answered for {spoken}: nothing listens") as caught:
        is_let_in(pace)
    assert caught.value.hint


def test_waits_that_a_service_asks_for_do_not_count_towards_giving_it_up() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    patience = Patience(told=1e9, down=15.0)
    assert is_let_in(pace, patience) is not None  # and stays
    fails(pace, is_let_in(pace, patience), nobody_there=True)
    clock.now = 1.0
    permit = is_let_in(pace, patience)
    assert permit is not None
    pace.throttled(permit, 40.0, "loading")
    permit.leave()
    assert is_let_in(pace, patience) is None
    clock.now = 54.0  # forty of them were asked for
    permit = is_let_in(pace, patience)
    assert permit is not None
    permit.leave()
    clock.now = 56.0
    with pytest.raises(ModelLost, match="for 16 s: loading"):
        is_let_in(pace, patience)


def test_a_service_that_is_down_is_asked_again_after_pauses_that_double() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    stays = is_let_in(pace)
    assert stays is not None
    pace.answered(stays)
    for number in range(12):
        fails(pace, is_let_in(pace), "nothing listens", nobody_there=True)
        pause = min(PAUSES[0] * 2**number, PAUSES[1])
        said = re.fullmatch(r"there is down, asked again in (\d+) s: nothing listens", pace.trouble)
        assert said is not None
        assert pause / 2 - 0.5 <= int(said[1]) <= pause + 0.5
        if pause > 1:
            clock.now += pause / 2 - 0.01
            assert is_let_in(pace) is None
        clock.now += pause


@pytest.mark.parametrize(
    ("wait", "down"), [(None, True), (0.0, True), (0.75, True), (1.0, False), (5.0, False)], ids=str
)
def test_one_that_refuses_everybody_counts_as_down_unless_it_says_when(wait: float | None, down: bool) -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    for _ in range(STREAK):
        assert not pace.is_down
        permit = is_let_in(pace)
        assert permit is not None
        pace.throttled(permit, wait, "too much")
        permit.leave()
        clock.now += wait or 0
    assert pace.is_down == down
    assert pace.trouble.endswith(": too much") == down


def test_a_crowd_that_fails_together_fails_once() -> None:
    pace = Pace("there", clock=Clock())
    permits = [permit for _ in range(20) if (permit := is_let_in(pace)) is not None]
    for permit in permits[:10]:
        fails(pace, permit, nobody_there=True)
    for permit in permits[10:]:
        pace.throttled(permit, None, "too much")
        permit.leave()
    pace.gone("nothing listens")
    assert re.search(r"asked again in [01] s", pace.trouble)
    assert pace.counts == Counts(throttled=10, failed=10)


def test_whoever_looked_and_found_nobody_there_tells_all_the_others() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    pace.gone("nothing listens")
    assert pace.is_down and pace.trouble.endswith("nothing listens")
    assert is_let_in(pace, Patience()) is not None  # who does not wait finds out
    clock.now += 1
    assert is_let_in(pace) is not None


def test_a_service_that_is_back_is_asked_by_few_first_who_soon_become_many() -> None:
    clock = Clock()
    pace = Pace("there", start=START, clock=clock)
    permits = entered(pace, START)
    pace.throttled(permits[0], None, "too much")
    for permit in permits:
        fails(pace, permit, nobody_there=True)
    clock.now += 1
    for _ in range(30):
        pace.answered(permits[0])
    assert not pace.is_down
    for _ in range(START_HERE):
        assert is_let_in(pace) is not None
    assert is_let_in(pace) is None
    pace.answered(permits[0])
    assert is_let_in(pace) is not None
    assert pace.counts.answered == 31


def test_the_limit_grows_where_half_of_it_is_used_and_never_falls_below_one() -> None:
    for start, limit in ((4, 5), (6, 6)):
        pace = Pace("there", start=start)
        permits = entered(pace, 2)
        pace.answered(permits[0])
        assert pace.limit == limit
    pace = Pace("there", start=1)
    (permit,) = entered(pace, 1)
    pace.throttled(permit, None, "too much")
    permit.leave()
    assert pace.limit == 1 and len(entered(pace, 1)) == 1


def test_who_waits_for_a_service_is_bound_by_the_limit_as_well() -> None:
    pace = Pace("there", start=2)
    first, second = is_let_in(pace), is_let_in(pace)
    assert first is not None and second is not None
    first.leave()
    first.leave()  # again
    assert is_let_in(pace) is not None
    assert is_let_in(pace) is None


def while_one_looks() -> tuple[Pace, Permit, Permit]:
    """A service that is down, an older request to it, and the one that finds out whether it is back."""
    clock = Clock()
    pace = Pace("there", clock=clock)
    old, failed = is_let_in(pace), is_let_in(pace)
    fails(pace, failed, nobody_there=True)
    clock.now += 1
    looks = is_let_in(pace)
    assert old is not None and looks is not None
    return pace, old, looks


def test_only_the_end_of_the_one_that_looks_lets_the_next_one_look() -> None:
    pace, old, looks = while_one_looks()
    old.leave()
    assert is_let_in(pace) is None
    looks.leave()
    assert is_let_in(pace) is not None


def test_when_all_who_waited_have_gone_the_next_one_may_try() -> None:
    pace = Pace("there", clock=Clock())
    one, other = is_let_in(pace), is_let_in(pace)
    fails(pace, one, nobody_there=True)
    assert is_let_in(pace) is None
    assert pace.is_down  # another is still in flight
    fails(pace, other)
    assert is_let_in(pace) is None
    assert not pace.is_down
    assert is_let_in(pace) is not None


def test_when_the_last_who_waited_gives_up_in_the_middle_of_a_request_the_next_one_may_try() -> None:
    pace, old, looks = while_one_looks()
    looks.leave()
    assert pace.is_down  # an older request may still be answered
    old.leave()
    assert not pace.is_down


def test_a_service_that_fails_one_who_asks_it_alone_stays_down() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    patience = Patience(down=UNSEEN - 1)
    for _ in range(3):
        fails(pace, is_let_in(pace, patience), nobody_there=True)
        assert pace.is_down
        clock.now += 8
    with pytest.raises(ModelLost, match="has not answered for 24 s"):
        is_let_in(pace, patience)


@pytest.mark.parametrize("seen", [True, False])
def test_how_long_it_failed_others_who_did_not_wait_is_not_held_against_it(seen: bool) -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    if seen:
        (permit,) = entered(pace, 1)
        pace.answered(permit)
        permit.leave()
    fails(pace, is_let_in(pace, Patience()), nobody_there=True)
    clock.now += 3600
    fails(pace, is_let_in(pace, Patience(down=200.0)), nobody_there=True)
    assert pace.is_down
    clock.now += 1
    assert is_let_in(pace, Patience(down=200.0)) is not None


def test_somebody_who_still_waits_keeps_a_service_down() -> None:
    async def waits() -> bool:
        pace = Pace("there", clock=Clock())
        permit = await let_in(pace, IN_EVAL)
        pace.failed(permit, "nothing listens", nobody_there=True)
        permit.leave()
        waiting = [asyncio.ensure_future(let_in(pace, IN_EVAL)) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
        down = pace.is_down
        waiting[1].cancel()
        await asyncio.wait(waiting)
        return down

    assert asyncio.run(waits())


def test_what_a_user_allows_in_a_minute_is_kept() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    assert not pace.counts_tokens
    pace.bound(Rates(requests_per_minute=3, tokens_per_minute=100))
    assert pace.counts_tokens
    long = is_let_in(pace, tokens=90)
    assert long is not None and is_let_in(pace, tokens=20) is None
    pace.used(long, 0)  # the service does not tell
    assert is_let_in(pace, tokens=20) is None
    pace.used(long, 50)
    assert is_let_in(pace, tokens=20) is not None
    assert is_let_in(pace) is not None
    assert is_let_in(pace) is None
    clock.now += 60
    assert is_let_in(pace) is not None


def test_what_a_service_says_is_left_is_kept() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    clock.now = 50.0
    permit = is_let_in(pace)
    assert permit is not None
    said = {
        f"x-ratelimit-{what}-requests": value for what, value in (("limit", "5"), ("remaining", "1"), ("reset", "8s"))
    }
    pace.told(permit, said)
    pace.used(permit, 7)  # of which no tokens are counted
    assert is_let_in(pace) is not None
    assert is_let_in(pace) is None
    clock.now += 2
    assert is_let_in(pace) is not None


def left(pace: Pace, limit: int, reset: str) -> Permit:
    """Somebody is let in, and told that nothing is left of so much until then."""
    permit = is_let_in(pace)
    assert permit is not None
    what = {"limit": f"{limit}", "remaining": "0", "reset": reset}
    pace.told(permit, {f"x-ratelimit-{each}-requests": value for each, value in what.items()})
    return permit


def first_step(pace: Pace, patience: Patience) -> str | Permit:
    """What somebody hears first who comes in."""

    async def comes_in() -> str | Permit:
        async with aclosing(pace.enter(patience)) as steps:
            return await anext(steps)

    return asyncio.run(asyncio.wait_for(comes_in(), 60))


@pytest.mark.parametrize("patience", [IN_CHAT, IN_EVAL], ids=["chat", "eval"])
def test_whoever_waits_long_is_told_what_for(patience: Patience) -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    permit = left(pace, 1, "1m")
    assert first_step(pace, patience) == "there allows no more for now: 60 s more"
    assert pace.trouble == ""  # which is everyday life
    clock.now += 58.5
    assert is_let_in(pace, patience) is None  # and nothing is said of it any more
    clock.now += 1.5
    assert isinstance(first_step(pace, patience), Permit)
    pace.throttled(permit, 20.0, "too much")
    assert first_step(pace, patience) == "there asks to wait: 20 s more"


def test_what_a_service_says_is_left_is_not_waited_for_without_end() -> None:
    pace = Pace("there", clock=Clock())
    left(pace, 1, "8h")
    assert str(told_of(pace)) == "there allows no more for now: 480 minutes more (ask again then)"
    assert first_step(pace, IN_EVAL) == "there allows no more for now: 480 minutes more"
    assert pace.trouble == "there allows no more for now: 480 minutes more"
    left(other := Pace("there", clock=Clock()), 1, "99999h")  # which is not believed
    assert first_step(other, IN_CHAT) == "there allows no more for now: 60 s more"


def test_a_wait_as_long_as_the_patience_is_kept() -> None:
    clock = Clock()
    pace = Pace("there", clock=clock)
    permit = is_let_in(pace)
    assert permit is not None
    pace.throttled(permit, Patience().told, "too much")
    permit.leave()
    assert is_let_in(pace, Patience()) is None
    assert pace.trouble == "there asks to wait: 30 s more"
    clock.now += Patience().told
    assert pace.trouble == ""
    assert is_let_in(pace, Patience()) is not None


def test_in_a_fork_nothing_is_in_flight_and_somebody_may_look_whether_a_service_is_back() -> None:
    pace = Pace("there", start=2)
    for _ in range(2):
        assert is_let_in(pace) is not None and is_let_in(pace) is not None
        assert is_let_in(pace) is None
        pace.inherit()
    clock = Clock()
    pace = Pace("there", clock=clock)
    assert is_let_in(pace) is not None  # and stays
    fails(pace, is_let_in(pace), nobody_there=True)
    clock.now += 1
    assert is_let_in(pace) is not None
    assert is_let_in(pace) is None
    pace.inherit()
    assert pace.is_down
    looks = is_let_in(pace)
    assert looks is not None and looks.probes
