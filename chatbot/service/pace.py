"""How fast a model at an endpoint is asked, by any number of callers at once.

Requests in flight grow as long as all goes well, and shrink when the service says that it is too much; a wait that it
asks for is kept by all, to the moment; and while it is down, patient callers ask it again now and then, one at a time.
Nothing is sent from here.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from math import inf

from chatbot.errors import ModelLost, ModelUnreachable
from chatbot.forking import renewed_in_children
from chatbot.service.allowance import MINUTE, Allowances, Rates, Taken

START = 32
"""Requests in flight at first: what hosted services bear. It doubles with every round of answers."""

START_HERE = 8
"""The same for a server on this machine, which mostly has few slots and lets the rest wait."""

SHRINK = 0.7
"""What is left of the limit when the service has had too much."""

STREAK = 10
"""Failures in a row, with no answer between them, after which a service counts as down."""

BREAK = 5
"""Failures in a row, without an answer between them, after which somebody who does not wait is not let in, ..."""

BREAK_SECONDS = 2.0
"""... if they took so long: of many requests at once that many fail by chance."""

BREAK_PAUSE = 10.0
"""Most seconds until one of those is let in again, to see: they may have mended what was wrong."""

RETRY_SHARE = 0.1
"""Most requests that are sent again after failures, as a share of all calls: who fails is not helped by more to do."""

FIRST_RETRIES = 10
"""How many may be sent again while there were few calls."""

UNSEEN = 20.0
"""Seconds after which a service is given up that has never answered: most likely its address is wrong."""

LONG = 2.0
"""Seconds of a wait after which somebody who sits before the screen wonders."""

PAUSES = (0.5, 30.0)
"""Seconds until a service that is down is asked again: at first, and at most; doubling from one to the other."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a caller waits for a service."""

    told: float = 30.0
    """Longest wait, in seconds, that is kept where the service asks for it; a longer one is the user's to decide on."""
    down: float = 0.0
    """Seconds without any answer, waits that were asked for left out, until a service that is down is given up."""


IN_CHAT = Patience()
"""Somebody sits before the screen."""

IN_EVAL = Patience(told=inf, down=600.0)
"""A run that may take hours: caps on its time are its own business."""


@dataclass(slots=True)
class Counts:
    """What was sent to a service, and what became of it: as the service itself would count."""

    calls: int = 0
    """Replies that were wanted."""
    sent: int = 0
    """Requests that may have reached it."""
    retries: int = 0
    """Those of them that were sent again after a failure; not after it was too much at once."""
    answered: int = 0
    throttled: int = 0
    """Refused because it was too much at once."""
    failed: int = 0


@dataclass(slots=True)
class Permit:
    """Leave to have one request in flight; given back by `leave`, whatever came of it."""

    pace: Pace
    epoch: int
    """How often the limit had shrunk before."""
    probes: bool
    """It finds out whether a service that is down is back."""
    taken: Taken
    """Of what is allowed in a minute."""
    heard: bool = False
    """It is known what came of it; otherwise whoever sent it gave up waiting."""
    left: bool = False

    def leave(self) -> None:
        """Lets the next one in."""
        self.pace.leave(self)


@dataclass(slots=True, eq=False)
class _Waiter:
    """Somebody in the queue, on an event loop of their own."""

    loop: asyncio.AbstractEventLoop
    turn: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.turn.set)


class Pace:
    """The pace of one endpoint and model, for any number of callers on any number of event loops.

    name: what errors call the endpoint. start: requests in flight at first. clock: steady, in seconds.
    """

    def __init__(self, name: str, *, start: int = START, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._clock = clock
        self.counts = Counts()
        self._lock = threading.Lock()
        self._waiting: deque[_Waiter] = deque()
        self._in_flight = 0
        self._limit = float(start)
        self._epoch = 0
        self._told = 0.0
        """Nothing is sent before: the service's own word."""
        self._pause = 0.0
        """Patient callers ask a service that is down not before."""
        self._streak = 0
        """Failures since the last answer."""
        self._down = False
        self._pauses = 0
        self._failures = 0
        """Of those, what was no refusal for too much."""
        self._last = 0.0
        """When the last of them came."""
        self._since: float | None = None
        """When the first of those failures came; later by the waits that were asked for."""
        self._probing = False
        self._seen = False
        """It has answered once."""
        self._awaited = False
        """One of those who wait has come since it was last thought well of; what failed before is no wait of theirs."""
        self._reason = ""
        self._room = 0.0
        """Nobody is let in before, since so much was taken of what is allowed; 0 where that is no matter of long."""
        self._allowances = Allowances()
        renewed_in_children(self)

    def inherit(self) -> None:
        """The requests in flight, and those that wait, are not this process's. For `forking`."""
        self._lock = threading.Lock()
        self._waiting.clear()
        self._in_flight, self._probing = 0, False

    def bound(self, rates: Rates) -> None:
        """Keeps what a user allows in a minute, from now on."""
        with self._lock:
            self._allowances.bound(rates)

    @property
    def counts_tokens(self) -> bool:
        """Whether it matters how many tokens a request has."""
        return self._allowances.count_tokens

    @property
    def limit(self) -> int:
        """Most requests in flight at present."""
        return max(1, int(self._limit))

    @property
    def trouble(self) -> str:
        """What callers wait for, in one line; empty where all is well."""
        with self._lock:
            return self._trouble_at(self._clock())

    def _trouble_at(self, now: float) -> str:
        if self._told > now:
            return f"{self.name} asks to wait: {self._told - now:.0f} s more"
        if self._down:
            again = max(self._pause - now, 0.0)
            return f"{self.name} is down, asked again in {again:.0f} s: {self._reason}"
        return f"{self.name} {_full(self._room - now)}" if self._room > now else ""

    @property
    def is_down(self) -> bool:
        """Whether it gives no answers at present."""
        return self._down

    def may_retry(self) -> bool:
        """Whether one more request may be sent again after a failure; it is counted."""
        with self._lock:
            allowed = self.counts.retries < max(FIRST_RETRIES, RETRY_SHARE * self.counts.calls)
            self.counts.retries += allowed
            return allowed

    # --- coming and going ---------------------------------------------------------------------------------------------

    async def enter(self, patience: Patience = IN_CHAT, tokens: int = 0) -> AsyncGenerator[str | Permit, None]:
        """Waits for leave to send a request, which comes last; before it, where that takes long, what is waited for.

        tokens: about as many as it and its reply will have. Raises ModelUnreachable where the service asks for a longer
        wait than the caller has patience for, and ModelLost where it has been down for too long.
        """
        waiter: _Waiter | None = None
        told = False
        try:
            while True:
                with self._lock:
                    now = self._clock()
                    self._check(patience, now)
                    first = not self._waiting or self._waiting[0] is waiter
                    wait = self._wait(patience, tokens, now) if first else inf
                    if wait <= 0:
                        permit = self._admit(patience, tokens, now)
                        break
                    if waiter is None:
                        waiter = _Waiter(asyncio.get_running_loop())
                        self._waiting.append(waiter)
                    waiter.turn.clear()
                    reason = self._waits_for(wait, now)
                if reason and not told:
                    told = True
                    yield reason
                await _either(waiter.turn, wait)
        finally:
            if waiter is not None:
                with self._lock:
                    self._waiting.remove(waiter)
                    self._wake()
                    self._forget_if_alone()
        yield permit

    def leave(self, permit: Permit) -> None:
        """Ends a request; see `Permit.leave`."""
        with self._lock:
            if permit.left:
                return
            permit.left = True
            self._in_flight -= 1
            self._probing = self._probing and not permit.probes
            self._wake()
            if not permit.heard:
                self._forget_if_alone()

    def _check(self, patience: Patience, now: float) -> None:
        if self._told - now > patience.told:
            raise _unsent(
                f"{self.name} asks to wait {self._told - now:.0f} s before the next request", "ask again then"
            )
        if not patience.down and self._is_broken():
            self._break(now)
        if patience.down and not self._awaited:
            if self._down:
                self._forget()
            self._awaited = True
        bound = patience.down if self._seen else min(patience.down, UNSEEN)
        if self._down and patience.down and self._since is not None and now - self._since > bound:
            raise ModelLost(
                f"{self.name} has not answered for {_spoken(now - self._since)}: {self._reason}",
                hint="start again when it is back: what has come is kept",
            )

    def _is_broken(self) -> bool:
        """Whether so much has failed for so long that who does not wait for the service is told so at once."""
        return self._failures >= BREAK and self._since is not None and self._last - self._since >= BREAK_SECONDS

    def _break(self, now: float) -> None:
        """Raises ModelUnreachable, but for one caller after each pause: that one finds out whether it is back."""
        pause = PAUSES[0] * 2.0 ** (self._failures - BREAK)
        again = self._last + min(pause, BREAK_PAUSE) - now
        if again <= 0 and not self._probing:
            return
        assert self._since is not None
        since = time.strftime("%H:%M:%S", time.localtime(time.time() - (now - self._since)))
        when = "it is being tried now" if again <= 0 else f"it is tried again in {max(again, 1):.0f} s"
        raise _unsent(f"{self.name} has not answered since {since}: {self._reason}", when)

    def _wait(self, patience: Patience, tokens: int, now: float) -> float:
        """Seconds until the next one may be let in; infinity where somebody has to leave first."""
        if self._down and patience.down:
            return inf if self._probing else max(self._told, self._pause) - now
        if self._in_flight >= self.limit:
            return inf
        room = self._allowances.wait(tokens, now)
        if room > max(patience.told, MINUTE + 1):  # a minute's allowance is everyday life
            raise _unsent(f"{self.name} {_full(room)}", "ask again then")
        self._room = now + room if room > MINUTE + 1 else 0.0
        return max(self._told - now, room)

    def _waits_for(self, wait: float, now: float) -> str:
        """What somebody waits for, in words; empty where it will not be long, or nobody knows how long."""
        if wait < LONG:
            return ""
        return self._trouble_at(now) or (f"{self.name} {_full(wait)}" if wait < inf else "")

    def _admit(self, patience: Patience, tokens: int, now: float) -> Permit:
        self._in_flight += 1
        probes = self._down if patience.down else self._is_broken()
        self._probing = self._probing or probes
        return Permit(self, self._epoch, probes, self._allowances.take(tokens, now))

    def _wake(self) -> None:
        if self._waiting:
            self._waiting[0].wake()

    # --- what came of it ----------------------------------------------------------------------------------------------

    def answered(self, permit: Permit, *, slow: bool = False) -> None:
        """A reply came. slow: it began so late that the service must have had others to do first."""
        with self._lock:
            self.counts.answered += 1
            permit.heard = True
            self._alive()
            if slow:
                self._shrink(permit)
            elif 2 * self._in_flight >= self._limit:  # else a higher limit would make no difference
                self._limit += 1 / self._limit if self._epoch else 1
                self._wake()

    def told(self, permit: Permit, headers: Mapping[str, str]) -> None:
        """Takes in what a reply's headers say of what is left: less by what was sent since."""
        with self._lock:
            self._allowances.hear(headers, permit.taken, self._clock())
            self._wake()

    def used(self, permit: Permit, tokens: int) -> None:
        """Sets right how many tokens a request and its reply had."""
        if permit.taken.tokens is not None and tokens:
            with self._lock:
                permit.taken.tokens.cost = tokens
                self._wake()

    def refused(self) -> None:
        """The service said no to what was asked: it is there."""
        with self._lock:
            self._alive()

    def throttled(self, permit: Permit, wait: float | None, reason: str) -> None:
        """It was too much. wait: seconds that the service asks to wait; None where it says nothing."""
        with self._lock:
            now = self._clock()
            self.counts.throttled += 1
            permit.heard = True
            self._shrink(permit)
            before = max(self._told, now)
            if wait is not None:
                self._told = max(self._told, now + wait)
            self._trouble(now, reason, later=max(self._told, now) - before)
            if (wait or 0) < 1 and self._streak >= STREAK and (permit.probes or not self._down):
                self._go_down(now)

    def failed(self, permit: Permit, reason: str, *, nobody_there: bool = False) -> None:
        """No reply came, or not all of it. nobody_there: the service could not be reached at all."""
        with self._lock:
            now = self._clock()
            self.counts.failed += 1
            permit.heard = True
            self._failures, self._last = self._failures + 1, now
            self._trouble(now, reason)
            if (nobody_there or self._streak >= STREAK) and (permit.probes or not self._down):
                self._go_down(now)

    def gone(self, reason: str) -> None:
        """Somebody looked, and could not reach the service."""
        with self._lock:
            if not self._down:
                now = self._clock()
                self._trouble(now, reason)
                self._go_down(now)

    def _alive(self) -> None:
        came_back, self._seen = self._down, True
        self._forget()
        if came_back:
            self._limit, self._epoch = float(min(self.limit, START_HERE)), 0
            self._wake()

    def _forget_if_alone(self) -> None:
        """Once nobody waits for the service any more, who comes next may try it at once."""
        if self._down and not self._waiting and not self._in_flight:
            self._forget()

    def _forget(self) -> None:
        """Thinks well of the service."""
        self._down = False
        self._streak = self._failures = self._pauses = 0
        self._since, self._awaited = None, False

    def _trouble(self, now: float, reason: str, *, later: float = 0.0) -> None:
        self._streak += 1
        self._reason = reason
        self._since = (now if self._since is None else self._since) + later

    def _go_down(self, now: float) -> None:
        self._down = True
        first, most = PAUSES
        self._pause = now + random.uniform(0.5, 1.0) * min(first * 2.0**self._pauses, most)
        self._pauses += 1

    def _shrink(self, permit: Permit) -> None:
        """Once for all requests that were in flight together: they all tell of the same crowd."""
        if permit.epoch != self._epoch:
            return
        self._limit = max(1.0, min(self._limit, self._in_flight) * SHRINK)
        self._epoch += 1


def _unsent(message: str, hint: str) -> ModelUnreachable:
    error = ModelUnreachable(message, hint=hint)
    error.billed = False
    return error


async def _either(turn: asyncio.Event, seconds: float) -> None:
    """Waits for the turn, or for the time to pass."""
    try:
        async with asyncio.timeout(None if seconds == inf else seconds):
            await turn.wait()
    except TimeoutError:
        pass


def _full(seconds: float) -> str:
    return f"allows no more for now: {_spoken(seconds)} more"


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
