"""The built-in tools: their names, the modules they live in, and how they are made with what the settings say of them.

A module of a built-in tool holds the tool itself, under the tool's name, or `make(options, place)`, which makes it.
What can be set is in the module's `OPTIONS`, the default of each option by its name; `make` is given every one of them.
Modules are imported when their tool is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from chatbot.errors import NotFoundError, ProjectError, nearest
from chatbot.memory import MEMORY_FILE, Embed, Memory
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE
from chatbot.tools.tool import Tool
from chatbot.workspace import SETTINGS_FILE, checked


@dataclass(frozen=True, slots=True)
class Place:
    """Where the built-in tools are at work."""

    root: Path
    """Folder of the workspace: what tools may read, and what relative paths are relative to."""
    state: Path
    """Folder for what tools write; created when first written to."""
    embed: Embed | None = None
    """Vectors of texts, for tools that find by meaning."""

    def memory(self) -> Memory:
        """What is remembered of the user."""
        return Memory(self.state / MEMORY_FILE)


_HOMES: Mapping[str, str] = {
    "calculate": "chatbot.tools.calculate",
    "current_time": "chatbot.tools.clock",
    "fetch_url": "chatbot.tools.fetch_url",
    "forget": "chatbot.tools.forget",
    "list_files": "chatbot.tools.list_files",
    "read_file": "chatbot.tools.read_file",
    "recall": "chatbot.tools.recall",
    "remember": "chatbot.tools.remember",
    "run_sql": "chatbot.tools.run_sql",
    "search_web": "chatbot.tools.search_web",
    "weather": "chatbot.tools.weather",
}

BUILT_IN = (*_HOMES, SEARCH_KNOWLEDGE.name)
"""Names that the settings may list under `tools`."""


def built_in_tools(names: Iterable[str], options: Mapping[str, Mapping[str, object]], place: Place) -> list[Tool]:
    """The built-in tools of these names, less the search: that one is performed by the turn itself.

    options: what is set of each tool, by its name. Raises NotFoundError for an unknown tool, with the nearest name, and
    ProjectError for options that are wrong, with the name of the file they stand in.
    """
    where = str(place.root / SETTINGS_FILE)
    for name in options:
        if name not in BUILT_IN:
            raise ProjectError(f"{where}: [tool_options.{name}]: there is no such tool", hint=nearest(name, BUILT_IN))
    made = [_made(name, options.get(name, {}), place, where) for name in dict.fromkeys(names)]
    return [tool for tool in made if tool is not None]


def _made(name: str, given: Mapping[str, object], place: Place, where: str) -> Tool | None:
    if name not in BUILT_IN:
        raise NotFoundError(f"there is no built-in tool {name!r}", hint=nearest(name, BUILT_IN))
    module = importlib.import_module(_HOMES[name]) if name in _HOMES else None
    where = f"{where}: [tool_options.{name}]"
    defaults: Mapping[str, object] = getattr(module, "OPTIONS", {})
    if given and not defaults:
        raise ProjectError(f"{where}: nothing about {name} can be set", hint="remove the table")
    options = {**defaults, **checked(given, defaults, where=where)}
    if module is None:
        return None
    tool = module.make(MappingProxyType(options), place) if hasattr(module, "make") else getattr(module, name)
    assert isinstance(tool, Tool)
    return tool
