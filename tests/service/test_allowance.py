"""What fits into a minute: as a user sets it, and as a service's headers tell."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.service.allowance import Allowances, Rates, Window, told

COSTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 120).map(lambda quarters: quarters / 4)), max_size=60)
"""What is taken, and the seconds before it; quarters, so that sums of them are exact."""

NAMES = [f"x-ratelimit-{what}-requests" for what in ("limit", "remaining", "reset")]


@given(COSTS, st.integers(40, 120))
def test_no_sixty_seconds_hold_more_than_is_allowed(costs: list[tuple[int, float]], most: int) -> None:
    window, now, taken = Window(most), 0.0, []
    for cost, pause in costs:
        now += pause
        now += window.wait(cost, now)
        assert window.wait(cost, now) <= 0
        window.take(cost, now)
        taken.append((now, cost))
    for end, _ in taken:
        assert sum(cost for at, cost in taken if end - 60 < at <= end) <= most


def test_a_minutes_allowance_may_be_taken_at_once_and_then_not_before_a_minute_is_over() -> None:
    window = Window(3)
    for _ in range(3):
        assert window.wait(1, 100.0) == 0
        window.take(1, 100.0)
    assert window.wait(1, 110.0) == 50.0
    assert window.wait(1, 160.0) == 0


def test_what_is_more_than_a_whole_allowance_goes_alone() -> None:
    window = Window(100)
    window.take(1, 0.0)
    assert window.wait(500, 10.0) == 50.0
    assert Window(100).wait(500, 0.0) == 0


def test_what_a_request_really_took_counts_once_it_is_known() -> None:
    allowances = Allowances()
    allowances.bound(Rates(tokens_per_minute=100))
    taken = allowances.take(90, 0.0)
    assert allowances.wait(50, 1.0) > 0
    assert taken.tokens is not None
    taken.tokens.cost = 10
    assert allowances.wait(50, 1.0) == 0


def test_a_bound_on_requests_counts_each_as_one_and_is_begun_anew_only_where_it_changes() -> None:
    allowances = Allowances()
    allowances.bound(Rates(requests_per_minute=2))
    for _ in range(2):
        assert allowances.wait(5_000, 100.0) == 0
        allowances.take(5_000, 100.0)
    allowances.bound(Rates(requests_per_minute=2))
    assert allowances.wait(0, 130.0) == 30.0
    allowances.bound(Rates(requests_per_minute=3))
    assert allowances.wait(0, 130.0) == 0


def headers(kind: str, limit: str, remaining: str, reset: str) -> dict[str, str]:
    values = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{what}-{kind}": value for what, value in values.items()}


@pytest.mark.parametrize(
    ("reset", "rate"),
    [
        ("6m0s", 1 / 6),
        ("60s", 1),
        ("120ms", 500),
        ("1m", 1),
        ("60", 1),
        ("1h", 1 / 60),
        ("24h", 1 / 1440),
        ("soon", 100 / 60),
        ("5s or so", 100 / 60),
    ],
)
def test_a_service_says_what_is_left_and_how_fast_it_comes_back(reset: str, rate: float) -> None:
    bucket = told(headers("requests", "100", "40", reset), "requests", 0.0)
    assert bucket is not None
    assert bucket.rate == pytest.approx(rate)
    assert bucket.wait(30, 0.0) == bucket.wait(40, 0.0) == 0
    assert bucket.wait(50, 0.0) == pytest.approx(10 / rate)


@pytest.mark.parametrize(
    ("limit", "remaining"), [("", "5"), ("5", ""), ("0", "0"), ("5", "6"), ("x", "1"), ("5", "-1")]
)
def test_headers_that_say_too_little_say_nothing(limit: str, remaining: str) -> None:
    assert told(headers("tokens", limit, remaining, "1s"), "tokens", 0.0) is None


def test_what_was_sent_since_is_not_yet_in_what_the_service_says_is_left() -> None:
    allowances = Allowances()
    first = allowances.take(0, 0.0)
    allowances.hear(headers("requests", "10", "9", "6s"), first, 0.0)
    sent = [allowances.take(0, 0.0) for _ in range(9)]
    allowances.hear(headers("requests", "10", "8", "12s"), sent[0], 0.0)  # of the nine the service has seen one
    assert allowances.wait(0, 0.0) == pytest.approx(6.0)
    allowances.hear({}, sent[1], 0.0)
    assert allowances.wait(0, 6.0) == pytest.approx(0.0)


def test_tokens_that_a_service_says_are_left_are_used_up_by_requests_of_their_length_and_come_back() -> None:
    allowances = Allowances()
    first = allowances.take(500, 20.0)
    allowances.take(30, 20.0)  # the service has not seen it yet
    allowances.hear(headers("tokens", "100", "50", "50s"), first, 20.0)
    assert allowances.count_tokens
    assert allowances.wait(20, 20.0) == 0
    assert allowances.wait(30, 20.0) == pytest.approx(10.0)
    assert allowances.wait(30, 25.0) == pytest.approx(5.0)
    allowances.take(20, 25.0)
    assert allowances.wait(30, 25.0) == pytest.approx(25.0)


@pytest.mark.parametrize(
    ("remaining", "reset"), [("0", ""), ("100", ""), ("100", "6m0s"), ("0", "0s"), ("0", "86401"), ("0", "24h1s")]
)
def test_where_nothing_tells_how_fast_it_comes_back_it_comes_back_in_a_minute(remaining: str, reset: str) -> None:
    said = {name: value for name, value in headers("requests", "100", remaining, reset).items() if value}
    bucket = told(said, "requests", 0.0)
    assert bucket is not None
    assert bucket.left == float(remaining)
    assert bucket.rate == pytest.approx(100 / 60)


NUMBERS = st.from_regex(r"[0-9]{1,400}(\.[0-9]{1,400})?(ms|s|m|h)?", fullmatch=True)


@given(
    st.dictionaries(
        st.sampled_from([f"x-ratelimit-{w}-requests" for w in ("limit", "remaining", "reset")]), st.text() | NUMBERS
    )
)
@example(dict(zip(NAMES, ["9" * 400, "9" * 400, "1s"], strict=True)))
@example(dict(zip(NAMES, ["10", "0", "9" * 400], strict=True)))
@example(dict(zip(NAMES, [f"0.{'0' * 320}1", "0", "1h"], strict=True)))
def test_headers_of_any_text_do_no_harm(given_headers: dict[str, str]) -> None:
    bucket = told(given_headers, "requests", 0.0)
    assert bucket is None or 0 <= bucket.wait(1, 0.0) < inf
