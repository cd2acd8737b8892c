"""A tool as an MCP server declares it: text of a third party, known again by the hash of all that it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatbot.visible import visible

if TYPE_CHECKING:
    from mcp.types import Tool as McpTool

_PROSE = ("title", "description", "$comment")
"""Keys of a schema whose text only explains: what is unseen in it is written out."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A tool as its server declares it."""

    name: str
    manifest: Mapping[str, object] = field(hash=False)
    """The whole declaration, as JSON: description, schemas, annotations and all else."""

    @property
    def fingerprint(self) -> str:
        """sha256 of the declaration, with its keys sorted."""
        text = json.dumps(self.manifest, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def description(self) -> str:
        """What the server says of the tool, with what cannot be seen written out: for models and people alike."""
        return visible(str(self.manifest.get("description") or self.manifest.get("title") or "")).strip()

    @property
    def schema(self) -> dict[str, object]:
        """JSON Schema of the arguments, its prose with what cannot be seen written out."""
        schema = _with_visible_prose(self.manifest.get("inputSchema"))
        return schema if isinstance(schema, dict) else {"type": "object"}


def declared(tools: Sequence[McpTool], sent: Sequence[object]) -> list[Declared]:
    """The tools of a page that the SDK read, each with all that was sent of it, also what the SDK does not know.

    Raises ValueError where what was sent is not that page.
    """
    names = {tool.name for tool in tools}
    found = [Declared(str(each["name"]), each) for each in sent if isinstance(each, dict) and each.get("name") in names]
    if {each.name for each in found} != names:
        raise ValueError("the tools that were read are not the ones that were sent")
    return found


def _with_visible_prose(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            key: visible(inner) if key in _PROSE and isinstance(inner, str) else _with_visible_prose(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_with_visible_prose(inner) for inner in value]
    return value
