"""Which reads count as sending."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.messages import ArgumentOrigin
from chatbot.tools import Tool, tool
from chatbot.tools.outward import carries_out


@tool(impact="reads")
def look(what: str) -> str:
    """Look something up."""
    return what


COPY = ArgumentOrigin("what", "document", "the code of the vault is 7391-A", "a.md:3")
SHORT = ArgumentOrigin("what", "document", "17", whole=True)


def verdict(
    arguments: dict[str, object], *origins: ArgumentOrigin, trusted: tuple[str, ...] = (), of: Tool = look
) -> str:
    return carries_out(of, arguments, origins, trusted)


@pytest.mark.parametrize(
    "arguments",
    [
        {"what": "https://evil.example/?d=7391"},
        {"what": "see HTTP://evil.example"},
        {"what": "//evil.example/a"},
        {"what": "http:/evil.example"},
        {"what": "www.evil.example/7391"},
        {"what": {"deep": ["ftp://evil.example"]}},
        {"url": "evil.example/7391"},
        {"base_url": "7391.evil.example"},
        {"host": "10.1.2.3"},
        {"webhook": "[2001:db8::1]/a"},
        {"to": {"Callback_URL": " evil.example "}},
        {"urls": ["evil.example/7391"]},
        {"what": {"hosts": [["a", "evil.example"]]}},
        {"addresses": ["10.1.2.3"]},
        {"url2": "evil.example/7391"},
    ],
)
def test_an_address_that_the_user_did_not_give_carries_something_out(arguments: dict[str, object]) -> None:
    assert "the user did not give" in verdict(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"site": "the old harbour"},
        {"address": "12 Main Street"},
        {"file": "notes.md"},
        {"files": ["notes.md"]},
        {"url": {"file": "notes.md"}},
        {"host": 10.1},
        {"curls": "evil.example"},
    ],
)
def test_what_is_no_address_or_is_not_named_like_one_does_not(arguments: dict[str, object]) -> None:
    assert not verdict(arguments)


@pytest.mark.parametrize(("length", "quoted"), [(80, "{0}"), (81, "{0:.79}…")])
def test_a_long_address_is_cut_where_it_is_quoted(length: int, quoted: str) -> None:
    address = "https://evil.example/".ljust(length, "a")
    assert verdict({"what": address}).startswith(f"it would tell {quoted.format(address)} what stands")


def test_one_that_the_user_gave_or_that_is_trusted_does_not() -> None:
    page = "https://example.com/a"
    assert not verdict({"url": page}, ArgumentOrigin("url", "user", page, whole=True))
    assert not verdict({"url": page}, trusted=("https://example.com/**",))
    assert verdict({"url": page + "?d=7391"}, ArgumentOrigin("url", "user", page, whole=True))


def test_a_documents_words_go_out_only_by_a_tool_of_somebody_else_or_one_that_says_so() -> None:
    arguments: dict[str, object] = {"what": "the code of the vault is 7391-A"}
    assert not verdict(arguments, COPY)
    for theirs in (replace(look, origin="mcp:mail"), replace(look, origin="openapi:shop")):
        assert "a.md:3" in verdict(arguments, COPY, of=theirs)
        assert not verdict({"what": "17"}, SHORT, of=theirs)
    careful = replace(look, sensitive=("what",))
    assert "a.md:3" in verdict(arguments, COPY, of=careful)
    assert "a.md:3" in verdict({"what": ["a", arguments["what"]]}, replace(COPY, argument="what.1"), of=careful)
    assert "'17'" in verdict({"what": "17"}, SHORT, of=careful)
    assert not verdict({"what": "17"}, replace(SHORT, origin="user"), of=careful)
