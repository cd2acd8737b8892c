"""Whether one call is sent again, and when: what its service said, how often it was sent, and who waits for it.

Nothing is sent from here; the `Pace` is told what came of each request.
"""

from __future__ import annotations

import email.utils
import random
import re
import time
from collections.abc import Mapping

from chatbot.errors import ModelError
from chatbot.service.pace import Pace, Patience, Permit

RETRIES = 2
"""Most times that a request is sent again after failures; after refusals for too much only those count that came since
anybody was answered."""

TOO_MUCH = frozenset({429, 503, 529})
"""Refusals that mean "not so much at once"."""

RETRIED = TOO_MUCH | {500, 502}
"""Refusals that pass, and come before work that would be paid twice. Not 504: there the work may have been done."""


BROKEN = frozenset({408, 504, 520, 521, 522, 523, 524})
"""Refusals of those who stand before a service that gives no answer; 520 and above are Cloudflare's."""


_NUMBER = re.compile(r"\d+(\.\d+)?")

AGES = 1e9
"""Seconds that stand for any longer wait."""


class Tries:
    """The requests of one call. timeout: seconds that one of them may take; all of them together, in a chat."""

    def __init__(self, pace: Pace, patience: Patience, timeout: float) -> None:
        self._pace = pace
        self._patience = patience
        self._timeout = timeout
        self._deadline = 0.0
        self._failures = 0
        self._refusals = 0
        self._answered = 0

    def begin(self, now: float, queued: float) -> float:
        """The deadline of a request that is about to be sent, on the clock that `now` is on.

        queued: seconds that it waited for others of ours, which are not the service's.
        """
        if self._patience.down or not self._deadline:
            self._deadline = now + self._timeout
        else:
            self._deadline += queued
        return self._deadline

    def in_time(self, wait: float | None, now: float) -> bool:
        """Whether it is sent again after this wait: a chat's deadline does not move."""
        return wait is not None and (self._patience.down > 0 or now + wait < self._deadline)

    def after_refusal(
        self, status: int, headers: Mapping[str, str], failure: ModelError, permit: Permit
    ) -> float | None:
        """Seconds until it is sent again, or None. headers: of the refusal, by lower-case name."""
        wait = told_wait(headers)
        if not failure.retryable or status not in RETRIED or headers.get("x-should-retry") == "false":
            if status in BROKEN:
                self._pace.failed(permit, failure.message)
            else:
                self._pace.refused()
            return None
        if status in TOO_MUCH:
            self._pace.throttled(permit, wait, failure.message)
            return self._after_too_much(wait)
        self._pace.failed(permit, failure.message)
        if wait is not None and wait > self._patience.told:
            return None
        return self._after_failure(wait)

    def after_silence(self, failure: ModelError, permit: Permit, *, nobody_there: bool) -> float | None:
        """Seconds until it is sent again, or None. nobody_there: the request never left."""
        self._pace.failed(permit, failure.message, nobody_there=nobody_there)
        if not nobody_there:
            return None
        if self._patience.down:
            return 0.0  # the pace lets one in when it is time, and gives up when it is time for that
        self._failures += 1
        return backoff(self._failures - 1) if self._failures <= RETRIES else None

    def _after_too_much(self, wait: float | None) -> float | None:
        """Waits that were told are kept by the pace, for all."""
        if wait is not None and wait > self._patience.told:
            return None
        answered = self._pace.counts.answered
        self._refusals = 1 if answered != self._answered else self._refusals + 1
        self._answered = answered
        if self._refusals > RETRIES and not self._patience.down:
            return None
        return backoff(min(self._refusals - 1, RETRIES)) if wait is None else wait

    def _after_failure(self, wait: float | None) -> float | None:
        self._failures += 1
        if self._failures > RETRIES or not self._pace.may_retry():
            return None
        return backoff(self._failures - 1) if wait is None else wait


def told_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds, from now on, that a refusal asks to wait; None where it does not, or says nothing that can be read.

    Retry-After has seconds or a date, which counts from the service's own clock where it tells that; OpenAI and Azure
    say it more exactly in retry-after-ms.
    """
    exact, rough = headers.get("retry-after-ms", "").strip(), headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(exact):
        return min(float(exact) / 1000, AGES)
    if _NUMBER.fullmatch(rough):
        return min(float(rough), AGES)
    until, now = _seconds(rough), _seconds(headers.get("date", ""))
    return None if until is None else max(until - (time.time() if now is None else now), 0.0)


def backoff(again: int) -> float:
    """About half a second, then about one: jittered, so that clients that failed together do not come back together."""
    return random.uniform(0.25, 0.5) * (1 << again)


def _seconds(date: str) -> float | None:
    """A date of HTTP in seconds since 1970; None where it is none."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
