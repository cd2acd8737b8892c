"""Where connections to the web may go, seen at the sockets."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_server import Answer, WebServer, leads_to

from chatbot.errors import ToolError
from chatbot.tools.download import download
from chatbot.tools.web_guard import MAX_URL, WebGuard, resolve
from chatbot.tools.web_url import read_url

CONNECTED: list[list[tuple[str, int]]] = []
"""The address of every connection that this process makes, in the innermost list while `connections` lasts."""


def note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and CONNECTED and isinstance(arguments[1], tuple):
        CONNECTED[-1].append(arguments[1][:2])


sys.addaudithook(note)


@contextmanager
def connections() -> Iterator[list[tuple[str, int]]]:
    CONNECTED.append([])
    try:
        yield CONNECTED[-1]
    finally:
        CONNECTED.pop()


NAMES = {
    "localtest.example": ["127.0.0.1"],
    "localtest6.example": ["::1"],
    "private.example": ["10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "metadata.internal.example": ["fd00:ec2::254"],
    "carrier.example": ["100.100.100.200"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:7f00:1::1"],
    "scoped.example": ["fe80::1%lo"],
    "mixed.example": ["93.184.215.14", "127.0.0.1"],
    "mixed6.example": ["2606:4700::1", "::1"],
    "everywhere.example": ["0.0.0.0"],
    "group.example": ["224.0.0.1"],
    "nowhere.example": [],
}
"""Names as a hostile server of names would answer them."""


async def hostile_names(host: str, port: int) -> Sequence[str]:
    name = host.rstrip(".")
    return NAMES[name] if name in NAMES else await resolve(host, port)


NUMBERS = """
127.0.0.1 127.1 127.0.1 127.127.127.127 2130706433 017700000001 0177.0.0.1 0177.0.0.01 0x7f000001 0x7f.0.0.1 0x7f.1
0X7F.0x0.0x0.0x1 00000177.0.0.1 127.0.0.1. 127.0.0.1.. 0 0.0.0.0 0x0 127.00.00.01 127.0.0.0x1 4294967297
10.0.0.1 0xa.0.0.1 012.0.0.1 167772161 172.16.0.1 192.168.0.1 192.168.257 169.254.169.254 169.254.43518 0xa9fea9fe
0251.0376.0251.0376 2852039166 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255 240.0.0.1 192.0.0.192 168.63.129.16
""".split()
SPELLED = """
127%2e0%2e0%2e1 %31%32%37.0.0.1 127.0.0.1%00.example.com 127.0.0.1%09 ①②⑦.⓪.⓪.① ⑯⑨｡②⑤④｡⑯⑨｡②⑤④ १२७.0.0.1
１２７.０.０.１ 127。0。0。1 127．0．0．1 127｡0｡0｡1 ٠١٢٧.0.0.1 ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ｌｏｃａｌｈｏｓｔ localhost LOCALHOST
localhost. lOcAlHoSt localhost%00 localhost.localdomain ip6-localhost metadata intranet xn--localhost
""".split()
IPV6 = """
::1 :: ::ffff:127.0.0.1 ::ffff:7f00:1 0:0:0:0:0:ffff:127.0.0.1 ::127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
64:ff9b::10.0.0.1 64:ff9b:1::127.0.0.1 2002:7f00:1:: 2001:0:7f00:1::1 fe80::1 fe80::1%25lo fe80::1%lo fec0::1 fc00::1
fd00:ec2::254 ff02::1 2001:db8::1 100::1 0000:0000:0000:0000:0000:0000:0000:0001 ::1%25lo 3fff::1 5f00::1
""".split()
SCHEMES = "ftp gopher file dict ldap ws wss jar netdoc HTTP hTTps javascript data".split()


def tricks(port: int) -> list[str]:
    """150 URLs that try to reach this machine, its network or the cloud it runs in."""
    hosts = [*NUMBERS, *SPELLED, *(f"[{host}]" for host in IPV6), *NAMES, *(f"{name}." for name in list(NAMES)[:3])]
    urls = [f"http://{host}:{port}/" for host in hosts]
    there, here = "http://93.184.215.14", f"127.0.0.1:{port}"
    urls += [f"http://{user}@{here}/" for user in ("a", "a:b", "example.com", "example.com:80", "example.com%2f", "")]
    urls += [f"{there}@{here}/", f"{there}:80@{here}/", f"{there}\\@{here}/", f"http://{here}\\@example.com/"]
    urls += [f"http://{here}#@example.com/", f"http:\\\\{here}/", f"http:/{here}/", f"http://loc\u00adalhost:{port}/"]
    urls += [f"http:{here}/", f"//{here}/", f"{here}/", f"http:///{here}/", f"http://\t{here}/", f"ht\ntp://{here}/"]
    urls += [f"http://{here}:80/", f"http://{here}@/", f"http://[{here}]/", "http://[::1/", f"http://::1:{port}/"]
    urls += [f"{scheme}://{here}/" for scheme in SCHEMES]
    urls += ["file:///etc/passwd", "file://localhost/etc/passwd", "data:text/html,x", f"view-source:http://{here}/"]
    urls += [f"http://127.0.0.1:{odd}/" for odd in ("22", "0", "-1", "65536", f"0{port}", f"{port}/", "６", "8\t0", "")]
    return list(dict.fromkeys(urls))


@pytest.fixture
def canary() -> Iterator[WebServer]:
    """What must not be asked."""
    with WebServer(lambda _: Answer("reached")) as server:
        yield server


def ask(url: str, guard: WebGuard) -> str:
    """What comes of a URL: the page's text, or why it is refused."""
    try:
        return asyncio.run(download(url, guard, seconds=5)).data.decode()
    except ToolError as error:
        said = str(error)
    assert "\n" not in said and len(said) < 300
    return f"error: {said}"


def open_guard(port: int) -> WebGuard:
    """Any host may be asked at any port that the tricks name: only its address is in the way."""
    return WebGuard(allow=("*", f"*:{port}", "*:*"), resolve=hostile_names)


def test_no_trick_leads_to_an_address_that_is_not_public(canary: WebServer) -> None:
    urls = tricks(canary.port)
    assert len(urls) >= 150
    with connections() as made:
        said = {url: ask(url, open_guard(canary.port)) for url in urls}
    assert [url for url in said if not said[url].startswith("error: ")] == []
    assert made == [] and canary.connections == 0


def test_the_tricks_would_reach_this_machine_if_the_guard_let_them(canary: WebServer) -> None:
    """What the test above shows is the guard's doing: with its look at addresses gone, they get through."""
    blind = replace(open_guard(canary.port), may_connect=lambda address, port: True)
    urls = [f"http://{host}:{canary.port}/" for host in ("127.0.0.1", "127。0。0。1", "localtest.example")]
    assert set(urls) <= set(tricks(canary.port))
    assert [ask(url, blind) for url in urls] == ["reached"] * 3


def test_no_redirect_leads_to_an_address_that_is_not_public(canary: WebServer) -> None:
    urls = tricks(canary.port)
    chains = {f"/{number}": leads_to(url) for number, url in enumerate(urls) if not set(url) & set("\n\t")}
    chains |= {f"/long{number}": leads_to(f"/{number}") for number in range(0, len(urls), 10)}
    with WebServer({path: answer for path, answer in chains.items() if answer.headers["Location"].isascii()}) as server:
        guard = WebGuard(
            allow=("*", "*:*"),
            resolve=hostile_names,
            may_connect=lambda address, port: (address, port) == ("127.0.0.1", server.port),
        )
        with connections() as made:
            said = {path: ask(server.url + path, guard) for path in server.answers if isinstance(path, str)}
    assert [path for path in said if "reached" in said[path]] == []
    assert set(made) == {("127.0.0.1", server.port)} and canary.connections == 0
    assert len(said) > 130


def test_a_name_that_changes_its_mind_leads_where_it_was_seen_to_lead() -> None:
    """Rebinding: the first answer may be asked, each later one is another server of this machine."""
    with WebServer(lambda _: Answer("allowed")) as allowed:
        try:
            other = WebServer(lambda _: Answer("reached"), host="127.0.0.2", port=allowed.port)
        except OSError:
            pytest.skip("this machine has one address on loopback")
        answers = [["127.0.0.1"], *[["127.0.0.2"]] * 9]
        looked_up: list[str] = []

        async def rebinding(host: str, port: int) -> Sequence[str]:
            looked_up.append(host)
            return answers[len(looked_up) - 1]

        guard = WebGuard(
            allow=("rebinding.example:*",),
            resolve=rebinding,
            may_connect=lambda address, port: address == "127.0.0.1",
        )
        with other, connections() as made:
            url = f"http://rebinding.example:{allowed.port}/"
            assert ask(url, guard) == "allowed"
            assert looked_up == ["rebinding.example"], "it is looked up once"
            assert "does not lie on the public internet" in ask(url, guard)
        assert made == [("127.0.0.1", allowed.port)] and other.connections == 0


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.3", "127.0.0.1"]

    with WebServer(lambda _: Answer("here")) as server, connections() as made:
        guard = WebGuard(("two.example:*",), two, lambda address, port: True)
        assert ask(f"http://two.example:{server.port}/", guard) == "here"
    assert made == [("127.0.0.3", server.port), ("127.0.0.1", server.port)]
    assert server.asked[0].headers["host"] == f"two.example:{server.port}"


@pytest.mark.parametrize("url", ["http://localhost:{}/", "http://site.example:{}/", "http://127.1:{}/"])
def test_no_connection_leads_where_nobody_has_checked(canary: WebServer, url: str) -> None:
    """Whoever connects without a check of the text before gets the whole guard."""
    guard = WebGuard(resolve=hostile_names, may_connect=lambda address, port: True)
    with pytest.raises(ToolError):
        asyncio.run(guard.connect(read_url(url.format(canary.port))))
    assert canary.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.com", "http://example.com/", "HTTPS://Example.COM/a?b=c#d", "https://example.com:443/"),
        *("http://example.com:80/", "https://sub.domain.example.com./", "https://8.8.8.8/", "https://bücher.example/"),
        *(
            "https://[2606:4700::1111]/",
            "https://example.com/a@b",
            "https://example.com/?q=ü%20x",
            "http://a_b.example/",
        ),
    ],
)
def test_honest_urls_are_no_matter(url: str) -> None:
    WebGuard().check(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("example.com", "'example.com' is not a URL of the web (it begins with https:// or http://)"),
        ("ftp://example.com", "'ftp://example.com' is not a URL of the web (it begins with https:// or http://)"),
        ("https://user:pass@example.com", "names a user or a password (leave out what stands before the @)"),
        ("https://example.com:8080", "port 8080 is not asked (pages are at 80 (http) and 443 (https))"),
        ("http://example.com:443", "port 443 is not asked (pages are at 80 (http) and 443 (https))"),
        ("https://localhost/", "'localhost' is no host of the web (it needs a name such as example.com)"),
        ("https://0x7f.1/", "'0x7f.1' is an address in an unusual form (write it as 192.0.2.1)"),
        ("https://exa mple.com/", "it holds a space, a backslash or a control character"),
        (f"https://example.com/{'a' * MAX_URL}", "the URL is longer than 2,000 characters"),
    ],
)
def test_what_is_wrong_with_a_url_is_said(url: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        WebGuard().check(url)
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize(
    ("allow", "url", "listed"),
    [
        ("docs.example.com", "https://docs.example.com/a", True),
        ("docs.example.com", "https://docs.example.com./a", True),
        ("Docs.Example.com", "https://docs.example.com/a", True),
        ("docs.example.com", "https://example.com/", False),
        ("docs.example.com", "https://docs.example.com.evil.example/", False),
        ("docs.example.com", "https://evil.example/docs.example.com", False),
        ("docs.example.com", "https://docs.example.com:8443/", False),
        ("docs.example.com:8443", "https://docs.example.com:8443/", True),
        ("docs.example.com:8443", "https://docs.example.com/", False),
        ("*.example.com", "http://a.b.example.com/", True),
        ("*.example.com", "http://example.com/", False),
        ("*.example.com", "http://notexample.com/", False),
    ],
)
def test_only_hosts_that_are_listed_are_asked_where_any_are(allow: str, url: str, listed: bool) -> None:
    guard = WebGuard((allow,))
    if listed:
        guard.check(url)
    else:
        with pytest.raises(ToolError):
            guard.check(url)


@given(st.text(max_size=60) | st.text(st.sampled_from("htp:/@#?\\.0127xf[]%a-"), max_size=60))
def test_any_text_is_a_url_of_a_public_looking_host_or_is_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"https://{text}/"):
        try:
            found = WebGuard().check(url)
        except ToolError:
            continue
        assert found.scheme in ("http", "https") and "@" not in found.origin.authority and found.port is None
        assert "." in found.host or ":" in found.host
