"""The tools by the names that models write: as declared, in the protocol's characters, behind `functions.`, or so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from chatbot.wire_names import wire_name

_PREFIX = re.compile(r"(?:functions?|tools?|default_api|tool_code|api)[.:/]|call:")


class Offered(Protocol):
    """A tool, as far as a reader of calls needs it."""

    @property
    def name(self) -> str:
        """What a call of it is called."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """JSON Schema of its arguments."""


class Names:
    """Finds tools by name."""

    def __init__(self, tools: Iterable[Offered]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._wire: dict[str, Offered | None] = {}
        self._letters: dict[str, Offered | None] = {}
        for name, tool in self._tools.items():
            for index, key in ((self._wire, wire_name(name)), (self._letters, letters(name))):
                index[key] = None if key in index else tool

    @property
    def written(self) -> Iterable[str]:
        """The names, as declared and as the protocol carries them."""
        return (*self._tools, *self._wire)

    def __iter__(self) -> Iterator[Offered]:
        return iter(self._tools.values())

    def __bool__(self) -> bool:
        return bool(self._tools)

    def exact(self, written: str) -> Offered | None:
        """The tool that is called just so, apart from a prefix and characters that the protocol does not allow."""
        bare = _PREFIX.sub("", written, count=1) if written not in self._tools and _PREFIX.match(written) else written
        return self._tools.get(bare) or self._wire.get(wire_name(bare))

    def find(self, written: str) -> Offered | None:
        """The tool that is meant: the one called just so, else the only one with these letters and digits."""
        written = written.strip()
        found = self.exact(written) or self._letters.get(letters(written))
        return found or (self.exact(written.removesuffix(".call")) if written.endswith(".call") else None)


def letters(name: str) -> str:
    """A name by its letters and digits: models write `Search Knowledge` for `search_knowledge`."""
    return "".join(filter(str.isalnum, name)).casefold()


def properties(tool: Offered) -> Mapping[str, object]:
    """The tool's parameters and their schemas, in order."""
    found = tool.parameters.get("properties")
    return found if isinstance(found, Mapping) else {}


def required(tool: Offered) -> list[str]:
    """The parameters that a call must give."""
    found = tool.parameters.get("required")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list | tuple) else []


def suits(tool: Offered, arguments: Mapping[str, object]) -> bool:
    """Whether an object may well be the tool's arguments: one of them is among its keys, or none is needed."""
    return any(key in properties(tool) for key in arguments) if arguments else not required(tool)
