"""The schemas of an OpenAPI document that one operation uses, with everything they refer to, as one JSON Schema.

A reference to a part of the document becomes one to `$defs`, also where references lead in circles. What only a reply
may hold (`readOnly`) is left out of what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.errors import UsageError
from chatbot.tools.openapi.document import Document, prose, rows, table

MAX_NODES = 50_000
"""Tables and lists in the schemas of one operation: a model could not read a hundredth."""

_PROSE = {"title", "description"}

_VALUES = {"enum", "const", "default", "example", "examples"}
"""Keywords that hold values, in which nothing is a reference."""


@dataclass(slots=True)
class Definitions:
    """What schemas of one operation refer to, by name, filled while the schemas are read."""

    document: Document
    schemas: dict[str, object] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _nodes: int = 0

    def read(self, node: object) -> object:
        """A schema whose references lead to `$defs`. Raises UsageError for one that leads nowhere."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise UsageError(f"{self.document.name} has a schema of more than {MAX_NODES:,} parts")
        if isinstance(node, list):
            return [self.read(each) for each in node]
        if not isinstance(node, Mapping):
            return node
        made = {str(key): self._keyword(str(key), value) for key, value in node.items()}
        if "discriminator" in made and "oneOf" in made and "anyOf" not in made:
            made["anyOf"] = made.pop("oneOf")  # the service tells the forms apart by one property, however many fit
        if isinstance(node.get("$ref"), str):
            made["$ref"] = f"#/$defs/{self._defined(node['$ref'])}"
        if "required" in made and "properties" in made:
            hidden = table(node.get("properties")).keys() - table(made["properties"]).keys()
            made["required"] = [name for name in rows(node["required"]) if name not in hidden]
        return made

    def _keyword(self, key: str, value: object) -> object:
        if key in _VALUES:
            return value
        if key in _PROSE and isinstance(value, str):
            return prose(value)
        if key == "properties" and isinstance(value, Mapping):
            sent = {str(name): each for name, each in value.items() if not self.is_read_only(each)}
            return {name: self.read(each) for name, each in sent.items()}
        return self.read(value)

    def is_read_only(self, node: object) -> bool:
        """Whether a property is only ever received."""
        return self.document.follow(node).get("readOnly") is True

    def _defined(self, reference: str) -> str:
        if reference not in self._names:
            last = re.sub(r"[^A-Za-z0-9_.-]", "_", reference.rpartition("/")[2]) or "schema"
            name, number = last, 1
            while name in self.schemas:
                number += 1
                name = f"{last}_{number}"
            self._names[reference] = name
            self.schemas[name] = {}  # so that a circle ends here
            self.schemas[name] = self.read(self.document.follow({"$ref": reference}))
        return self._names[reference]
