"""What failures pass by themselves, whoever raised them."""

from __future__ import annotations

import errno
import io
import socket
import sqlite3
import urllib.error
from email.message import Message

import httpx2
import openai
import pytest

from chatbot.errors import ModelRefused, ModelUnreachable, ToolError
from chatbot.tools.retrying import LONGEST_WAIT, may_pass, pause

REQUEST = httpx2.Request("GET", "http://localhost/")


def answered(status: int, **headers: str) -> httpx2.HTTPStatusError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.HTTPStatusError("no", request=REQUEST, response=httpx2.Response(status, headers=named))


def urllib_answered(status: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("http://localhost/", status, "no", Message(), io.BytesIO())


def caused(error: Exception, by: BaseException) -> Exception:
    error.__cause__ = by
    return error


class Busy(ToolError):
    """A tool's own error that says of itself that it passes."""

    retryable = True


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        ConnectionResetError(),
        TimeoutError(),
        BlockingIOError(),
        OSError(errno.ENETUNREACH, "no network"),
        socket.gaierror(socket.EAI_AGAIN, "try again"),
        urllib.error.URLError(ConnectionRefusedError()),
        urllib_answered(503),
        answered(429),
        answered(502),
        httpx2.ConnectError("no"),
        httpx2.ReadTimeout("no"),
        httpx2.RemoteProtocolError("no"),
        openai.APIConnectionError(request=REQUEST),
        ModelUnreachable("down"),
        Busy("in a moment"),
        caused(ToolError("the service is down"), ConnectionRefusedError()),
    ],
    ids=repr,
)
def test_what_the_world_may_mend_passes(error: BaseException) -> None:
    assert may_pass(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        KeyError("no"),
        FileNotFoundError("no"),
        PermissionError("no"),
        OSError(errno.ENOSPC, "full"),
        socket.gaierror(socket.EAI_NONAME, "no such host"),
        urllib.error.URLError(FileNotFoundError()),
        urllib_answered(404),
        answered(401),
        answered(501),
        httpx2.UnsupportedProtocol("no"),
        httpx2.InvalidURL("no"),
        ModelRefused("wrong key"),
        ToolError("order 17 does not exist"),
        sqlite3.OperationalError("no such table"),
        SystemExit(1),
        MemoryError(),
        caused(ValueError("no"), KeyError("no")),
    ],
    ids=repr,
)
def test_what_would_fail_again_does_not(error: BaseException) -> None:
    assert not may_pass(error)


def test_a_database_that_is_locked_passes() -> None:
    one = sqlite3.connect("file:locked?mode=memory&cache=shared", uri=True)
    two = sqlite3.connect("file:locked?mode=memory&cache=shared", uri=True, timeout=0)
    one.execute("CREATE TABLE t (a)")
    one.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError) as locked:
        two.execute("BEGIN IMMEDIATE")
    one.close()
    two.close()
    assert may_pass(locked.value)


def test_an_error_that_causes_itself_is_looked_at_once() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert not may_pass(one)


def test_waits_grow_and_a_services_wish_is_heeded_within_reason() -> None:
    first, second = pause(TimeoutError(), 1), pause(TimeoutError(), 2)
    assert first and second and 0.25 <= first <= 0.5 <= second <= 1.0
    assert pause(answered(503, Retry_After="2"), 1) == 2.0
    assert pause(answered(503, Retry_After=str(LONGEST_WAIT + 1)), 1) is None
