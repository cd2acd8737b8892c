"""`fetch_url` as the settings offer it and as the dispatcher runs it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from web_server import Answer, WebServer, leads_to

from chatbot.effects import CallTool
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools import Place, Tool, Toolbox, built_in_tools
from chatbot.tools.fetch_url import MAX_CHARACTERS, fetch_with
from chatbot.tools.web_guard import WebGuard
from chatbot.workspace import Settings


def made(tmp_path: Path, **options: object) -> Tool:
    (tool,) = built_in_tools(["fetch_url"], {"fetch_url": options}, Place(tmp_path, tmp_path / ".chatbot"))
    return tool


def run(tool: Tool, url: str) -> ToolResult:
    return asyncio.run(Toolbox([tool]).run(CallTool(ToolCall("1", "fetch_url", json.dumps({"url": url})))))


async def here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def on_loopback(server: WebServer) -> Tool:
    """The tool, with one port of this machine as the public internet."""
    return fetch_with(WebGuard((f"*:{server.port}",), here, lambda address, port: port == server.port))


def test_it_is_off_unless_the_settings_list_it() -> None:
    assert "fetch_url" not in Settings().tools


def test_its_address_has_to_come_from_the_user(tmp_path: Path) -> None:
    assert made(tmp_path).sensitive == ("url",)


def test_a_page_is_read_as_text_with_the_address_it_led_to() -> None:
    with WebServer({"/old": leads_to("/new"), "/new": Answer("<title>News</title><p>It rained.")}) as server:
        url = f"http://news.example:{server.port}"
        result = run(on_loopback(server), f"{url}/old")
    assert (result.text, result.failed) == (f"{url}/new\n\n# News\n\nIt rained.", False)


def test_an_empty_page_says_so() -> None:
    with WebServer({"/": Answer("<script>paint()</script>")}) as server:
        assert run(on_loopback(server), f"http://a.example:{server.port}/").text.endswith("(the page holds no text)")


def test_a_long_page_is_cut() -> None:
    with WebServer({"/": Answer("x" * (MAX_CHARACTERS + 5), "text/plain")}) as server:
        said = asyncio.run(on_loopback(server)(url=f"http://a.example:{server.port}/"))
    assert said.endswith("x\n[cut here: 200,000 of 200,005 characters]")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://169.254.169.254/latest/meta-data/", "does not lie on the public internet"),
        ("http://localhost/", "is no host of the web"),
        ("http://127.0.0.1:11434/api/tags", "port 11434 is not asked"),
        ("example.com", "is not a URL of the web"),
    ],
)
def test_what_is_refused_is_an_error_that_the_model_reads(tmp_path: Path, url: str, said: str) -> None:
    result = run(made(tmp_path), url)
    assert result.failed and said in result.text and "\n" not in result.text


def test_only_the_hosts_that_the_settings_allow_are_asked(tmp_path: Path) -> None:
    result = run(made(tmp_path, allow=["docs.example.com"]), "https://example.com/")
    assert result.failed and "'example.com' is not among the hosts that the settings allow" in result.text
