"""Faults of HTTP itself: status lines, headers, lengths, chunks, encodings, and what is no HTTP at all."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from functools import partial

from chat_server import Scene, answers, raw, refuses

from faults.fault import (
    ELSEWHERE,
    REQUEST,
    Form,
    answer,
    breaks,
    by_hand,
    closing,
    cut,
    fault,
    half,
    headers_of,
    lies,
    no_http,
    sends,
    whole,
)

_http = partial(fault, "HTTP")

PAGE = "<!doctype html><html><title>Welcome</title><p>Please log in to the network.</html>"


def _chunked(form: Form, body: bytes) -> Scene:
    """A chunked response with this body, framing and all; then the connection ends."""
    return closing(form, head="Transfer-Encoding: chunked\r\n", body=body)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _long(form: Form, claimed: int) -> Scene:
    """A body that is said to be so many bytes longer than it is."""
    return raw(by_hand(form, head=f"Content-Length: {len(answer(form)) + claimed}\r\n"))


def _unfinished(body: bytes) -> bytes:
    """Compressed, without the end of the compression."""
    squeezing = zlib.compressobj(wbits=31)
    return squeezing.compress(body) + squeezing.flush(zlib.Z_SYNC_FLUSH)


def _encoded(form: Form, body: bytes, encoding: str = "gzip") -> Scene:
    return Scene((body,), headers={**headers_of(form), "Content-Encoding": encoding})


def _redirects(status: int) -> Scene:
    return Scene((), status, {"Location": f"{ELSEWHERE}/chat/completions"})


STATUS_LINES = (
    _http(
        "an early hint and then the answer",
        lambda form: closing(form, status="HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK"),
        whole(),
    ),
    _http(
        "many times 'processing', and then the answer",
        lambda form: closing(form, status="HTTP/1.1 102 Wait\r\n\r\n" * 50 + "HTTP/1.1 200 OK"),
        whole(),
    ),
    _http("HTTP/1.0", lambda form: closing(form, status="HTTP/1.0 200 OK"), whole()),
    _http("lines that end in LF alone", lambda form: raw(by_hand(form).replace(b"\r\n", b"\n")), whole()),
    _http(
        "another protocol from now on",
        raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x05hello"),
        no_http(),
    ),
    _http("no content", raw(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), lies()),
    _http("a status with four digits", lambda form: closing(form, status="HTTP/1.1 2000 OK"), no_http()),
    _http("a status in letters", lambda form: closing(form, status="HTTP/1.1 OK fine"), no_http()),
    _http("a status that nobody gave a meaning", lambda form: Scene((answer(form),), 299, headers_of(form)), whole()),
    *(
        _http(f"a redirect with {status}", _redirects(status), lies("redirects", billed=False))
        for status in (301, 302, 303, 307, 308)
    ),
    _http(
        "a redirect to itself", Scene((), 307, {"Location": "/v1/chat/completions"}), lies("redirects", billed=False)
    ),
    _http("a redirect without an address", Scene((), 302, {}), lies("redirects", billed=False)),
)

HEADERS = (
    _http(
        "ten thousand headers",
        lambda form: closing(form, head="".join(f"X-Flood-{n}: {n}\r\n" for n in range(10_000))),
        no_http(),
    ),
    _http("a header of a megabyte", lambda form: closing(form, head=f"X-Huge: {'x' * (1 << 20)}\r\n"), no_http()),
    _http("a header without a name", lambda form: closing(form, head=": nothing\r\n"), no_http()),
    _http("a header without a colon", lambda form: closing(form, head="nonsense\r\n"), no_http()),
    _http("a NUL in a header", lambda form: closing(form, head="X-Nul: a\0b\r\n"), no_http()),
    _http("a header that is not ASCII", lambda form: closing(form, head="X-Place: Zürich\r\n"), whole()),
    _http(
        "a content type twice",
        lambda form: closing(form, head=f"Content-Type: {headers_of(form)['Content-Type']}\r\n"),
        whole(),
    ),
    _http(
        "a content type in capitals with a charset",
        lambda form: replace(
            sends(form, answer(form)),
            headers={"Content-Type": headers_of(form)["Content-Type"].upper() + "; charset=UTF-8"},
        ),
        whole(),
    ),
)

LENGTHS = (
    _http("a length that is too long, after a whole answer", lambda form: _long(form, 10), whole(), body=breaks()),
    _http(
        "a length that is too short",
        lambda form: closing(form, head=f"Content-Length: {len(half(form))}\r\n"),
        cut("truncated", "It is "),
        body=lies(),
    ),
    _http("a length of nothing", lambda form: closing(form, head="Content-Length: 0\r\n"), lies()),
    _http("a negative length", lambda form: raw(by_hand(form, head="Content-Length: -5\r\n")), no_http()),
    _http("a length that is no number", lambda form: raw(by_hand(form, head="Content-Length: long\r\n")), no_http()),
    _http(
        "two lengths",
        lambda form: raw(by_hand(form, head=f"Content-Length: {len(answer(form))}\r\nContent-Length: 7\r\n")),
        no_http(),
    ),
    _http(
        "a length and chunks",
        lambda form: closing(
            form, head="Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", body=_chunk(answer(form)) + b"0\r\n\r\n"
        ),
        whole(),
    ),
)

CHUNKS = (
    _http("the last chunk is missing", lambda form: _chunked(form, _chunk(answer(form))), whole(), body=breaks()),
    _http("a chunk that is shorter than it says", lambda form: _chunked(form, b"ffff\r\n" + half(form)), breaks()),
    _http("a chunk size that is no number", lambda form: _chunked(form, b"zz\r\n" + answer(form)), no_http()),
    _http(
        "a chunk size beyond all numbers", lambda form: _chunked(form, b"f" * 40 + b"\r\n" + answer(form)), no_http()
    ),
    _http("a negative chunk size", lambda form: _chunked(form, b"-5\r\n" + answer(form)), no_http()),
    _http(
        "chunk extensions and trailers",
        lambda form: _chunked(form, b"%x;ext=1\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(answer(form)), answer(form))),
        whole(),
    ),
    _http(
        "an encoding of transfer that nobody has",
        lambda form: raw(by_hand(form, head="Transfer-Encoding: quantum\r\n")),
        no_http(),
    ),
)

CONTENT = (
    _http("gzip that nobody asked for", lambda form: _encoded(form, gzip.compress(answer(form))), whole()),
    _http(
        "gzip that is cut",
        lambda form: _encoded(form, _unfinished(half(form))),
        cut("truncated", "It is "),
        body=lies(),
    ),
    _http("gzip that is none", lambda form: _encoded(form, answer(form)), lies()),
    _http(
        "gzip with an error in it", lambda form: _encoded(form, gzip.compress(answer(form))[:40] + b"\xff" * 40), lies()
    ),
    _http("a web page", answers(PAGE, "text/html"), lies("web page")),
    _http("a web page that calls itself an answer", lambda form: sends(form, PAGE.encode()), lies()),
    _http(
        "a web page before the answer",
        lambda form: sends(form, PAGE.encode(), b"\n\n", answer(form)),
        whole(),
        body=lies(),
    ),
    _http("an empty body", lambda form: sends(form), lies()),
    _http("plain words", answers("The model is warming up.", "text/plain"), lies()),
    _http("a picture", answers("GIF89a", "image/gif"), lies()),
    *(
        _http(
            f"JSON that calls itself {kind}",
            lambda form, kind=kind: Scene((answer("body"),), headers={"Content-Type": kind}),  # type: ignore[misc]
            whole(),
        )
        for kind in ("text/json", "application/vnd.api+json")
    ),
    _http("no content type", lambda form: Scene((answer(form),), headers={}), whole(), body=lies(readable=True)),
    _http(
        "the form that the content type does not name",
        lambda form: Scene((answer(form),), headers=headers_of("body" if form == "stream" else "stream")),
        lies(readable=True),
    ),
    _http(
        "an answer for another form of request",
        lambda form: refuses(200, {"data": [{"embedding": [0.1, 0.2]}]}),
        lies(),
    ),
    _http("the request itself", lambda form: sends(form, REQUEST), lies()),
)

NO_HTTP = (
    _http("nothing at all", raw(), breaks()),
    _http("cut before a word", raw(end="cut"), breaks()),
    _http("torn down before a word", raw(end="reset"), breaks()),
    _http("cut in its headers", raw(b"HTTP/1.1 200 OK\r\nContent-Le", end="cut"), breaks()),
    _http("HTTP/0.9", lambda form: raw(answer(form)), no_http(), body=breaks()),
    _http(
        "HTTP/2",
        raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\x00\x04\x00\x10\x00\x00"),
        no_http(),
    ),
    _http("TLS where none was asked for", raw(b"\x15\x03\x01\x00\x02\x02\x28"), no_http()),
    _http("another service's greeting", raw(b"SSH-2.0-OpenSSH_9.9\r\n"), breaks()),
    _http("noise", raw(bytes(range(256)) * 16), no_http()),
    _http("the request line back", raw(b"POST /v1/chat/completions HTTP/1.1\r\nHost: here\r\n\r\n"), no_http()),
)

HTTP_FAULTS = (*STATUS_LINES, *HEADERS, *LENGTHS, *CHUNKS, *CONTENT, *NO_HTTP)
