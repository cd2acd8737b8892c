"""Plug-ins as they are installed: a distribution on the path, with an entry point of our group."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatbot.errors import ToolError
from chatbot.tools.catalogue import Place
from chatbot.tools.plugins import installed_plugins, load_plugin

Install = Callable[..., Place]

ONE = """
from chatbot.tools import tool

@tool(impact="none")
def shout(text: str) -> str:
    "Says it loudly."
    return text.upper()
"""

MADE = """
from chatbot.tools import Tool

def make(options, place):
    def where() -> str:
        return f"{options.get('greeting', 'hello')} from {place.root.name}"

    return [Tool.from_function(where, impact="none"), Tool.from_function(lambda: 1, name="second", impact="none")]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a distribution on the path whose entry point `NAME = module:attribute` is in our group."""
    site = tmp_path / "site"

    def put(name: str, source: str, attribute: str) -> Place:
        module = f"plugin_for_tests_{name}"
        about = site / f"{module}-1.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
        (about / "entry_points.txt").write_text(f"[chatbot.tools]\n{name} = {module}:{attribute}\n")
        (site / f"{module}.py").write_text(source)
        installed_plugins.cache_clear()
        return Place(tmp_path, tmp_path / "state")

    monkeypatch.syspath_prepend(site)
    yield put
    installed_plugins.cache_clear()
    for module in [each for each in sys.modules if each.startswith("plugin_for_tests_")]:
        del sys.modules[module]


def test_a_tool_is_a_plugin(install: Install) -> None:
    place = install("shout", ONE, "shout")
    (tool,) = load_plugin(installed_plugins()["shout"], {}, place)
    assert (tool.name, tool.origin, tool("hello")) == ("shout", "plugin:shout", "HELLO")


def test_a_plugin_makes_its_tools_of_options_and_place(install: Install, tmp_path: Path) -> None:
    place = install("greet", MADE, "make")
    where, second = load_plugin(installed_plugins()["greet"], {"greeting": "welcome"}, place)
    assert where() == f"welcome from {tmp_path.name}"
    assert second.name == "second"


def test_plugins_are_listed_without_being_imported(install: Install) -> None:
    install("loud", "raise SystemExit('imported')", "anything")
    assert installed_plugins()["loud"].value == "plugin_for_tests_loud:anything"
    assert "plugin_for_tests_loud" not in sys.modules


@pytest.mark.parametrize(
    ("source", "attribute", "said"),
    [
        ("import no_such_module_anywhere", "x", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
        ("raise SystemExit('leaving')", "x", "SystemExit: leaving"),
        ("x = (", "x", "SyntaxError"),
        ("", "missing", "has no attribute 'missing'"),
        ("def make(options, place): raise ValueError('two\\nlines')", "make", "ValueError: two lines"),
        ("def make(): return []", "make", "TypeError"),
        ("x = 3", "x", "brings a int, not a Tool"),
        ("def make(options, place): return [1]", "make", "brings a int, not a Tool"),
    ],
)
def test_what_is_wrong_with_a_plugin_is_one_line(install: Install, source: str, attribute: str, said: str) -> None:
    place = install("broken", source, attribute)
    with pytest.raises(ToolError) as caught:
        load_plugin(installed_plugins()["broken"], {}, place)
    assert said in str(caught.value)
    assert "plugin_for_tests_broken" in str(caught.value)
    assert "\n" not in str(caught.value)
