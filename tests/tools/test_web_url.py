"""One reading of an address of the web: what is checked of it is what is asked."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.service.wire import Origin
from chatbot.tools.web_url import read_url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM:443/A?b=c#d", "https://example.com/A?b=c#d"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://example.com?x", "http://example.com/?x"),
        ("https://example.com/a b/ü?q=ü%20x&y=<z>#ü", "https://example.com/a%20b/%C3%BC?q=%C3%BC%20x&y=%3Cz%3E#%C3%BC"),
        ("https://example.com/a%2Fb/%252e?x[y]=1", "https://example.com/a%2Fb/%252e?x[y]=1"),
        ("http://[2606:4700:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://BU\u0308CHER。example/", "https://xn--bcher-kva.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://правда.example/", "https://xn--80aafi6cg.example/"),
    ],
)
def test_an_address_has_one_spelling(text: str, said: str) -> None:
    assert str(read_url(text)) == said


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "example.com",
            "//example.com/",
            "ftp://example.com/",
            "http:///",
            "http://[::1",
            "http://[fe80::1%25lo]/",
        ),
        *("http://me@example.com/", "http://me:secret@example.com/", "http://@example.com/", "http://a.b:port/"),
        *("http://１２７.0.0.1/", "http://①.example/", "http://ex\u00adample.com/", "http://a\u200db.example/"),
        *("http://☃.example/", "http://a.b:65536/", "http://a.b:-1/", "http://\udc80.example/", "http://a.b/\udc80"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_url(text)


@pytest.mark.parametrize(
    ("place", "led"),
    [
        ("/b", "https://example.com/b"),
        ("c?d", "https://example.com/a/c?d"),
        ("/b c?d e", "https://example.com/b%20c?d%20e"),
        ("//other.example/", "https://other.example/"),
        ("ftp://other.example/", "ftp://other.example/"),
        ("http://[", "http://["),
    ],
)
def test_a_redirect_leads_from_the_page(place: str, led: str) -> None:
    assert read_url("https://example.com/a/b?c#d").led_to(place) == led


def test_a_connection_leads_to_the_host_and_its_port() -> None:
    assert read_url("https://example.com/").origin == Origin(True, "example.com", 443)
    assert read_url("http://[::1]:80/").origin == Origin(False, "::1", 80)
    assert read_url("http://[::1]:81/").origin.authority == "[::1]:81"


@given(st.text(max_size=40) | st.text(st.sampled_from("htp:/@#?\\.0127xf[]%aü。-"), max_size=40))
def test_what_is_read_is_read_the_same_again_and_is_ready_to_be_sent(text: str) -> None:
    try:
        url = read_url(f"http://{text}")
    except ValueError:
        return
    assert read_url(str(url)) == url
    assert url.host.isascii() and url.host == urlsplit(str(url)).hostname
    assert url.target.isascii() and " " not in url.target and url.target[0] == "/"
