"""What is sent again and when: 10,000 calls at a server of which three in ten requests meet a fault."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from random import Random

import pytest
from chat_server import Request, Scene, answers, refuses
from fault_server import IN_RUNS, FaultyServer
from faults.fault import Fault, fault, refused
from faults.refusals import PASSING, THROTTLES
from pacing import let_in

from chatbot.effects import Generate
from chatbot.errors import ModelError, ModelLost, ModelUnreachable
from chatbot.messages import Reply, message
from chatbot.models.fold import fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.service.allowance import Rates
from chatbot.service.endpoints import Endpoint, url_endpoint
from chatbot.service.pace import IN_CHAT, IN_EVAL, STREAK, Counts, Pace, Patience, Permit
from chatbot.service.refusals import refusal
from chatbot.service.retrying import AGES, Tries, told_wait

QUICK_FAULTS = [fault for fault in IN_RUNS if fault.group != "time"]
"""Those that take no time: 10,000 calls would wait long for the others."""

AT_ONCE = 64


def ask_many(server: FaultyServer, calls: int, patience: Patience) -> tuple[list[Reply | ModelError], OpenAIModel]:
    """What came of calls that all ask something else; each caller ends where the service is given up."""
    model = OpenAIModel("m", "m", url_endpoint(server.url, {}), timeout=20.0, prices={}, patience=patience)
    numbers = iter(range(calls))
    came: list[Reply | ModelError] = []

    async def work() -> None:
        for number in numbers:
            try:
                came.append(await fold(model.stream(Generate((message("user", f"{number}?", "user"),)))))
            except ModelError as error:
                came.append(error)
                if isinstance(error, ModelLost):
                    return

    async def at_once() -> None:
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    asyncio.run(at_once())
    return came, model


class MeteredServer(FaultyServer):
    """Counts requests as OpenAI does: a bucket that fills up steadily."""

    def __init__(self, most: int, seconds: float) -> None:
        super().__init__(lambda _: None)
        self.refused = 0
        self._most, self._seconds, self._left, self._at = most, seconds, float(most), time.monotonic()

    def scene(self, request: Request) -> Scene:
        """A refusal where nothing is left."""
        now = time.monotonic()
        self._left, self._at = min(self._most, self._left + (now - self._at) / self._seconds), now
        if self._left < 1:
            self.refused += 1
            return refuses(429, "too much", Retry_After="0.1")
        self._left -= 1
        left = int(self._left)
        headers = {
            "x-ratelimit-limit-requests": str(self._most),
            "x-ratelimit-remaining-requests": str(left),
            "x-ratelimit-reset-requests": f"{round((self._most - left) * self._seconds * 1000)}ms",
        }
        answer = super().scene(request)
        return replace(answer, headers={**answer.headers, **headers})


def three_in_ten(faults: list[Fault], seed: int) -> dict[int, Fault]:
    draw = Random(seed)  # a draw, not a secret
    return {number: draw.choice(faults) for number in range(10_000) if draw.random() < 0.3}


@pytest.mark.parametrize(
    ("calls", "patience"),
    [
        pytest.param(600, IN_CHAT, id="600 in a chat"),
        pytest.param(600, IN_EVAL, id="600 in an eval"),
        pytest.param(10_000, IN_CHAT, id="10,000 in a chat", marks=pytest.mark.slow),
        pytest.param(10_000, IN_EVAL, id="10,000 in an eval", marks=pytest.mark.slow),
    ],
)
def test_faults_are_not_made_worse_by_asking_again(
    calls: int, patience: Patience, figure: Callable[[str], None]
) -> None:
    with FaultyServer(three_in_ten(QUICK_FAULTS, 5).get) as server:
        came, model = ask_many(server, calls, patience)
        throttled = sum(server.met[fault.name] for fault in THROTTLES if fault.name.startswith("429"))
        twice = {number for number, times in Counter(map(str, server.bodies)).items() if times > 1}
        never_again = {str(body) for body, fault in zip(server.bodies, server.order, strict=True) if not_passing(fault)}

    figure(
        f"{calls} calls, three in ten meet a fault: {len(server.requests)} requests, {throttled} of them throttled; "
        f"{(len(server.requests) - throttled) / calls:.3f} times the calls (at most 1.10), {server.early} before their "
        f"Retry-After (0), {len(never_again & twice)} in vain (0), counted {model.pace.counts.sent}"
    )
    assert len(came) == calls
    assert (len(server.requests) - throttled) / calls <= 1.10
    assert model.pace.counts.sent == len(server.requests)
    assert server.early == 0
    assert not never_again & twice


def not_passing(fault: Fault | None) -> bool:
    return fault is not None and not fault.passes


@pytest.mark.parametrize("patience", [IN_CHAT, IN_EVAL], ids=["chat", "eval"])
def test_where_everything_fails_only_a_tenth_is_sent_again(patience: Patience) -> None:
    (failing,) = [fault for fault in PASSING if fault.name == "500"]
    plan = {number: failing for number in range(1_000) if number % 10 < 3}
    with FaultyServer(plan.get) as server:
        ask_many(server, 1_000, patience)
    assert 1_090 <= len(server.requests) <= 1_100


@pytest.mark.parametrize("fault", [fault for fault in THROTTLES if fault.name.startswith("429")], ids=lambda f: f.name)
def test_a_throttle_is_waited_out_by_every_call(fault: Fault) -> None:
    with FaultyServer(dict.fromkeys(range(0, 40, 4), fault).get) as server:
        came, _ = ask_many(server, 40, IN_EVAL)
    assert [each for each in came if isinstance(each, ModelError)] == []
    assert (server.met[fault.name], len(server.requests), server.early) == (10, 50, 0)


def test_what_a_service_says_is_left_is_not_overrun() -> None:
    """A server that lets five in, and one more every twentieth of a second; it refuses what is too much."""
    with MeteredServer(5, 0.05) as server:
        came, _ = ask_many(server, 20, IN_EVAL)
    assert [each for each in came if isinstance(each, ModelError)] == []
    assert server.refused <= 8  # no more than were sent before the first reply told


def test_a_users_bound_on_requests_holds_for_all_models_of_the_endpoint() -> None:
    with FaultyServer(lambda _: None) as server:
        rates = Rates(requests_per_minute=5)
        endpoint = url_endpoint(server.url, {})
        models = [OpenAIModel("m", "m", endpoint, timeout=20.0, prices={}, rates=rates) for _ in range(2)]

        async def ask() -> None:
            asked = (fold(model.stream(Generate((message("user", "1?", "user"),)))) for model in models * 5)
            asking = [asyncio.ensure_future(each) for each in asked]
            while sum(each.done() for each in asking) < 5:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            for each in asking:
                each.cancel()
            outcomes = await asyncio.gather(*asking, return_exceptions=True)
            assert sum(isinstance(each, Reply) for each in outcomes) == 5

        asyncio.run(ask())
        assert len(server.requests) == 5


@pytest.mark.parametrize(
    "scene",
    [refuses(504, "gone"), refuses(500, "gone", Retry_After="0"), answers("<!doctype html>gone", "text/html")],
    ids=["504", "500", "a web page"],
)
def test_a_service_that_answers_nobody_any_more_is_asked_now_and_then_only(scene: Scene) -> None:
    gone = fault("refusal", "gone", scene, refused())
    with FaultyServer(lambda number: gone if number >= 20 else None) as server:
        came, _ = ask_many(server, 1_000, Patience(down=1.0))
    assert sum(isinstance(each, ModelLost) for each in came) == AT_ONCE
    assert len(server.requests) < 20 + 4 * AT_ONCE


class SmallServer(FaultyServer):
    """Answers two at once, and refuses all others."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        self.refused = 0
        self._until: list[float] = []

    def scene(self, request: Request) -> Scene:
        """A refusal where both slots are taken."""
        now = time.monotonic()
        self._until = [until for until in self._until if until > now]
        if len(self._until) >= 2:
            self.refused += 1
            return refuses(503, "server busy")
        self._until.append(now + 0.03)
        return replace(super().scene(request), steps=(0.03, *super().scene(request).steps))


def test_a_level_of_a_tree_that_goes_out_at_once_does_not_overrun_a_small_server() -> None:
    with SmallServer() as server:
        model = OpenAIModel("m", "m", url_endpoint(server.url, {}), timeout=20.0, prices={})

        async def level() -> list[Reply]:
            asked = (fold(model.stream(Generate((message("user", f"{n}?", "user"),)))) for n in range(75))
            return await asyncio.gather(*asked)

        replies = asyncio.run(level())
    assert [reply.text for reply in replies] == [f"It is {2 * n}." for n in range(75)]
    assert server.refused <= 75
    assert model.pace.limit < 8


@pytest.mark.parametrize("header", ["", "soon", "-1", "1e9x", "nan", "Wed, 99 Oct 2015"])
def test_a_wait_that_is_none_is_not_read(header: str) -> None:
    assert told_wait({"retry-after": header, "retry-after-ms": header}) is None
    assert told_wait({}) is None


def test_a_wait_is_read_in_seconds_and_as_a_date() -> None:
    assert told_wait({"retry-after": "2"}) == 2.0
    assert told_wait({"retry-after": "9" * 400}) == AGES
    assert told_wait({"retry-after": " 0.25 "}) == 0.25
    assert told_wait({"retry-after": "2", "retry-after-ms": "1500"}) == 1.5
    assert told_wait({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert told_wait({"retry-after": formatdate(time.time() + 100, usegmt=True)}) == pytest.approx(100, abs=5)


def test_a_date_counts_from_the_services_own_clock() -> None:
    then = {"retry-after": "Wed, 21 Oct 2015 07:28:07 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert told_wait(then) == 7.0


# --- one call ---------------------------------------------------------------------------------------------------------


class OneCall:
    """The requests of one call, and the pace that is told of them."""

    def __init__(self, patience: Patience = IN_CHAT) -> None:
        self.now = 100.0
        self.pace = Pace("there", clock=lambda: self.now)
        self.tries = Tries(self.pace, patience, 20.0)

    def permit(self) -> Permit:
        return asyncio.run(asyncio.wait_for(let_in(self.pace, Patience(told=1e9)), 1.0))

    def refused(self, status: int, **headers: str) -> float | None:
        """What comes of a refusal; headers with _ for -."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        error = refusal(status, "no", Endpoint("http://there/v1"))
        permit = self.permit()
        wait = self.tries.after_refusal(status, said, error, permit)
        permit.leave()
        self.now += wait or 0.0
        return wait

    def silent(self, *, nobody_there: bool) -> float | None:
        permit = self.permit()
        wait = self.tries.after_silence(ModelUnreachable("nothing listens"), permit, nobody_there=nobody_there)
        permit.leave()
        return wait


@pytest.mark.parametrize("patience", [IN_CHAT, IN_EVAL], ids=["chat", "eval"])
@pytest.mark.parametrize("status", [500, 502])
def test_a_failure_is_sent_again_twice_after_longer_pauses(status: int, patience: Patience) -> None:
    call = OneCall(patience)
    first, second, third = (call.refused(status) for _ in range(3))
    assert first is not None and 0.25 <= first <= 0.5
    assert second is not None and 0.5 <= second <= 1.0
    assert third is None
    assert call.pace.counts == Counts(retries=2, failed=3)


def test_only_so_many_of_all_calls_are_sent_again_after_failures() -> None:
    call = OneCall()
    while call.pace.may_retry():
        pass
    assert call.refused(500) is None


@pytest.mark.parametrize(
    ("patience", "asked", "kept"), [(IN_CHAT, 30, True), (IN_CHAT, 31, False), (IN_EVAL, 900, True)]
)
@pytest.mark.parametrize("status", [500, 429])
def test_a_wait_that_is_asked_for_is_kept_or_left_to_the_user(
    status: int, patience: Patience, asked: int, kept: bool
) -> None:
    assert OneCall(patience).refused(status, retry_after=str(asked)) == (asked if kept else None)


@pytest.mark.parametrize("status", [429, 503, 529])
def test_too_much_at_once_is_waited_out_until_it_was_thrice_in_a_row_while_nobody_was_answered(status: int) -> None:
    call = OneCall()
    first, second = call.refused(status), call.refused(status)
    assert first is not None and 0.25 <= first <= 0.5
    assert second is not None and 0.5 <= second <= 1.0
    other = call.permit()
    call.pace.answered(other)
    other.leave()
    third, fourth, fifth = (call.refused(status) for _ in range(3))
    assert third is not None and 0.25 <= third <= 0.5
    assert fourth is not None and fifth is None
    assert call.pace.counts == Counts(answered=1, throttled=5)


def test_who_waits_for_a_service_waits_out_any_number_of_refusals_for_too_much() -> None:
    call = OneCall(IN_EVAL)
    waits = [call.refused(503) for _ in range(9)]
    assert all(wait is not None and 1.0 <= wait <= 2.0 for wait in waits[2:])
    assert call.refused(429, retry_after="40") == 40
    call.now -= 10
    assert call.pace.trouble == "there asks to wait: 10 s more"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 501])
def test_a_refusal_that_will_not_pass_is_sent_once_and_the_service_is_there(status: int) -> None:
    call = OneCall()
    call.pace.gone("nothing listens")
    assert call.refused(status, retry_after="1") is None
    assert not call.pace.is_down and call.pace.counts == Counts()


@pytest.mark.parametrize("status", [408, 504, 520, 521, 522, 523, 524])
def test_a_refusal_by_those_who_stand_before_a_service_is_sent_once_and_counts_as_its_failure(status: int) -> None:
    call = OneCall()
    for _ in range(STREAK):
        assert call.refused(status) is None
    assert call.pace.is_down and call.pace.counts == Counts(failed=STREAK)
    assert str(status) in call.pace.trouble


def test_a_service_may_say_that_asking_again_is_of_no_use() -> None:
    for status in (429, 500):
        assert OneCall().refused(status, x_should_retry="false") is None
        assert OneCall().refused(status, x_should_retry="true") is not None


def test_the_reason_of_failures_is_what_all_are_told() -> None:
    for status in (500, 503):
        call = OneCall(IN_EVAL)
        for _ in range(STREAK):
            call.refused(status)
        assert call.pace.is_down and call.pace.trouble.endswith(f"({status}): no")


def test_a_request_that_was_sent_and_never_answered_is_not_sent_again() -> None:
    for patience in (IN_CHAT, IN_EVAL):
        call = OneCall(patience)
        assert call.silent(nobody_there=False) is None
        assert not call.pace.is_down and call.pace.counts == Counts(failed=1)


def test_one_that_never_left_is_sent_again_twice_in_a_chat_and_when_it_is_time_by_who_waits() -> None:
    chat = OneCall()
    first, second, third = (chat.silent(nobody_there=True) for _ in range(3))
    assert first is not None and 0.25 <= first <= 0.5
    assert second is not None and 0.5 <= second <= 1.0
    assert third is None
    assert chat.pace.is_down and chat.pace.trouble.endswith("nothing listens")
    patient = OneCall(IN_EVAL)
    assert [patient.silent(nobody_there=True) for _ in range(5)] == [0.0] * 5


def test_all_requests_of_a_chat_have_one_deadline_which_waits_for_others_move() -> None:
    tries = OneCall().tries
    assert tries.begin(100.0, 3.0) == 120.0
    assert tries.in_time(5.0, 114.0)
    assert not tries.in_time(5.0, 115.0)
    assert not tries.in_time(None, 100.0)
    assert tries.begin(110.0, 4.0) == 124.0
    assert tries.in_time(5.0, 118.0)


def test_each_request_of_a_run_has_a_deadline_of_its_own() -> None:
    tries = OneCall(IN_EVAL).tries
    assert tries.begin(100.0, 3.0) == 120.0
    assert tries.in_time(500.0, 119.0)
    assert not tries.in_time(None, 100.0)
    assert tries.begin(110.0, 4.0) == 130.0
