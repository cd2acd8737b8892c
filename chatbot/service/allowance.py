"""What a service allows in a minute: requests and tokens, as the user sets them or as the service's replies tell.

Pure: time goes in as seconds of any steady clock. Nothing waits here; how long to wait is said.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE = 60.0

LONGEST_RESET = 86_400.0
"""Seconds: services count requests and tokens of a minute or of a day. What is said to take longer is not believed."""

_NUMBER = r"\d{1,12}(?:\.\d{1,12})?"  # nothing that a float cannot hold, or that divides to nothing
_PARTS = re.compile(rf"({_NUMBER})(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class Rates:
    """Bounds that a user sets for each endpoint and model; 0 for none."""

    requests_per_minute: int = 0
    tokens_per_minute: int = 0


@dataclass(slots=True)
class Entry:
    """Something that was taken. Its cost may be set right once it is known."""

    at: float
    cost: float


@dataclass(slots=True)
class Window:
    """At most so much in any sixty seconds, wherever they begin: what a service counts by the clock fits as well."""

    most: float
    _entries: deque[Entry] = field(default_factory=deque)

    def wait(self, cost: float, now: float) -> float:
        """Seconds until it fits. What is more than a whole minute's allowance fits where nothing else was taken."""
        while self._entries and self._entries[0].at <= now - MINUTE:
            self._entries.popleft()
        over = sum(each.cost for each in self._entries) + min(cost, self.most) - self.most
        for each in self._entries:
            if over <= 0:
                return 0.0
            over -= each.cost
            if over <= 0:
                return each.at + MINUTE - now
        return 0.0

    def take(self, cost: float, now: float) -> Entry:
        """Counts it."""
        entry = Entry(now, cost)
        self._entries.append(entry)
        return entry


@dataclass(slots=True)
class Bucket:
    """What is left by a service's own count, which fills up again steadily."""

    most: float
    left: float
    rate: float
    """What comes back in a second; more than nothing."""
    at: float
    """When it held `left`."""

    def wait(self, cost: float, now: float) -> float:
        """Seconds until it fits."""
        lacking = min(cost, self.most) - self._level(now)
        return max(0.0, lacking / self.rate)

    def take(self, cost: float, now: float) -> None:
        """Counts it."""
        self.left, self.at = self._level(now) - cost, now

    def _level(self, now: float) -> float:
        return min(self.most, self.left + self.rate * (now - self.at))


def told(headers: Mapping[str, str], kind: str, now: float) -> Bucket | None:
    """What a reply's headers say of `requests` or `tokens`; None where they say too little.

    OpenAI (https://platform.openai.com/docs/guides/rate-limits), Azure, Groq and vLLM's gateways send
    x-ratelimit-limit-KIND, -remaining-KIND and -reset-KIND, the last being the time until nothing is missing.
    """
    most, left = (_number(headers.get(f"x-ratelimit-{what}-{kind}", "")) for what in ("limit", "remaining"))
    if most is None or left is None or not 0 <= left <= most or most == 0:
        return None
    reset = _span(headers.get(f"x-ratelimit-reset-{kind}", ""))
    believed = reset is not None and 0 < reset <= LONGEST_RESET and left < most
    rate = (most - left) / reset if reset and believed else most / MINUTE
    return Bucket(most, left, rate, now)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(_NUMBER, text.strip()) else None


def _span(text: str) -> float | None:
    """Seconds of `6m0s`, `120ms` or `1.5`."""
    text = text.strip()
    if (seconds := _number(text)) is not None:
        return seconds
    parts = _PARTS.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one request took."""

    tokens: Entry | None
    """Of the user's allowance."""
    so_far: Mapping[str, float]
    """By all requests up to this one."""


@dataclass(slots=True)
class Allowances:
    """All that holds for one endpoint and model."""

    windows: dict[str, Window] = field(default_factory=dict)
    """What the user allows, of requests and of tokens."""
    buckets: dict[str, Bucket] = field(default_factory=dict)
    """What the service says it allows."""
    so_far: dict[str, float] = field(default_factory=lambda: {"requests": 0.0, "tokens": 0.0})
    """Taken by all requests."""

    @property
    def count_tokens(self) -> bool:
        """Whether it matters how many tokens a request has."""
        return "tokens" in self.windows or "tokens" in self.buckets

    def bound(self, rates: Rates) -> None:
        """Keeps what a user allows, from now on."""
        for kind, most in (("requests", rates.requests_per_minute), ("tokens", rates.tokens_per_minute)):
            if most and (kind not in self.windows or self.windows[kind].most != most):
                self.windows[kind] = Window(most)

    def wait(self, tokens: int, now: float) -> float:
        """Seconds until a request fits that is about so long, its reply included."""
        waits = [each.wait(_cost(kind, tokens), now) for kind, each in self.windows.items()]
        return max([0.0, *waits, *(each.wait(_cost(kind, tokens), now) for kind, each in self.buckets.items())])

    def take(self, tokens: int, now: float) -> Taken:
        """Counts a request."""
        for kind, bucket in self.buckets.items():
            bucket.take(_cost(kind, tokens), now)
        for kind in self.so_far:
            self.so_far[kind] += _cost(kind, tokens)
        entries = {kind: window.take(_cost(kind, tokens), now) for kind, window in self.windows.items()}
        return Taken(entries.get("tokens"), dict(self.so_far))

    def hear(self, headers: Mapping[str, str], taken: Taken, now: float) -> None:
        """Takes in what a reply's headers say is left: less by what was sent after its request."""
        for kind in ("requests", "tokens"):
            if bucket := told(headers, kind, now):
                bucket.left -= self.so_far[kind] - taken.so_far[kind]
                self.buckets[kind] = bucket


def _cost(kind: str, tokens: int) -> int:
    return tokens if kind == "tokens" else 1
