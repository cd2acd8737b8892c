from pathlib import Path

import pytest

from chatbot.errors import ProjectError
from chatbot.tools.mcp import Server, read_server, read_servers


def read(table: dict[str, object], name: str = "files") -> Server:
    return read_server(name, table, folder=Path("/workspace"), where="chatbot.toml")


def test_a_table_says_how_to_reach_a_server_and_what_it_may_do() -> None:
    table = {"command": ["python", "server.py"], "env": ["ROOT"], "tools": ["read"], "impact": {"read": "reads"}}
    server = read(table)
    assert server.command == ("python", "server.py")
    assert server.env == ("ROOT",)
    assert server.tools == ("read",)
    assert server.impact_of("read") == "reads"
    assert server.folder == Path("/workspace")


def test_a_tool_that_the_user_says_nothing_of_sends() -> None:
    assert read({"command": ["x"]}).impact_of("read_only_tool") == "sends"
    assert read({"command": ["x"], "impact": {"*": "none"}}).impact_of("read_only_tool") == "none"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "give either `command` or `url`"),
        ({"command": ["x"], "url": "https://a.example/mcp"}, "give either `command` or `url`"),
        ({"comand": ["x"]}, "did you mean 'command'"),
        ({"command": "python server.py"}, "not a list of strings"),
        ({"command": ["x"], "impact": {"read": "read"}}, "did you mean 'reads'"),
        ({"command": ["x"], "token": "T"}, "`token` is for a `url`"),
        ({"url": "https://a.example/mcp", "env": ["A"]}, "`env` is for a `command`"),
        ({"url": "ftp://a.example"}, "begins with https://"),
        ({"url": "a.example/mcp"}, "begins with https://"),
        ({"url": "https://[broken/mcp"}, "begins with https://"),
        ({"url": "https://me:pass@a.example/mcp"}, "carries no password"),
        ({"url": "http://a.example/mcp", "token": "T"}, "in the clear"),
    ],
)
def test_a_wrong_table_is_refused_with_its_name(table: dict[str, object], said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read(table)
    assert str(caught.value).startswith("chatbot.toml: [mcp.files]")
    assert said in str(caught.value)


def test_a_token_may_travel_over_loopback_or_https() -> None:
    assert read({"url": "http://127.0.0.1:1/mcp", "token": "T"}).token == "T"
    assert read({"url": "https://a.example/mcp", "token": "T"}).token == "T"


def test_a_name_that_would_not_fit_before_a_tools_name_is_refused() -> None:
    with pytest.raises(ProjectError, match="not a name of a server"):
        read({"command": ["x"]}, name="my files")


def test_servers_come_in_the_order_of_the_settings() -> None:
    tables = {"b": {"command": ["b"]}, "a": {"url": "https://a.example/mcp"}}
    servers = read_servers(tables, folder=Path("/workspace"), where="chatbot.toml")
    assert [server.name for server in servers] == ["b", "a"]


def test_what_is_said_of_impacts_and_time_does_not_make_another_server() -> None:
    one = Server("a", ("x",), folder=Path("/f"))
    assert one.identity == Server("b", ("x",), folder=Path("/f"), timeout=5, impact={"*": "none"}).identity
    assert one.identity != Server("a", ("x", "y"), folder=Path("/f")).identity
