"""Chat servers that throttle, fail, stall and lie, in each way of `faults.FAULTS`.

`FaultServer` has an address for each fault and form. `FaultyServer` answers sums, and a plan says which request meets
which fault. Either way a fault that passes is met once, and the same request is answered when it comes again.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from chat_server import ChatServer, Request, Scene, Step, says
from faults import FAULTS
from faults.fault import ANSWER, ELSEWHERE, REQUEST, Door, Fault, Form
from ports import HERE

from chatbot.errors import AccessRefused

WELL = says(ANSWER)
"""What is answered where nothing goes wrong."""


class FaultServer(ChatServer):
    """Has an address for each fault, form and asker. trust: where the certificate goes that clients have to trust."""

    def __init__(self, trust: Path | None = None) -> None:
        super().__init__(models=("test-model",))
        self._within = ExitStack()
        self.elsewhere = self._within.enter_context(ChatServer(says("stolen")))
        """Where redirects point. Nothing may come here."""
        self._doors: dict[Door, int] = {"http": self.port}
        self._authority = trustme.CA()
        if trust is not None:
            self._authority.cert_pem.write_to_path(str(trust))
        self.came: Counter[tuple[str, Form, str]] = Counter()
        """Requests, by fault, form and asker."""

    def address(self, fault: Fault, form: Form, who: str = "us") -> str:
        """The base URL at which this fault is met."""
        door = fault.door
        if door not in self._doors:
            self._doors[door] = self._open(door)
        scheme = "http" if door in ("http", "lets nobody in") else "https"
        return f"{scheme}://{HERE}:{self._doors[door]}/{FAULTS.index(fault)}/{form}/{who}/v1"

    def scene(self, request: Request) -> Scene:
        """What stands at the address; an answer once a tool has answered, or where the fault has passed."""
        _, number, form, who, *_ = request.path.split("/")
        fault = FAULTS[int(number)]
        key = (fault.name, form, who)
        self.came[key] += 1  # type: ignore[index]
        messages = request.body.get("messages") or [{}]
        if messages[-1].get("role") == "tool" or (fault.passes and self.came[key] > 1):  # type: ignore[index]
            return WELL
        return self._filled(fault.scenes[form], request)  # type: ignore[index]

    def close(self) -> None:
        """Closes all doors."""
        self._within.close()
        super().close()

    def _filled(self, scene: Scene, request: Request) -> Scene:
        """The scene with what stands in it for this request and this server."""
        elsewhere = self.elsewhere.url.removesuffix("/v1")
        headers = {name: value.replace(ELSEWHERE, elsewhere) for name, value in scene.headers.items()}
        if scene.steps == (REQUEST,):
            return replace(scene, steps=(json.dumps(request.body).encode(),))
        return replace(scene, headers=headers)

    def _open(self, door: Door) -> int:
        """The port behind which this happens first."""
        if door == "closes at once":
            return _listen(self._within, lambda taken: taken.close())
        if door == "says nothing":
            return _listen(self._within, self._within.enter_context)
        if door == "lets nobody in":
            return _crowded(self._within)
        secure = _Secure(self._authority, door, self)
        return self._within.enter_context(secure).port


class _Secure(ChatServer):
    """The same addresses behind TLS."""

    def __init__(self, authority: trustme.CA, door: Door, server: FaultServer) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if door == "TLS of nobody we know":
            authority = trustme.CA()
        name = "elsewhere.example" if door == "TLS for another host" else HERE
        over = datetime.now(UTC) - timedelta(days=1) if door == "TLS that has expired" else None
        authority.issue_cert(name, not_after=over).configure_cert(context)
        if door == "TLS that wants a certificate":
            context.verify_mode = ssl.CERT_REQUIRED
            authority.configure_trust(context)
        self._behind = server
        super().__init__(secure=context)
        self._loop.set_exception_handler(lambda *_: None)  # handshakes fail here, and are meant to

    def scene(self, request: Request) -> Scene:
        return self._behind.scene(request)


Plan = Callable[[int], Fault | None]
"""The fault that the request with this number meets; None for none. Counted are requests that are not sent again."""

IN_RUNS = tuple(
    fault
    for fault in FAULTS
    if fault.door == "http"
    and fault.group not in ("tool call", "size")
    and (fault.passes or fault.expected["stream"].requests == 1)  # what lasts is waited for, for minutes
    and fault.expected["stream"].error is not AccessRefused  # nobody goes on asking then
    and not fault.scenes["stream"].headers.get("Retry-After", "").startswith(("3600", "999"))
    and fault.scenes["stream"].steps != (REQUEST,)
    and fault.name != "bytes one by one"  # no sum can be put in
)
"""Faults that one request of a run may meet without an end of all the others."""


class FaultyServer(ChatServer):
    """Answers `N + N?` with the sum, unless the plan says otherwise; its faults are those of streams."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._seen: dict[str, Fault | None] = {}
        self.order: list[Fault | None] = []
        """What each request met."""
        self.met: Counter[str] = Counter()
        """Faults that were met, by their name."""
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
        self.met[fault.name] += 1
        self.faults[key] = fault
        scene = fault.scenes["stream"]
        if told := scene.headers.get("Retry-After", ""):
            self._not_before[key] = time.monotonic() + (float(told) if re.fullmatch(r"[\d.]+", told) else 0.0)
        assert isinstance(scene.steps, tuple)
        return replace(
            scene, steps=_with_sum(scene.steps, 2 * number), head=scene.head and _with_sum(scene.head, 2 * number)
        )


def _with_sum(steps: tuple[Step, ...], total: int) -> tuple[Step, ...]:
    """The sum in its place, which it fills, so that lengths stay what they were."""
    return tuple(each.replace(b"{sum}", b"%5d" % total) if isinstance(each, bytes) else each for each in steps)


def _listen(within: ExitStack, take: Callable[[socket.socket], object]) -> int:
    """A port where each connection is taken like this, by a thread of its own."""
    listening = within.enter_context(socket.create_server((HERE, 0), backlog=128))

    def serve() -> None:
        while True:
            try:
                take(listening.accept()[0])
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    within.callback(listening.shutdown, socket.SHUT_RDWR)
    return int(listening.getsockname()[1])


def _crowded(within: ExitStack) -> int:
    """A port whose queue is full, so that connecting to it never ends."""
    listening = within.enter_context(socket.create_server((HERE, 0), backlog=0))
    for _ in range(4):
        waiting = within.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listening.getsockname())
    return int(listening.getsockname()[1])
