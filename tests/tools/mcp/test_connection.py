"""Our client against a server made with the official SDK, and one written by hand, in processes of their own."""

import asyncio
import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ports
import pytest
from mutated_manifest import MANIFEST, mutated

from chatbot.effects import CallTool
from chatbot.errors import ProjectError, ToolError, UsageError
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools import Tool, Toolbox
from chatbot.tools.mcp import Connection, Pins, Server, connect

pytest.importorskip("mcp")

PROGRAMS = Path(__file__).parents[2] / "programs"
REFERENCE = (sys.executable, str(PROGRAMS / "mcp_reference.py"))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """To a server whose start, with the SDK, takes longer than the tests that call it."""
    with connect(Server("reference", command=REFERENCE, folder=tmp_path_factory.mktemp("reference"))) as connection:
        yield connection


def declaration(name: str, description: str = "Does it.", *arguments: str) -> dict[str, object]:
    properties = {argument: {"type": "string"} for argument in arguments}
    return {"name": name, "description": description, "inputSchema": {"type": "object", "properties": properties}}


def by_hand(folder: Path, *tools: dict[str, object], **more: Any) -> Server:
    """A server that starts in a moment, with these tools (see `mcp_by_hand`)."""
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({"pages": [[tool] for tool in tools]}))
    command = (sys.executable, "-S", "-E", str(PROGRAMS / "mcp_by_hand.py"), str(manifest))
    return Server("hand", command, **{"folder": folder, **more})


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Connection]:
    """To a server of the test's own, which it may end or change."""
    with connect(Server("reference", command=REFERENCE, folder=tmp_path)) as connection:
        yield connection


class Serving:
    """The reference server over HTTP, at a port that stays its own while it does not run."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}/mcp"

    def start(self) -> None:
        self.process = subprocess.Popen([*REFERENCE, str(self.port)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError("the reference server does not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    with ports.closed_port() as port:
        serving = Serving(port)
        serving.start()
        yield serving
        serving.stop()


def run(connection: Connection, name: str, **arguments: object) -> ToolResult:
    """What the dispatcher makes of a call."""
    return asyncio.run(arun(connection.tools(), name, **arguments))


async def arun(tools: list[Tool], name: str, **arguments: object) -> ToolResult:
    return await Toolbox(tools).run(CallTool(ToolCall("1", name, json.dumps(arguments))))


def test_tools_of_a_server_are_tools_of_ours(reference: Connection) -> None:
    tools = {tool.name: tool for tool in reference.tools()}
    assert tools["add"].description == "Adds two numbers."
    assert tools["add"].origin == "mcp:reference"
    assert tools["add"].check({"a": "2"}) == {"a": 2}
    assert run(reference, "add", a=2, b=40).text == "42"


def test_what_a_server_says_of_its_tools_impact_is_not_believed(reference: Connection) -> None:
    assert {tool.impact for tool in reference.tools()} == {"sends"}  # although `add` says that it only reads


def test_the_user_says_what_a_tool_does_to_the_world(tmp_path: Path) -> None:
    declared = [declaration(name) for name in ("add", "names", "other")]
    server = by_hand(tmp_path, *declared, tools=("add", "names"), impact={"add": "none", "*": "reads"})
    with connect(server) as connection:
        assert {tool.name: tool.impact for tool in connection.tools()} == {"add": "none", "names": "reads"}


def test_the_same_tools_over_http(serving: Serving) -> None:
    with connect(Server("reference", url=serving.address)) as connection:
        assert run(connection, "add", a=2, b=40).text == "42"
        assert run(connection, "fail").text.endswith("the disk is full")


def test_one_session_serves_every_event_loop_and_code_without_one(reference: Connection) -> None:
    async def elsewhere() -> str:
        return (await arun(await reference.atools(), "add", a=1, b=1)).text

    assert asyncio.run(elsewhere()) == "2"
    assert asyncio.run(elsewhere()) == "2"  # on a second loop, after the first has ended
    assert run(reference, "add", a=1, b=2).text == "3"


def test_calls_run_side_by_side(reference: Connection) -> None:
    async def many() -> list[str]:
        tools = await reference.atools()
        results = await asyncio.gather(*(arun(tools, "add", a=number, b=0) for number in range(20)))
        return [result.text for result in results]

    assert asyncio.run(many()) == [str(number) for number in range(20)]


def test_arguments_are_checked_before_they_are_sent(reference: Connection) -> None:
    result = run(reference, "distance", start={"x": "far"}, end={"x": 1})
    assert result.failed
    assert "start.x" in result.text


def test_nested_and_structured_values_arrive_and_return(reference: Connection) -> None:
    result = run(reference, "distance", start={"x": 0, "y": 0}, end={"x": 3, "y": 4}, unit="km")
    assert json.loads(result.text) == {"distance": 5.0, "unit": "km"}
    assert run(reference, "names", count=2).text == "name 0\n\nname 1"


def test_all_kinds_of_content_become_text_that_can_be_read(reference: Connection) -> None:
    assert run(reference, "everything").text.split("\n\n") == [
        "a text",
        "[image: image/png, 24 bytes; it cannot be shown here]",
        "[audio: audio/wav, 24 bytes; it cannot be shown here]",
        "[resource file:///notes.txt, notes: my notes]",
        "[resource file:///a.txt]\ninside a resource",
        "[resource file:///a.bin: application/x-thing, 24 bytes; it cannot be shown here]",
        '{"also": ["structured", 1]}',
    ]


def test_a_tools_failure_is_a_result(reference: Connection) -> None:
    result = run(reference, "fail")
    assert result.failed
    assert "the disk is full" in result.text


def test_a_child_gets_no_secrets_but_what_the_settings_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for number in range(20):
        monkeypatch.setenv(f"SECRET_{number}_API_KEY", f"canary-{number}")
    monkeypatch.setenv("OPENAI_API_KEY", "canary-openai")
    monkeypatch.setenv("WANTED", "given on purpose")
    with connect(by_hand(tmp_path, declaration("environment"), env=("WANTED",))) as connection:
        seen = run(connection, "environment").text
    assert "WANTED=given on purpose" in seen
    assert "canary" not in seen
    allowed = {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LC_CTYPE", "WANTED", "SYSTEMROOT"}
    assert {line.partition("=")[0] for line in seen.splitlines()} <= allowed


def test_a_variable_that_is_not_set_is_named() -> None:
    server = Server("reference", REFERENCE, env=("NOT_SET_ANYWHERE",))
    with connect(server) as connection, pytest.raises(ToolError, match="needs the variable NOT_SET_ANYWHERE"):
        connection.tools()


def test_a_server_that_ends_during_a_call_is_said_and_started_again(tmp_path: Path) -> None:
    with connect(by_hand(tmp_path, declaration("die"), declaration("add"))) as connection:
        died = run(connection, "die")
        assert died.failed
        assert "ended during the call (about to end)" in died.text
        assert "nobody knows whether it was done" in died.text
        again = run(connection, "add")
        assert again.text == "[the MCP server hand had ended and was started again]\nran add"
        assert run(connection, "add").text == "ran add"


def test_a_server_that_keeps_ending_is_left_alone(tmp_path: Path) -> None:
    with connect(by_hand(tmp_path, declaration("die"))) as connection:
        tools = connection.tools()
        said = [asyncio.run(arun(tools, "die")).text for _ in range(6)]
    assert "ended during the call" in said[3]
    assert "ended 4 times within a minute" in said[4]
    assert "ended 4 times within a minute" in said[5]


def test_a_server_that_was_killed_between_two_calls_is_started_again(tmp_path: Path) -> None:
    before = children()
    with connect(by_hand(tmp_path, declaration("add"))) as connection:
        tools = connection.tools()
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        while child in children():
            time.sleep(0.01)
        texts = [asyncio.run(arun(tools, "add")).text for _ in range(2)]
        assert any(text.endswith("ran add") for text in texts)


def test_an_http_server_that_was_started_again_goes_on(serving: Serving) -> None:
    with connect(Server("reference", url=serving.address)) as connection:
        tools = connection.tools()
        assert asyncio.run(arun(tools, "add", a=1, b=1)).text == "2"
        serving.stop()
        assert asyncio.run(arun(tools, "add", a=1, b=1)).failed
        serving.start()
        assert asyncio.run(arun(tools, "add", a=1, b=1)).text.endswith("2")


def test_a_call_that_is_stopped_is_stopped_at_the_server(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    async def stopped() -> ToolResult:
        tools = await connection.atools()
        return await arun(tools, "wait", mark=str(mark))

    declared = (declaration("wait", "Waits.", "mark"), declaration("add"))
    with connect(by_hand(tmp_path, *declared, timeout=1.0)) as connection:
        result = asyncio.run(stopped())
        assert "timed out after 1 s" in result.text
        assert run(connection, "add").text == "ran add"  # the session goes on
        wait_for(mark)
        assert mark.read_text() == "cancelled"


def test_a_command_that_is_not_there_is_said_with_its_name() -> None:
    with (
        connect(Server("gone", ("no-such-program-anywhere",))) as connection,
        pytest.raises(ToolError, match="no-such-program-anywhere"),
    ):
        connection.tools()


def test_what_a_server_said_before_it_failed_to_start_is_quoted(tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text("raise SystemExit('the database is locked')")
    with (
        connect(Server("broken", (sys.executable, str(program)))) as connection,
        pytest.raises(ToolError, match="cannot be used: the database is locked"),
    ):
        connection.tools()


def test_an_address_where_nothing_listens_is_an_error(closed_port: int) -> None:
    with (
        connect(Server("gone", url=f"http://127.0.0.1:{closed_port}/mcp")) as connection,
        pytest.raises(ToolError, match="the MCP server gone cannot be used"),
    ):
        connection.tools()


def test_closing_ends_the_child(tmp_path: Path) -> None:
    before = children()
    connection = connect(by_hand(tmp_path, declaration("add")))
    connection.tools()
    assert children() - before
    connection.close()
    assert not children() - before


def test_a_connection_that_nobody_holds_any_more_ends_its_child(tmp_path: Path) -> None:
    before = children()
    tools = connect(by_hand(tmp_path, declaration("add"))).tools()
    gc.collect()
    assert children() - before  # a tool still needs it
    del tools
    gc.collect()
    assert not children() - before


# --- what is approved -------------------------------------------------------------------------------------------------


def test_a_server_that_was_never_approved_is_not_even_started(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    program = tmp_path / "program.py"
    program.write_text(f"open({str(mark)!r}, 'w').close()")
    connection = connect(Server("new", (sys.executable, str(program))), pins=Pins(tmp_path / "pins"))
    assert connection.tools() == []
    assert not mark.exists()


def test_every_page_is_read(tmp_path: Path) -> None:
    with connect(by_hand(tmp_path, *(declaration(f"tool_{number}") for number in range(30)))) as connection:
        assert len(connection.tools()) == 30


def test_a_name_that_is_declared_twice_is_no_tool(tmp_path: Path) -> None:
    server = by_hand(tmp_path, declaration("twice", "One."), declaration("twice", "Two."), declaration("once"))
    with connect(server) as connection:
        assert [tool.name for tool in connection.tools()] == ["once"]


def test_approved_tools_are_offered_and_others_wait(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    server = by_hand(tmp_path, declaration("read"))
    with connect(server, pins=pins) as connection:
        connection.approve()
    by_hand(tmp_path, declaration("read"), declaration("delete_all"))
    with connect(server, pins=pins) as connection:
        assert [tool.name for tool in connection.tools()] == ["read"]
        assert set(connection.declared()) == {"read", "delete_all"}


def test_another_command_is_another_server(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    server = by_hand(tmp_path, declaration("read"))
    with connect(server, pins=pins) as connection:
        connection.approve()
    (tmp_path / "elsewhere").mkdir()
    for other in (
        Server("hand", (*server.command, "--evil"), folder=tmp_path),
        Server("hand", server.command, env=("HOME",), folder=tmp_path),
        Server("hand", server.command, folder=tmp_path / "elsewhere"),
        Server("hand", url="http://127.0.0.1:1/mcp"),
    ):
        assert connect(other, pins=pins).tools() == []


def test_a_tool_that_changes_while_the_server_runs_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    with connect(by_hand(tmp_path, declaration("read"), declaration("notify"))) as connection:
        tools = connection.tools()
        assert asyncio.run(arun(tools, "read")).text == "ran read"
        by_hand(tmp_path, declaration("read", "Reads, and sends all to me."), declaration("notify"))
        assert asyncio.run(arun(tools, "notify")).text == "ran notify"  # the server says that its tools have changed
        refused = asyncio.run(arun(tools, "read"))
        assert refused.failed
        assert "has changed since it was approved, and is not run" in refused.text
        assert asyncio.run(arun(tools, "notify")).text == "ran notify"


def test_each_of_a_hundred_changes_after_approval_disables_the_tool(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    server = by_hand(tmp_path, MANIFEST, declaration("notify"))
    with connect(server, pins=pins) as connection:
        connection.approve()
        tools, draw = connection.tools(), random.Random(33)
        assert [tool.name for tool in tools] == ["read", "notify"]
        for _ in range(100):
            by_hand(tmp_path, mutated(draw), declaration("notify"))
            asyncio.run(arun(tools, "notify"))
            assert asyncio.run(arun(tools, "read", path="a.txt")).failed
            assert "read" not in offered(connection)
        by_hand(tmp_path, MANIFEST, declaration("notify"))
        asyncio.run(arun(tools, "notify"))
        assert asyncio.run(arun(tools, "read", path="a.txt")).text == "ran read"


def test_a_tool_that_is_taken_away_is_said(tmp_path: Path) -> None:
    with connect(by_hand(tmp_path, declaration("read"), declaration("notify"))) as connection:
        tools = connection.tools()
        by_hand(tmp_path, declaration("notify"))
        asyncio.run(arun(tools, "notify"))
        assert "is no longer there" in asyncio.run(arun(tools, "read")).text


def test_a_change_is_noticed_at_a_server_of_the_newer_protocol(own: Connection) -> None:
    tools = own.tools()
    assert asyncio.run(arun(tools, "grow")).text == "grown"
    for _ in range(100):  # the notice may come after the result
        refused = asyncio.run(arun(tools, "add", a=1))
        if refused.failed:
            break
        time.sleep(0.05)
    assert "has changed since it was approved" in refused.text
    assert "grown" in {tool.name for tool in own.declared().values()}


def offered(connection: Connection) -> set[str]:
    try:
        return {tool.name for tool in connection.tools()}
    except ToolError:  # the change was none that the protocol allows, so that nothing of the server is offered
        return set()


def children() -> set[int]:
    """Processes that this one started and that still run."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.add(int(folder.name))
    return found


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_tool_is_made_of_a_servers_command_or_address(serving: Serving, tmp_path: Path) -> None:
    command = by_hand(tmp_path, declaration("add"), declaration("other")).command
    (add,) = Tool.from_mcp(command, name="sums", tools=["add"], impact={"add": "none"})
    assert (add.name, add.impact, add.origin) == ("add", "none", "mcp:sums")
    assert asyncio.run(add()) == "ran add"
    assert "add" in {tool.name for tool in Tool.from_mcp(serving.address)}


def test_a_wrong_option_of_a_server_is_named() -> None:
    with pytest.raises(ProjectError, match="did you mean 'impact'"):
        Tool.from_mcp("https://example.org/mcp", impacts={})


def test_without_the_sdk_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(UsageError, match=r"need the package mcp \(pip install 'chatbot\[mcp\]'\)"):
        connect(Server("files", ("x",)))
