"""A chat-completions endpoint for benchmarks: answers every request after the same time, and counts what it was asked.

    python eval/benchmarks/echo_endpoint.py --delay 0.1 [--port 8765]

It prints its address, and serves until it is ended. Raw asyncio without a framework, so that what is measured is the
client: on one core it answers several thousand requests a second. `GET /count` tells how many requests came.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from functools import partial

USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: keep-alive\r\n\r\n"


def plain(kind: str, body: bytes) -> bytes:
    """A whole response."""
    return HEAD.format(kind=kind, length=len(body)).encode() + body


def _whole() -> bytes:
    message = {"role": "assistant", "content": "The answer is 4."}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    body = {"id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}
    return plain("application/json", json.dumps(body).encode())


def _stream() -> bytes:
    def chunk(delta: dict[str, str], finish: str | None = None, **more: object) -> bytes:
        choices = [] if more else [{"index": 0, "delta": delta, "finish_reason": finish}]
        data = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}
        return b"data: " + json.dumps(data).encode() + b"\n\n"

    parts = [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "The answer is 4."}),
        chunk({}, "stop"),
        chunk({}, usage=USAGE),
        b"data: [DONE]\n\n",
    ]
    return plain("text/event-stream", b"".join(parts))


WHOLE, STREAM = _whole(), _stream()
MODELS = plain("application/json", b'{"object": "list", "data": [{"id": "m", "object": "model"}]}')


class Endpoint(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay: float, counts: list[int]) -> None:
        self._delay = delay
        self._counts = counts
        self._left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._left += data
        head, ended, rest = self._left.partition(b"\r\n\r\n")
        if not ended:
            return
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(rest) < length:
            return
        self._left = rest[length:]
        if head.startswith(b"GET"):
            self._write(plain("text/plain", str(self._counts[0]).encode()) if b"/count" in head[:40] else MODELS)
            return
        self._counts[0] += 1
        reply = STREAM if b'"stream":true' in rest or b'"stream": true' in rest else WHOLE
        asyncio.get_running_loop().call_later(self._delay, self._write, reply)

    def _write(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(reply)


async def serve(delay: float, port: int) -> None:
    """Serves for ever."""
    made = partial(Endpoint, delay, [0])
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", port, backlog=1_000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("--delay", type=float, default=0.1)
    given.add_argument("--port", type=int, default=0)
    wanted = given.parse_args()
    asyncio.run(serve(wanted.delay, wanted.port))
