"""The operations of an OpenAPI document, each as what a model must know and what a request is made of.

An argument is a parameter in the path, the query, a header or a cookie, or a property of the body; a body that is more
than a plain object is one argument, `body`. Arguments have names that every model service takes: `filter[name]` becomes
`filter_name_`. Headers that the protocol needs for itself are nobody's to set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from chatbot.errors import NotFoundError, UsageError, nearest
from chatbot.tools.loose_keyword import Place
from chatbot.tools.loose_schema import json_schema
from chatbot.tools.openapi.body import Asked, Body, argument_name, read_body
from chatbot.tools.openapi.definitions import Definitions
from chatbot.tools.openapi.document import Document, Table, prose, rows, table, text

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")

MAX_DESCRIPTION = 1_000
"""Characters: services refuse descriptions of a little more."""

In = Literal["path", "query", "header", "cookie"]

_NOT_OURS = set(
    "accept authorization connection content-length content-type cookie host te transfer-encoding upgrade".split()
)
"""Headers, in small letters, that are the protocol's or the app's."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter outside the body."""

    argument: str
    """What the model calls it."""
    name: str
    """What the service calls it."""
    place: In
    style: str
    explode: bool
    as_json: bool = False
    """Whether its value is sent as JSON text."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a service can be asked for."""

    name: str
    description: str
    method: str
    path: str
    """Template, beginning with a slash."""
    server: str
    """The address that the document gives for it; may be relative, or empty."""
    parameters: tuple[Parameter, ...]
    body: Body | None
    schema: Mapping[str, object]
    """JSON Schema of all arguments."""
    security: tuple[tuple[str, ...], ...] | None
    """Alternatives, each the names of schemes that are needed together; None where the document says nothing."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An operation that has not been read yet."""

    method: str
    path: str
    node: Table
    item: Table
    """The table of its path."""

    @property
    def name(self) -> str:
        made = re.sub(r"[^A-Za-z0-9]+", "_", f"{self.method}_{self.path}").strip("_")
        return text(self.node.get("operationId")) or made


def operations_of(document: Document, wanted: Sequence[str] | None) -> list[Operation]:
    """The operations of these names, of all for None. A name is an operationId, or as in "GET /pets/{id}".

    Raises NotFoundError for a name that is not there, UsageError for an operation that no model could ask for.
    """
    entries = list(_entries(document))
    if not entries:
        raise UsageError(f"{document.name} describes no operation")
    if wanted is None:
        return [_read(document, entry) for entry in entries]
    known = {name: entry for entry in entries for name in (f"{entry.method.upper()} {entry.path}", entry.name)}
    for name in wanted:
        if name not in known:
            raise NotFoundError(f"{document.name} has no operation {name!r}", hint=nearest(name, known))
    return [_read(document, known[name]) for name in dict.fromkeys(wanted)]


def _entries(document: Document) -> Iterator[_Entry]:
    for path, given in table(document.data.get("paths")).items():
        item = document.follow(given)
        for method in METHODS:
            if str(path).startswith("/") and isinstance(node := item.get(method), Mapping):
                yield _Entry(method, str(path), node, item)


def _read(document: Document, entry: _Entry) -> Operation:
    definitions = Definitions(document)
    parameters, schemas, required = _parameters(document, entry, definitions)
    asked = read_body(document, entry.node.get("requestBody"), definitions, taken=schemas) or Asked()
    if clash := schemas.keys() & asked.schemas.keys():
        raise UsageError(f"{entry.name} cannot be a tool: it has a parameter {min(clash)!r} beside its body")
    schemas |= asked.schemas
    required += asked.needed
    loose = {"type": "object", "properties": schemas, "required": required, "$defs": definitions.schemas}
    return Operation(
        name=entry.name,
        description=_description(entry),
        method=entry.method.upper(),
        path=entry.path,
        server=_server(document, entry),
        parameters=tuple(parameters),
        body=asked.body,
        schema=json_schema(loose, Place(entry.name)),
        security=_security(document, entry),
    )


def _description(entry: _Entry) -> str:
    said = [prose(entry.node.get(key)) for key in ("summary", "description")]
    whole = "\n\n".join(dict.fromkeys(filter(None, said))) or f"{entry.method.upper()} {entry.path}"
    return whole if len(whole) <= MAX_DESCRIPTION else whole[: MAX_DESCRIPTION - 1] + "…"


def _server(document: Document, entry: _Entry) -> str:
    for holder in (entry.node, entry.item, document.data):
        for server in map(table, rows(holder.get("servers"))):
            variables = table(server.get("variables"))
            address = text(server.get("url"))
            for name, variable in variables.items():
                address = address.replace(f"{{{name}}}", str(table(variable).get("default", "")))
            return address
    return ""


def _security(document: Document, entry: _Entry) -> tuple[tuple[str, ...], ...] | None:
    said = entry.node.get("security", document.data.get("security"))
    return None if said is None else tuple(tuple(table(each)) for each in rows(said))


# --- parameters -------------------------------------------------------------------------------------------------------


def _parameters(
    document: Document, entry: _Entry, definitions: Definitions
) -> tuple[list[Parameter], dict[str, object], list[str]]:
    """The parameters outside the body, the schemas of their arguments, and which must be given."""
    found: list[Parameter] = []
    schemas: dict[str, object] = {}
    required: list[str] = []
    for node in _declared(document, entry):
        name, place = text(node.get("name")), cast(In, node.get("in"))
        argument = argument_name(name)
        while argument in schemas:
            argument = f"{argument}_{place}"
        found.append(_parameter(node, argument, name, place))
        schemas[argument] = _parameter_schema(node, definitions)
        if place == "path" or node.get("required") is True:
            required.append(argument)
    return found, schemas, required


def _declared(document: Document, entry: _Entry) -> Iterator[Table]:
    """The parameters of an operation, its own before those of its path, and those that only the path names."""
    seen: set[tuple[str, object]] = set()
    in_path = set(re.findall(r"\{([^{}]+)\}", entry.path))
    for given in (*rows(entry.node.get("parameters")), *rows(entry.item.get("parameters"))):
        node = document.follow(given)
        name, place = text(node.get("name")), node.get("in")
        if not name or place not in get_args(In):
            raise UsageError(f"{entry.name} cannot be a tool: one of its parameters has no name, or is in {place!r}")
        is_used = (place != "path" or name in in_path) and (place != "header" or name.lower() not in _NOT_OURS)
        if (name, place) not in seen and is_used:
            seen.add((name, place))
            yield node
    for name in sorted(in_path - {name for name, place in seen if place == "path"}):
        yield {"name": name, "in": "path", "schema": {"type": "string"}}


def _parameter(node: Table, argument: str, name: str, place: In) -> Parameter:
    style = text(node.get("style")) or {"query": "form", "cookie": "form"}.get(place, "simple")
    explode = node.get("explode", style in ("form", "cookie"))
    as_json = "schema" not in node and any("json" in kind for kind in table(node.get("content")))
    return Parameter(argument, name, place, style, explode is True, as_json)


def _parameter_schema(node: Table, definitions: Definitions) -> object:
    kinds = list(table(node.get("content")).values())
    given = node.get("schema") if "schema" in node else table(kinds[0]).get("schema") if kinds else None
    schema = definitions.read(given)
    made = dict(schema) if isinstance(schema, Mapping) else {"type": "string"}
    if description := prose(node.get("description")):
        made["description"] = description
    return made
