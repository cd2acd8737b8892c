"""A web server on loopback that answers each path as it is told, also in ways that no honest server would."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """What a path is answered with."""

    body: bytes | str = b""
    kind: str = "text/html; charset=utf-8"
    status: str = "200 OK"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    """Seconds between one byte and the next, head included; 0 sends all at once."""
    raw: bytes | None = None
    """All that is sent, instead of the above."""

    def sent(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = self.body.encode() if isinstance(self.body, str) else self.body
        headers = {"Content-Type": self.kind, "Content-Length": str(len(body)), "Connection": "close", **self.headers}
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in headers.items() if value)]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes = b""


def leads_to(url: str, status: str = "302 Found") -> Answer:
    """A redirect."""
    return Answer(status=status, headers={"Location": url})


class WebServer:
    """The server, listening from construction until `close`, on a thread of its own.

    answers: by path without query, or a function of the request.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer] | Callable[[Asked], Answer],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = answers
        self.asked: list[Asked] = []
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, host, port, ssl=tls))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if tls else ''}://{host}:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    def close(self) -> None:
        """Stops listening and breaks all connections off; once is enough."""
        if self._loop.is_closed():
            return
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> WebServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, work):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _stop(self) -> None:
        for listening in self._server.sockets:  # a connection that is accepted as the server closes is closed by nobody
            self._loop.remove_reader(listening.fileno())
        for _ in range(4):  # one that was accepted last is served some rounds of the loop later
            await asyncio.sleep(0)
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            asked = await _read(reader)
            self.asked.append(asked)
            answer = self._answer(asked)
            pieces = answer.sent()
            for piece in [pieces] if not answer.pause else (pieces[i : i + 1] for i in range(len(pieces))):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(answer.pause)
            writer.close()
            await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass  # the client, or the test, is done
        finally:
            writer.transport.abort()

    def _answer(self, asked: Asked) -> Answer:
        if callable(self.answers):
            return self.answers(asked)
        return self.answers.get(asked.path.partition("?")[0], Answer("no such page", status="404 Not Found"))


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body)
