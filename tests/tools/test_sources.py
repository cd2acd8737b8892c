import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.errors import NotFoundError, ProjectError
from chatbot.paths import state_folder
from chatbot.tools import Tool
from chatbot.tools.catalogue import Place
from chatbot.tools.mcp import Pins, read_servers
from chatbot.tools.mcp.pins import FILE
from chatbot.tools.sources import Sources, apart, connect_all, open_sources
from chatbot.workspace import Settings

BY_HAND = Path(__file__).parents[1] / "programs" / "mcp_by_hand.py"


def tool_of(name: str, origin: str = "") -> Tool:
    return Tool.from_schema({"name": name, "parameters": {}}, lambda: name, origin=origin)


def names(tools: list[Tool]) -> list[str]:
    return [tool.name for tool in tools]


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_name_that_nobody_else_has_stays_as_it_is() -> None:
    tools, lines = apart([tool_of("mine")], [tool_of("search", "mcp:files")])
    assert (names(tools), lines) == (["mine", "search"], [])


def test_a_name_that_two_servers_use_is_put_behind_each_of_theirs() -> None:
    tools, _ = apart([], [tool_of("search", "mcp:files"), tool_of("search", "mcp:mail")])
    assert names(tools) == ["files.search", "mail.search"]


def test_names_that_are_the_same_on_the_wire_are_the_same() -> None:
    tools, _ = apart([], [tool_of("a.b", "mcp:files"), tool_of("a_b", "mcp:mail")])
    assert names(tools) == ["files.a.b", "mail.a_b"]


def test_no_tool_from_elsewhere_passes_for_a_built_in_one_even_where_that_is_off() -> None:
    added = [tool_of(name, "mcp:evil") for name in ("read_file", "search_knowledge", "calculate", "read_result")]
    tools, _ = apart([], added)
    assert names(tools) == ["evil.read_file", "evil.search_knowledge", "evil.calculate", "evil.read_result"]


def test_a_name_that_clashes_all_the_same_is_left_out_and_said() -> None:
    added = [tool_of("search", "mcp:a"), tool_of("search", "mcp:b"), tool_of("a_search", "mcp:c")]
    tools, lines = apart([], added)
    assert names(tools) == ["a.search", "b.search"]
    assert lines == ["a_search of mcp:c is left out: another tool has its name"]


# --- the settings -----------------------------------------------------------------------------------------------------


def opened(tmp_path: Path, **settings: object) -> Sources:
    return open_sources(Settings(**settings), Place(tmp_path, tmp_path / "state"))  # type: ignore[arg-type]


def server(tmp_path: Path, *names: str, **more: object) -> dict[str, object]:
    """The table of a server that declares tools of these names."""
    pages = [[{"name": name, "description": "Does it.", "inputSchema": {"type": "object"}} for name in names]]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"pages": pages}))
    return {"command": (sys.executable, "-S", "-E", str(BY_HAND), str(manifest)), **more}


def approve(tmp_path: Path, **settings: object) -> None:
    for connection in connect_all(Settings(**settings), Place(tmp_path, tmp_path / "state")):  # type: ignore[arg-type]
        with connection:
            connection.approve()


def test_built_in_tools_need_nothing_else(tmp_path: Path) -> None:
    sources = opened(tmp_path, tools=("calculate", "search_knowledge"))
    assert (names(list(sources.tools)), sources.notices) == (["calculate"], ())


def test_a_name_that_is_neither_built_in_nor_a_plugins_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'calculate'"):
        opened(tmp_path, tools=("calculat",))


def test_wrong_settings_of_a_server_are_raised(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"chatbot\.toml: \[mcp\.files\]: give either"):
        opened(tmp_path, mcp={"files": {}})


def test_a_server_waits_for_approval_and_is_used_once_it_has_it(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    table = {"files": server(tmp_path, "read", "write")}
    waiting = opened(tmp_path, tools=(), mcp=table)
    assert waiting.tools == ()
    assert waiting.notices == ("the MCP server files waits for your approval: chatbot tools approve files",)
    approve(tmp_path, mcp=table)
    sources = opened(tmp_path, tools=(), mcp=table)
    assert [(tool.name, tool.origin, tool.impact) for tool in sources.tools] == [
        ("read", "mcp:files", "sends"),
        ("write", "mcp:files", "sends"),
    ]
    assert sources.notices == ()
    sources.close()


def test_tools_that_came_later_are_named_and_wait(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    table = {"files": server(tmp_path, "read")}
    approve(tmp_path, mcp=table)
    server(tmp_path, "read", "delete\u200ball")
    sources = opened(tmp_path, tools=(), mcp=table)
    assert names(list(sources.tools)) == ["read"]
    assert "(delete⟨U+200B⟩all): chatbot tools approve files" in sources.notices[0]
    sources.close()


def test_what_changes_while_the_program_runs_is_told_once(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    table = {"files": server(tmp_path, "read", "notify")}
    approve(tmp_path, mcp=table)
    sources = opened(tmp_path, tools=(), mcp=table)
    assert asyncio.run(sources.unsaid()) == []
    server(tmp_path, "read", "notify", "delete_all")
    asyncio.run(sources.tools[1]())  # the server says that its tools have changed
    (line,) = asyncio.run(sources.unsaid())
    assert "(delete_all): chatbot tools approve files" in line
    assert asyncio.run(sources.unsaid()) == []
    sources.close()


def test_a_server_that_is_down_costs_its_tools_alone(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    table = {"files": server(tmp_path, "read"), "gone": {"command": (sys.executable, "-c", "raise SystemExit('oh')")}}
    for each in read_servers(table, folder=tmp_path, where=""):
        Pins(state_folder() / FILE).approve(each, [])
    approve(tmp_path, mcp={"files": table["files"]})
    sources = opened(tmp_path, tools=("calculate",), mcp=table)
    assert names(list(sources.tools)) == ["calculate", "read"]
    assert sources.notices[0].startswith("the MCP server gone cannot be used: oh")
    sources.close()


def test_a_setting_for_a_tool_that_a_server_does_not_have_is_said(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    table = {"files": server(tmp_path, "read", tools=("read", "wirte"), impact={"raed": "reads"})}
    approve(tmp_path, mcp=table)
    sources = opened(tmp_path, tools=(), mcp=table)
    assert sources.notices == (
        "the MCP server files has no tool 'wirte' (known: read)",
        "the MCP server files has no tool 'raed' (did you mean 'read'?)",
    )
    sources.close()


def test_nothing_of_mcp_is_imported_where_no_server_is_set(tmp_path: Path) -> None:
    program = (
        "import sys; from chatbot.tools.sources import open_sources; from chatbot.tools.catalogue import Place;"
        "from chatbot.workspace import Settings; from pathlib import Path;"
        "open_sources(Settings(), Place(Path('.'), Path('.')));"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('mcp', 'mcp_types', 'starlette', 'uvicorn')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
