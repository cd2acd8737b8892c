"""Our server against the client of the official SDK, as a program that it starts and over HTTP."""

import asyncio
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.tools.mcp.serving import Guard
from chatbot.workspace import create_workspace

mcp = pytest.importorskip("mcp")

CHATBOT = str(Path(sys.executable).parent / "chatbot")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one document, and tools of which some have side effects."""
    root = create_workspace(tmp_path_factory.mktemp("shop") / "shop").root
    for page in (root / "knowledge").iterdir():
        page.unlink()
    (root / "knowledge" / "returns.md").write_text("# Returns\n\nGoods can be returned within 30 days.\n")
    tools = '["calculate", "current_time", "read_file", "remember", "search_knowledge"]'
    (root / "chatbot.toml").write_text(f'model = "extractive"\ntools = {tools}\n')
    (root / "notes.txt").write_text("bring milk")
    return root


def served(folder: Path, *arguments: str) -> object:
    """How the SDK starts our server."""
    variables = {name: os.environ[name] for name in ("PYTHONPATH", "XDG_STATE_HOME") if name in os.environ}
    return mcp.StdioServerParameters(command=CHATBOT, args=["tools", "serve", *arguments], cwd=folder, env=variables)


async def texts(client: object, *calls: tuple[str, dict[str, object]]) -> list[str]:
    results = [await client.call_tool(name, arguments) for name, arguments in calls]  # type: ignore[attr-defined]
    return [f"{'failed: ' if result.is_error else ''}{result.content[0].text}" for result in results]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_program_that_starts_us_lists_and_calls_our_tools(folder: Path, mode: str) -> None:
    async def use() -> tuple[dict[str, object], list[str]]:
        async with mcp.Client(served(folder), mode=mode) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            calls = [
                ("calculate", {"expression": "6*7"}),
                ("read_file", {"path": "notes.txt"}),
                ("calculate", {"wrong": 1}),
                ("search_knowledge", {"query": "How long can goods be returned?"}),
                ("search_knowledge", {}),
                ("no_such_tool", {}),
            ]
            return tools, await texts(client, *calls)

    tools, said = asyncio.run(use())
    assert set(tools) == {"calculate", "current_time", "read_file", "search_knowledge"}
    assert tools["calculate"].input_schema["required"] == ["expression"]  # type: ignore[attr-defined]
    assert tools["read_file"].annotations.read_only_hint  # type: ignore[attr-defined]
    assert said[0] == "42"
    assert "bring milk" in said[1]
    assert said[2].startswith("failed: error: wrong arguments for calculate: expression is missing")
    assert said[3] == "[1] returns.md:1 > Returns\n# Returns\n\nGoods can be returned within 30 days."
    assert said[4].startswith("failed: error: wrong arguments for search_knowledge")
    assert "there is no tool 'no_such_tool'" in said[5]


def test_side_effects_are_neither_offered_nor_done_unless_that_is_allowed(folder: Path) -> None:
    fact = {"fact": "the user likes tea"}

    async def use(*arguments: str) -> tuple[set[str], list[str]]:
        async with mcp.Client(served(folder, *arguments)) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            return names, await texts(client, ("remember", fact))

    names, said = asyncio.run(use())
    assert "remember" not in names
    assert said[0].startswith("failed: error: remember: it has side effects (writes)")
    names, said = asyncio.run(use("--allow", "remember"))
    assert "remember" in names
    assert not said[0].startswith("failed")


def test_what_was_decided_and_what_came_of_it_stands_in_the_journal(folder: Path) -> None:
    async def use() -> None:
        async with mcp.Client(served(folder)) as client:
            await texts(client, ("remember", {"fact": "nothing"}), ("calculate", {"expression": "1234+1"}))

    asyncio.run(use())
    with sqlite3.connect(folder / ".chatbot" / "journal.db") as journal:
        rows = journal.execute(
            "SELECT kind, result FROM effect JOIN result ON effect.id = effect ORDER BY id"
        ).fetchall()
    assert any(kind == "decision" and '"deny"' in result for kind, result in rows)
    assert any(kind == "tool" and '"1235"' in result for kind, result in rows)


def test_standard_output_holds_messages_of_the_protocol_and_nothing_else(folder: Path) -> None:
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "calculate", "arguments": {}}},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "search_knowledge"}},
    ]
    started = [CHATBOT, "tools", "serve"]
    with subprocess.Popen(started, cwd=folder, stdin=-1, stdout=-1, stderr=-1, encoding="utf-8") as program:
        assert program.stdin is not None and program.stdout is not None
        program.stdin.write("this is no message\n" + "".join(f"{json.dumps(each)}\n" for each in sent))
        program.stdin.flush()
        said = [json.loads(program.stdout.readline()) for _ in range(3)]
        program.stdin.close()
        assert program.stdout.read() == ""
    assert all(each["jsonrpc"] == "2.0" for each in said)
    assert {each.get("id") for each in said} == {1, 2, 3}
    assert program.returncode == 0


def test_ctrl_c_ends_it_while_it_waits_for_input(folder: Path) -> None:
    started = [CHATBOT, "tools", "serve"]
    with subprocess.Popen(started, cwd=folder, stdin=-1, stdout=-1, stderr=-1, encoding="utf-8") as program:
        assert program.stdin is not None and program.stdout is not None and program.stderr is not None
        program.stdin.write('{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        program.stdin.flush()
        program.stdout.readline()
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 130
        assert "Traceback" not in program.stderr.read()


# --- over HTTP --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    started = [CHATBOT, "tools", "serve", "--http", "0"]
    with subprocess.Popen(started, cwd=folder, stderr=-1, stdin=subprocess.DEVNULL, encoding="utf-8") as program:
        assert program.stderr is not None
        yield program.stderr.readline().removeprefix("serving at ").strip()
        program.terminate()


def test_the_same_over_http(address: str) -> None:
    async def use() -> tuple[set[str], list[str]]:
        async with mcp.Client(address) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            return names, await texts(client, ("calculate", {"expression": "6*7"}), ("remember", {"fact": "x"}))

    names, said = asyncio.run(use())
    assert "search_knowledge" in names and "remember" not in names
    assert said[0] == "42"
    assert said[1].startswith("failed: ")


def status(address: str, method: str, headers: dict[str, str]) -> int:
    port = int(address.rpartition(":")[2].partition("/")[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, "/mcp", skip_host=True)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        connection.putheader(name, value.replace("PORT", str(port)))
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    code = connection.getresponse().status
    connection.close()
    return code


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "PUT"])
@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:PORT"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1:PORT.evil.example"}, 421),
        ({"Host": "127.0.0.1:PORT@evil.example"}, 421),
        ({"Host": "localhost.evil.example:PORT"}, 421),
        ({}, 421),
        ({"Host": "127.0.0.1:PORT", "Origin": "https://evil.example"}, 403),
        ({"Host": "127.0.0.1:PORT", "Origin": "null"}, 403),
        ({"Host": "127.0.0.1:PORT", "Origin": "http://127.0.0.1:PORT.evil.example"}, 403),
        ({"Host": "localhost:PORT", "Origin": "https://localhost:PORT"}, 403),
        ({"Host": "localhost:PORT", "Origin": "http://localhost:1"}, 403),
    ],
)
def test_a_page_of_another_origin_reaches_nothing(
    address: str, method: str, headers: dict[str, str], refusal: int
) -> None:
    answered = status(address, method, headers)
    assert answered == refusal or (not headers and answered == 400)  # HTTP/1.1 itself wants a Host


def test_this_machine_itself_is_let_in(address: str) -> None:
    for host in ("127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT"):
        assert status(address, "POST", {"Host": host}) not in (403, 421)
        assert status(address, "POST", {"Host": host, "Origin": "http://localhost:PORT"}) not in (403, 421)


def test_port_80_needs_no_number() -> None:
    seen: list[str] = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append("served")

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: object) -> None:
        seen.append(str(message))

    scope = {"type": "http", "method": "GET", "path": "/mcp", "headers": [(b"host", b"localhost")]}
    asyncio.run(Guard(app, 80)(scope, receive, send))  # type: ignore[arg-type]
    assert seen == ["served"]


def test_a_port_that_is_taken_is_one_line(address: str, folder: Path) -> None:
    port = address.rpartition(":")[2].partition("/")[0]
    done = subprocess.run([CHATBOT, "tools", "serve", "--http", port], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"chatbot: port {port} cannot be used: Address already in use")


def test_it_listens_on_the_loopback_alone(address: str) -> None:
    port = int(address.rpartition(":")[2].partition("/")[0])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {row[1].partition(":")[0] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    assert listening == {"0100007F"}
