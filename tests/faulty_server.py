"""A chat server that throttles, fails, stalls and lies, in more than twenty ways, and knows what must come of each.

It answers sums rightly. Which requests meet a fault, and which one, a `plan` says; a fault that passes is met once, and
the same request is answered when it comes again.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from chat_server import DONE, SILENT, ChatServer, Request, Scene, answers, delta, event, refuses, says, streams, usage

from chatbot.evaluation.endings import Ending

STALL = 30.0
"""Seconds for which a server that stalls says nothing: more than any client of these tests waits."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    kind: str
    scene: Scene
    ending: Ending = "error"
    """What the reply counts as, as long as the fault is there."""
    reason: str = ""
    """What the cell's reason says."""
    passes: bool = False
    """The client sends the request again, and gets its answer."""
    throttles: bool = False
    """It says "not so much at once"."""


def _cut(*steps: bytes) -> Scene:
    return streams(*steps, end="cut")


def _passing(kind: str, status: int, *, throttles: bool, **headers: str) -> Fault:
    return Fault(kind, refuses(status, "later", **headers), "whole", passes=True, throttles=throttles)


def _refusing(status: int, reason: str) -> Fault:
    return Fault(f"refused with {status}", refuses(status, "not this one"), reason=reason)


A_LITTLE = {"Retry_After": "0.05"}

THROTTLES = (
    _passing("429 and a wait", 429, throttles=True, **A_LITTLE),
    _passing("429 and no word of when", 429, throttles=True),
    _passing("429 and a date that has passed", 429, throttles=True, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
    _passing("429 and a wait that is none", 429, throttles=True, Retry_After="soon"),
    _passing("503 and a wait", 503, throttles=True, **A_LITTLE),
    _passing("529", 529, throttles=True, **A_LITTLE),
)

FAILURES = (
    _passing("500", 500, throttles=False, **A_LITTLE),
    _passing("502 with a web page", 502, throttles=False, **A_LITTLE),
    Fault("504", refuses(504, "too slow"), reason="failed (504)"),
    *(_refusing(status, "refuses the request") for status in (400, 404, 405, 415, 422)),
    *(_refusing(status, "failed (") for status in (409, 501)),
    _refusing(403, "asks for a key"),
    _refusing(413, "refuses the request"),
    Fault("cut before a word", Scene(head=(), end="cut"), reason="broke the connection off"),
    Fault(
        "cut in its headers", Scene(head=(b"HTTP/1.1 200 OK\r\nCont",), end="cut"), reason="broke the connection off"
    ),
    Fault("cut in its words", _cut(delta(content="The sum")), reason="broke the connection off"),
    Fault("cut in an event", _cut(delta(content="The"), b"data: {"), reason="broke the connection off"),
)

STALLS = (
    Fault("silent", SILENT, reason="gave no whole reply within"),
    Fault("stalls in its words", streams(delta(content="The"), STALL, DONE), reason="gave no whole reply within"),
    Fault("drips comments", streams(*[b": ping\n\n", 0.05] * 600, DONE), reason="gave no whole reply within"),
    Fault("drips words", streams(*[delta(content="a"), 0.05] * 600, DONE), reason="gave no whole reply within"),
)

NO_UTF_8 = b'data: {"choices": [{"delta": {"content": "\xff {sum}"}}]}\n\n'

LIES = (
    Fault("a web page", answers("<!doctype html><p>Welcome", "text/html"), reason="answered with a web page"),
    Fault("no JSON", answers("{nope"), reason="is not JSON"),
    Fault("no choices", answers({"choices": []}), reason="holds no answer"),
    Fault("an event that is no JSON", streams(delta(content="a"), event("{nope")), reason="is not JSON"),
    Fault("an error among the words", streams(delta(content="a"), event({"error": "out of memory"})), reason="memory"),
    Fault("a number for a text", streams(event({"choices": [{"delta": {"content": 5}}]})), reason="is not text"),
    Fault("an endless line", streams(b"data: " + b"x" * (2 << 20)), reason="longer than"),
    Fault("a redirect", replace(refuses(307), headers={"Location": "http://127.0.0.1:9/v1"}), reason="redirects"),
    Fault("an end without a reason", streams(delta(content="The"), DONE), "truncated", "stream ended without a reason"),
    Fault("an end in the middle", streams(delta(content="The"), end="close"), "truncated", "ended without a reason"),
    Fault("a reason nobody knows", says("The", finish="because"), "truncated", "stream ended without a reason"),
    Fault("cut at the token limit", says("The", finish="length"), "length", "reached the token limit"),
    Fault("withheld", says("The", finish="content_filter"), "filtered", "declined"),
    Fault("nothing", says(""), "empty", "the reply"),
    Fault("no usage", streams(delta(content="It is {sum}."), delta("stop"), DONE), "whole"),
    Fault("a usage below nothing", streams(delta(content="It is {sum}."), delta("stop"), usage(-1, -1), DONE), "whole"),
    Fault("invalid bytes", streams(NO_UTF_8, delta("stop"), DONE), "whole"),
    Fault("an answer before it breaks", _cut(delta(content="It is {sum}."), delta("stop")), "whole"),
)

FAULTS = (*THROTTLES, *FAILURES, *STALLS, *LIES)

Plan = Callable[[int], Fault | None]
"""The fault that the request with this number meets; None for none. Counted are requests that are not sent again."""


class FaultyServer(ChatServer):
    """Answers `N + N?` with the sum, unless the plan says otherwise."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._seen: dict[str, Fault | None] = {}
        self.order: list[Fault | None] = []
        """What each request met."""
        self.met: Counter[str] = Counter()
        """Faults that were met, by their kind."""
        self.faults: dict[str, Fault] = {}
        """The fault that each question met."""
        self.early = 0
        """Requests that came again before the time that they were told."""
        self._not_before: dict[str, float] = {}

    def scene(self, request: Request) -> Scene:
        """What the plan says."""
        key = json.dumps(request.body["messages"])
        question = str(request.body["messages"][-1]["content"])  # type: ignore[index]
        self.early += time.monotonic() < self._not_before.get(key, 0.0)
        if key not in self._seen:
            self._seen[key] = fault = self._plan(len(self._seen))
        else:
            fault = self._seen[key]
            fault = None if fault is None or fault.passes else fault
        number = int(re.findall(r"\d+", question)[-1])
        self.order.append(fault)
        if fault is None:
            return says(f"It is {2 * number}.")
        self.met[fault.kind] += 1
        self.faults[key] = fault
        if told := fault.scene.headers.get("Retry-After", ""):
            self._not_before[key] = time.monotonic() + (float(told) if re.fullmatch(r"[\d.]+", told) else 0.0)
        answered = b"%d" % (2 * number)
        steps = [each.replace(b"{sum}", answered) if isinstance(each, bytes) else each for each in fault.scene.steps]
        return replace(fault.scene, steps=tuple(steps))
