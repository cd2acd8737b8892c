"""A real HTTP server on loopback that speaks the chat-completions protocol, and breaks it in every way a server can.

What it does with a request is data, a `Scene`: what is sent, in which pieces, with which pauses, and how it ends. It
plays its scenes in order, one for each POST, and the last one again and again. It keeps the requests that came, and
notices when a client goes away before a scene is over.

    with ChatServer(refuses(429), says("Hel", "lo")) as server:
        model = connect(f"{server.url}#test-model")
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ports import HERE, bound

Step = bytes | float
"""Bytes are sent; a number is a pause in seconds."""

SSE = {"Content-Type": "text/event-stream"}

DONE = b"data: [DONE]\n\n"

PATIENCE = 60.0
"""Seconds until something that a client should do counts as missing."""


@dataclass(frozen=True)
class Scene:
    """What the server does with one request."""

    steps: tuple[Step, ...] | Callable[[], Iterable[Step]] = ()
    """The body, each bytes as a chunk of its own; a function makes it as it is sent, where it is too long to keep."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: SSE)
    end: Literal["whole", "cut", "reset", "hang", "close"] = "whole"
    """whole: the body ends as HTTP says. cut: the connection ends too soon. reset: it is torn down (TCP's RST). hang:
    it stays open and silent. close: the body ends with the connection, which HTTP allows where no length was given."""
    head: tuple[Step, ...] | None = None
    """Sent instead of status line and headers."""


@dataclass(frozen=True)
class Request:
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: dict[str, object]


# --- scenes -----------------------------------------------------------------------------------------------------------


def event(data: object) -> bytes:
    """A server-sent event."""
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def delta(finish: str | None = None, index: int = 0, **fields: object) -> bytes:
    """A chunk with one choice, of the reply number `index`."""
    return event({"object": "chat.completion.chunk", "choices": [_choice(fields, finish) | {"index": index}]})


def usage(prompt: int = 12, completion: int = 3, **more: object) -> bytes:
    """The chunk that carries the usage."""
    return event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion, **more}})


def call(index: int, *pieces: str, id: str = "", name: str = "") -> tuple[bytes, ...]:  # noqa: A002  # the field's name
    """A tool call whose arguments come in pieces."""
    opening = {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": index, "function": {"arguments": piece}} for piece in pieces]
    return tuple(delta(tool_calls=[part]) for part in (opening, *rest))


def streams(*steps: Step, pause: float = 0.0, **more: object) -> Scene:
    """A stream of these pieces, with a pause before each."""
    paused = (each for step in steps for each in ((pause, step) if pause else (step,)))
    return replace(Scene(tuple(paused)), **more)  # type: ignore[arg-type]


def says(*texts: str, finish: str | None = "stop", pause: float = 0.0, **more: object) -> Scene:
    """A whole reply of these pieces of text, with usage and [DONE]."""
    return streams(*(delta(content=text) for text in texts), delta(finish), usage(), DONE, pause=pause, **more)


def calls(*parts: Iterable[bytes], finish: str | None = "tool_calls") -> Scene:
    """A whole reply of tool calls (see `call`)."""
    return streams(*(piece for part in parts for piece in part), delta(finish), usage(), DONE)


def refuses(status: int, error: object = "no", **headers: str) -> Scene:
    """A refusal: a message, a whole body as dict, or text as it is. Underscores in header names become hyphens."""
    body = error if isinstance(error, dict) else {"error": {"message": error}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Scene((json.dumps(body).encode(),), status, {"Content-Type": "application/json", **named})


def answers(body: str | dict[str, object], kind: str = "application/json", status: int = 200) -> Scene:
    """A plain body."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Scene((text.encode(),), status, {"Content-Type": kind})


def raw(*steps: Step, end: Literal["cut", "reset", "hang", "close"] = "close") -> Scene:
    """These bytes instead of an HTTP response, or as one that is put together by hand."""
    return Scene(head=steps, end=end)


SILENT = raw(end="hang")
"""The request is read, and nothing comes."""


def _choice(fields: Mapping[str, object], finish: str | None) -> dict[str, object]:
    return {"index": 0, "delta": dict(fields), "finish_reason": finish}


# --- server -----------------------------------------------------------------------------------------------------------


class ChatServer:
    """The server, listening from construction until `close`, on a thread of its own."""

    def __init__(
        self,
        *scenes: Scene,
        models: Sequence[str | dict[str, object]] = ("test-model",),
        port: int = 0,
        secure: ssl.SSLContext | None = None,
    ) -> None:
        self.scenes = list(scenes)
        self.models = models
        self.requests: list[Request] = []
        """POSTs that came, in order."""
        self.listings: list[Request] = []
        """GETs that came."""
        self.connections = 0
        self._gone = threading.Semaphore(0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._scenes_played = 0
        """At present."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        place = {"host": HERE, "port": port} if port else {"sock": bound()}
        listening = asyncio.start_server(self._serve, **place, limit=1 << 24, backlog=512, ssl=secure)
        self._server = self._call(listening)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if secure else 'http'}://{HERE}:{self.port}/v1"

    @property
    def bodies(self) -> list[dict[str, object]]:
        """The bodies of the POSTs."""
        return [request.body for request in self.requests]

    def scene(self, request: Request) -> Scene:
        """What a POST is answered with: the next scene, and then the last one again. Others may look at the request."""
        return self.scenes[min(len(self.requests), len(self.scenes)) - 1]

    def left(self) -> bool:
        """Whether a client has gone away in the middle of a scene; waits for it."""
        return self._gone.acquire(timeout=PATIENCE)

    def wait_until_idle(self) -> None:
        """Waits until all has come that clients have sent so far, and nothing is being answered any more."""
        until = time.monotonic() + PATIENCE
        while self._call(self._answering()):
            assert time.monotonic() < until, "a client does not go"
            time.sleep(0.005)

    def close(self) -> None:
        """Stops listening and breaks all connections off; once."""
        if self._loop.is_closed():
            return
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listing(self) -> Scene:
        """What a GET is answered with."""
        rows = [{"id": model} if isinstance(model, str) else model for model in self.models]
        return answers({"object": "list", "data": rows}) if self.models else refuses(404)

    def _call(self, work):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _answering(self) -> int:
        """How many requests are being answered, whichever came last included."""
        for _ in range(9):  # what has come at the socket is seen some rounds of the loop later
            await asyncio.sleep(0)
        return self._scenes_played

    async def _stop(self) -> None:
        for listening in self._server.sockets:  # a connection that is accepted as the server closes is closed by nobody
            self._loop.remove_reader(listening.fileno())
        for _ in range(4):  # one that was accepted last is served some rounds of the loop later
            await asyncio.sleep(0)
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            ahead: bytes | None = b""
            while ahead is not None and (request := await _read(reader, ahead)) is not None:
                ahead = await self._answer(request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client, or the test, is done
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answer(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """Plays a scene; what has come of the next request by its end, None where the connection has ended."""
        if request.method == "GET":
            self.listings.append(request)
            scene = self._listing()
        else:
            self.requests.append(request)
            scene = self.scene(request)
        self._scenes_played += 1
        playing = asyncio.create_task(_play(scene, writer))
        reading = asyncio.create_task(reader.read(1))  # a client that waits sends nothing: a read ends when it goes
        try:
            await asyncio.wait({playing, reading}, return_when=asyncio.FIRST_COMPLETED)
            left = not playing.done()
        finally:
            for task in (playing, reading):
                task.cancel()
            _, came = await asyncio.gather(playing, reading, return_exceptions=True)
            self._scenes_played -= 1
        if left:
            self._gone.release()
        if left or scene.end != "whole":
            return None
        return came if isinstance(came, bytes) else b""


async def _play(scene: Scene, writer: asyncio.StreamWriter) -> None:
    chunked = scene.end != "close"
    framing = {"Transfer-Encoding": "chunked"} if chunked else {"Connection": "close"}
    lines = [
        f"HTTP/1.1 {scene.status} Scene",
        *(f"{name}: {value}" for name, value in {**scene.headers, **framing}.items()),
    ]
    head = scene.head if scene.head is not None else ("\r\n".join([*lines, "", ""]).encode(),)
    await _send(head, writer, chunked=False)
    await _send(scene.steps() if callable(scene.steps) else scene.steps, writer, chunked=chunked)
    if scene.end == "whole":
        writer.write(b"0\r\n\r\n")
    if scene.end == "hang":
        await asyncio.sleep(60)
    await writer.drain()
    if scene.end == "reset":
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    if scene.end == "close":
        writer.close()
        await writer.wait_closed()


async def _send(steps: Iterable[Step], writer: asyncio.StreamWriter, *, chunked: bool) -> None:
    for step in steps:
        if isinstance(step, bytes):
            writer.write(b"%x\r\n%s\r\n" % (len(step), step) if chunked else step)
            await writer.drain()
        else:
            await asyncio.sleep(step)


async def _read(reader: asyncio.StreamReader, ahead: bytes) -> Request | None:
    """The next request. ahead: what has been read of it."""
    try:
        head = (ahead + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, json.loads(body) if body else {})
