"""Tools from an OpenAPI document: one for each operation, which asks the service and returns its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chatbot.errors import UsageError, nearest
from chatbot.tools.openapi.document import Document, Table, read_document, table, text
from chatbot.tools.openapi.exchange import Secret, Service, ask
from chatbot.tools.openapi.operation import Operation, operations_of
from chatbot.tools.openapi.request import request_of
from chatbot.tools.schema_arguments import SchemaArguments
from chatbot.tools.tool import Impact, Tool

_IMPACTS: Mapping[str, Impact] = {
    **dict.fromkeys(("GET", "HEAD", "OPTIONS"), "reads"),
    **dict.fromkeys(("PUT", "PATCH", "DELETE"), "writes"),
    "POST": "sends",
}
"""What a method does to the world, as HTTP has it (RFC 9110, 9.2.1); a POST may do anything, so the most is assumed."""

_IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
"""RFC 9110, 9.2.2."""


def tools_of(
    source: str | Path | Table,
    *,
    base_url: str,
    operations: Sequence[str] | None,
    secrets: Mapping[str, str],
    service: Service,
) -> list[Tool]:
    """The tools. Raises UsageError, naming the operation or the parameter, for what cannot become one."""
    document = read_document(source)
    for name, value in service.headers.items():
        if not (re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) and re.fullmatch(r"[\t -~]*", value)):
            raise UsageError(f"the header {name!r} cannot be sent", hint="write ASCII, in one line")
    kept = _secrets(document, secrets)
    origin = re.sub(r"[^a-z0-9]+", "-", document.title.lower()).strip("-") or "service"
    made: dict[str, Tool] = {}
    for operation in operations_of(document, operations):
        server = _server(document, operation, base_url)
        tool = Tool(
            operation.name,
            operation.description,
            _function(operation, server, _applied(operation, document, kept), service),
            SchemaArguments(operation.name, operation.schema),
            _IMPACTS[operation.method],
            service.seconds,
            operation.method in _IDEMPOTENT,
            origin=f"openapi:{origin}",
        )
        if tool.wire_name in made:
            raise UsageError(f"{document.name} has two operations named {operation.name!r}", hint="choose operations")
        made[tool.wire_name] = tool
    return list(made.values())


def _function(operation: Operation, server: str, secrets: Sequence[Secret], service: Service) -> Callable[..., object]:
    async def call(**arguments: object) -> str:
        return await ask(request_of(operation, server, arguments), secrets, service)

    call.__name__ = operation.name
    return call


def _server(document: Document, operation: Operation, base_url: str) -> str:
    """The address before every path. Raises UsageError for none, or one that is not of the web."""
    address = base_url or operation.server
    parts = urlsplit(address)
    hint = "pass base_url='https://…'"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{document.name} does not say where {operation.name} is asked ({address!r})", hint=hint)
    if parts.username is not None or parts.query or parts.fragment or "{" in address:
        raise UsageError(f"{address!r} cannot stand before the paths of {document.name}", hint=hint)
    return address.rstrip("/")


# --- secrets ----------------------------------------------------------------------------------------------------------


def _secrets(document: Document, secrets: Mapping[str, str]) -> dict[str, Secret]:
    """The secrets by the scheme that asks for them; by header, where the document declares no schemes.

    Raises UsageError for a scheme that is not there.
    """
    schemes = table(table(document.data.get("components")).get("securitySchemes"))
    found = {}
    for name, variable in secrets.items():
        if not isinstance(variable, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
            raise UsageError(
                f"the secret {name!r} is not the name of an environment variable", hint="never the key itself"
            )
        if schemes and name not in schemes:
            raise UsageError(f"{document.name} has no security scheme {name!r}", hint=nearest(name, map(str, schemes)))
        found[name] = _secret(document.follow(schemes[name]), variable) if schemes else Secret(variable, name=name)
    return found


def _secret(scheme: Table, variable: str) -> Secret:
    kind, way = text(scheme.get("type")).lower(), text(scheme.get("scheme")).lower()
    if kind == "apikey":
        return Secret(variable, text(scheme.get("in")) or "header", text(scheme.get("name")) or "Authorization")
    return Secret(variable, kind="basic" if way == "basic" else "bearer")


def _applied(operation: Operation, document: Document, kept: Mapping[str, Secret]) -> list[Secret]:
    """The secrets that go with an operation: of the first alternative that they fulfil."""
    declared: Any = table(table(document.data.get("components")).get("securitySchemes"))
    if not declared or operation.security is None:
        return list(kept.values())
    alternatives = [names for names in operation.security if names and all(name in kept for name in names)]
    return [kept[name] for name in alternatives[0]] if alternatives else []
