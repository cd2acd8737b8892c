"""Pages in bounded size and time, from servers that are honest and from others."""

from __future__ import annotations

import asyncio
import gzip
import random
import shutil
import ssl
import subprocess
import tracemalloc
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from web_server import Answer, WebServer, leads_to

from chatbot.errors import ToolError
from chatbot.tools.download import MAX_BYTES, Page, download
from chatbot.tools.web_guard import WebGuard


async def here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def guard(server: WebServer) -> WebGuard:
    """The whole guard, with one port of this machine as the public internet."""
    return WebGuard((f"*:{server.port}",), here, lambda address, port: (address, port) == ("127.0.0.1", server.port))


def got(server: WebServer, path: str = "/", **more: object) -> Page:
    url = f"{server.url.replace('127.0.0.1', 'site.example')}{path}"
    return asyncio.run(download(url, guard(server), **more))  # type: ignore[arg-type]


def refused(server: WebServer, path: str = "/", **more: object) -> str:
    with pytest.raises(ToolError) as caught:
        got(server, path, **more)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    return str(caught.value)


def test_a_page_comes_with_its_kind_and_encoding() -> None:
    with WebServer({"/a": Answer("<p>é", "Text/HTML; Charset=ISO-8859-1")}) as server:
        page = got(server, "/a?b=c#d")
        assert page.url == f"http://site.example:{server.port}/a?b=c#d"
        assert (page.kind, page.charset.lower(), page.data) == ("text/html", "iso-8859-1", "<p>é".encode())
        asked = server.asked[0]
    assert (asked.method, asked.path) == ("GET", "/a?b=c")
    assert asked.headers["host"] == f"site.example:{server.port}"
    assert not {"cookie", "authorization", "referer"} & set(asked.headers)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"text " * 1_000, mtime=0)),
        ("deflate", zlib.compress(b"text " * 1_000)),
        ("gzip", gzip.compress(b"text " * 500, mtime=0) + gzip.compress(b"text " * 500, mtime=0)),
        ("", b"text " * 1_000),
    ],
)
def test_a_compressed_page_is_unpacked(coding: str, packed: bytes) -> None:
    with WebServer({"/": Answer(packed, headers={"Content-Encoding": coding})}) as server:
        assert got(server).data == b"text " * 1_000


def test_redirects_are_followed_a_few_times_and_no_further() -> None:
    chain = {f"/{number}": leads_to(f"/{number + 1}", "301 Moved Permanently") for number in range(9)}
    strange = {"/up": leads_to("../9?x=y"), "/odd": leads_to("/caf\u00e9 1"), "/caf%C3%A9%201": Answer("coffee")}
    with WebServer({**chain, **strange, "/9": Answer("the end")}) as server:
        assert got(server, "/4").url.endswith("/9") and got(server, "/up").url.endswith("/9?x=y")
        assert got(server, "/odd").data == b"coffee", "with a space, and in UTF-8"
        assert "leads on more than 5 times" in refused(server, "/3")
        assert server.paths.count("/9") == 1


@pytest.mark.parametrize(
    "location",
    ["ftp://site.example/", "http://user:pass@site.example/", "javascript:1", "http://[", f"/{'a' * 2_000}"],
)
def test_a_redirect_to_what_is_no_page_is_refused(location: str) -> None:
    with WebServer({"/": leads_to(location)}) as server:
        refused(server)
        assert server.paths == ["/"]


BOMB = zlib.compressobj(9, wbits=31)
BOMB_BYTES = b"".join([*(BOMB.compress(b"\0" * 1_000_000) for _ in range(100)), BOMB.flush()])


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"x" * (MAX_BYTES + 1)),
        Answer(BOMB_BYTES, headers={"Content-Encoding": "gzip"}),
        Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"x" * (MAX_BYTES + 1)),
    ],
    ids=["plain", "gzip", "without length"],
)
def test_a_page_that_is_too_large_is_refused_and_does_not_fill_the_memory(answer: Answer) -> None:
    with WebServer({"/": answer}) as server:
        tracemalloc.start()
        said = refused(server)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert said == "the page is larger than 5 MB"
    assert peak < 4 * MAX_BYTES, "what was unpacked, and the server's own copy"


def test_a_page_that_unpacks_to_nothing_for_ever_is_refused() -> None:
    empty = zlib.compressobj(9, wbits=31)
    packed = b"".join(
        [empty.compress(b""), *(empty.flush(zlib.Z_FULL_FLUSH) for _ in range(3)), b"\0\0\0\xff\xff" * 1_100_000]
    )
    with WebServer({"/": Answer(packed, headers={"Content-Encoding": "gzip"})}) as server:
        assert refused(server) == "the page is larger than 5 MB"


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd", "nonsense"])
def test_a_compression_that_was_not_asked_for_is_refused(coding: str) -> None:
    with WebServer({"/": Answer(b"x", headers={"Content-Encoding": coding})}) as server:
        assert f"compressed in a way that was not asked for ({coding!r})" in refused(server)
        assert server.asked[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "application/octet-stream", "video/mp4; x=y"])
def test_what_is_no_text_is_not_even_read(kind: str) -> None:
    with WebServer({"/": Answer(b"x" * 100, kind)}) as server:
        assert refused(server) == f"the page is {kind.partition(';')[0]!r}; only text is read"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/ld+json", "application/atom+xml", ""])
def test_text_of_any_kind_is_read(kind: str) -> None:
    with WebServer({"/": Answer("{}", kind)}) as server:
        assert got(server).kind == kind


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("404 Not Found", "the server answered 404 Not Found"),
        ("500 Internal Server Error", "the server answered 500 Internal Server Error"),
        ("302 Found", "the server answered 302 Found"),
        ("204 No Content", ""),
    ],
)
def test_what_the_server_refuses_is_said(status: str, said: str) -> None:
    with WebServer({"/": Answer("secret detail" if said else "", status=status)}) as server:
        assert (refused(server) if said else got(server).data.decode()) == said


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0\0",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8bnonsense",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(random.Random(1).randbytes(5_000))[:3_000],
    ],
)
def test_a_server_that_breaks_off_or_speaks_no_http_is_an_error(raw: bytes) -> None:
    with WebServer({"/": Answer(raw=raw)}) as server:
        assert refused(server).startswith("the server broke off or spoke no HTTP")


@pytest.mark.parametrize(
    "answer",
    [
        Answer("x" * 1_000, pause=0.05),
        Answer(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000, pause=0.05),
        Answer("x" * 1_000, pause=60),
        leads_to("/"),
    ],
    ids=["head drips", "body drips", "silence", "circle"],
)
def test_a_page_that_takes_too_long_is_given_up(answer: Answer) -> None:
    with WebServer({"/": answer}) as server:
        said = refused(server, seconds=0.5)
    assert said in ("the page did not come within 0.5 s", "the page leads on more than 5 times")


def test_a_host_where_nobody_listens_is_an_error() -> None:
    with WebServer({}) as server:
        pass
    assert refused(server) == "the server cannot be reached"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for site.example that signs itself, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=site.example -addext subjectAltName=DNS:site.example"
    command = ["openssl", *made.split(), "-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(command, check=True, capture_output=True)
    with path.open("ab") as file:
        file.write(path.with_suffix(".crt").read_bytes())
    return path


def test_certificates_are_checked_for_the_name_and_not_for_the_address(certificate: Path) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    named: list[str | None] = []
    served.sni_callback = lambda connection, name, context: named.append(name)
    trusted = ssl.create_default_context(cafile=certificate.with_suffix(".crt"))
    with WebServer({"/": Answer("safe")}, tls=served) as server:
        assert got(server, tls=trusted).data == b"safe"
        assert named == ["site.example"]
        assert server.asked[0].headers["host"] == f"site.example:{server.port}"
        assert "certificate cannot be trusted" in refused(server)
        with pytest.raises(ToolError, match="certificate cannot be trusted"):
            asyncio.run(download(f"https://other.example:{server.port}/", guard(server), tls=trusted))
        assert len(server.asked) == 1
