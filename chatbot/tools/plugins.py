"""Tools of installed packages: those that declare an entry point of the group `chatbot.tools`.

    [project.entry-points."chatbot.tools"]
    calendar = "my_package.tools:make"

A plug-in is loaded only where the settings name it under `tools`. Its entry point is a `Tool`, several of them, or a
function of `(options, place)` that makes them; `options` is the table `[tool_options.NAME]`. What is wrong with one
costs its tools and nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points

from chatbot.errors import ToolError
from chatbot.tools.catalogue import Place
from chatbot.tools.tool import Tool

GROUP = "chatbot.tools"


@functools.cache
def installed_plugins() -> Mapping[str, EntryPoint]:
    """The plug-ins by name. Nothing of them is imported."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def load_plugin(entry: EntryPoint, options: Mapping[str, object], place: Place) -> list[Tool]:
    """The tools of a plug-in. Raises ToolError, in one line, for whatever goes wrong in it."""
    try:
        found = entry.load()
        if callable(found) and not isinstance(found, Tool):
            found = found(options, place)
        tools = [found] if isinstance(found, Tool) else list(found) if isinstance(found, Iterable) else [found]
    except (Exception, SystemExit) as error:  # somebody else's code
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise ToolError(f"the plug-in {entry.name} cannot be loaded: {said}", hint=f"it is {entry.value}") from error
    for tool in tools:
        if not isinstance(tool, Tool):
            raise ToolError(
                f"the plug-in {entry.name} brings a {type(tool).__name__}, not a Tool", hint=f"it is {entry.value}"
            )
    return [replace(tool, origin=f"plugin:{entry.name}") for tool in tools]
