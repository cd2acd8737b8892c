"""A request from an operation and its arguments, by OpenAPI's rules of how values are written.

Every value is percent-encoded, so that it stays where it belongs: one in the path cannot leave its segment, one in a
header or cookie cannot end it. What cannot be written safely is refused with the argument's name: nothing at all, `..`
or control characters in the path, line breaks in a header.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from chatbot.errors import ToolArgumentError
from chatbot.tools.openapi.body import Body
from chatbot.tools.openapi.operation import Operation, Parameter

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None


def request_of(operation: Operation, server: str, arguments: Mapping[str, object]) -> Request:
    """The request that asks for an operation. Raises ToolArgumentError for a value that cannot be written safely.

    server: the address before every path, without a slash at its end.
    """
    path, query, cookies = operation.path, Pairs(), Pairs()
    headers = {"Accept": "application/json, text/*;q=0.9, */*;q=0.1"}
    for parameter in operation.parameters:
        value = arguments.get(parameter.argument)
        if value is None:
            continue
        match parameter.place:
            case "path":
                path = path.replace(f"{{{parameter.name}}}", _in_path(operation, parameter, value))
            case "query":
                query += _in_query(parameter, value)
            case "header":
                headers[parameter.name] = _in_header(operation, parameter, value)
            case "cookie":
                cookies += _in_query(parameter, value)
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies)
    content = None
    if operation.body is not None:
        content, kind = _content(operation.body, arguments)
        headers |= {"Content-Type": kind} if kind else {}
    asked = "&".join(f"{name}={value}" for name, value in query)
    return Request(operation.method, f"{server}{path}{'?' if asked else ''}{asked}", headers, content)


def plain(value: object) -> str:
    """A value as the text that stands in an address: true, 3, 2.5, and JSON of what is nested."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _encoded(value: object) -> str:
    return quote(plain(value), safe="", errors="replace")


# --- the path ---------------------------------------------------------------------------------------------------------


def _in_path(operation: Operation, parameter: Parameter, value: object) -> str:
    problem = next(filter(None, (_leaves(part) for part in _parts(value))), "")
    if problem or not (parts := _listed(parameter, value)):
        said = problem or "it is empty"
        message = f"wrong arguments for {operation.name}: {parameter.argument} cannot stand in an address: {said}"
        raise ToolArgumentError(message, parameter=parameter.argument)
    name = quote(parameter.name, safe="")
    match parameter.style:
        case "label":
            return "." + ("." if parameter.explode else ",").join(parts)
        case "matrix" if parameter.explode:
            return "".join(f";{part}" if isinstance(value, Mapping) else f";{name}={part}" for part in parts)
        case "matrix":
            return f";{name}={','.join(parts)}"
    return ",".join(parts)


def _parts(value: object) -> Iterator[str]:
    """The texts that a value puts into the path."""
    if isinstance(value, Mapping):
        yield from (plain(part) for pair in value.items() for part in pair)
    elif isinstance(value, list):
        yield from map(plain, value)
    else:
        yield plain(value)


def _leaves(text: str) -> str:
    """How this text could lead out of its segment on a server that decodes an address once too often, or not at all."""
    while (decoded := unquote(text)) != text:
        text = decoded
    if not text.strip():
        return "it is empty"
    if _CONTROLS.search(text):
        return "it holds control characters"
    if {".", ".."} & {part.strip().partition(";")[0] for part in re.split(r"[/\\]", text)}:
        return "it leads to another path"
    return ""


def _listed(parameter: Parameter, value: object) -> list[str]:
    """The encoded parts of a value that may be a list or an object."""
    if isinstance(value, Mapping):
        sign = "=" if parameter.explode else ","
        return [f"{_encoded(key)}{sign}{_encoded(each)}" for key, each in value.items()]
    return [_encoded(each) for each in value] if isinstance(value, list) else [_encoded(value)]


# --- query, cookies, headers ------------------------------------------------------------------------------------------


def _in_query(parameter: Parameter, value: object) -> Pairs:
    name = quote(parameter.name, safe="[]$")
    if parameter.as_json or not isinstance(value, list | Mapping):
        return [(name, _encoded(json.dumps(value) if parameter.as_json else value))]
    if isinstance(value, Mapping):
        if parameter.style == "deepObject":
            return list(_deep(name, value))
        if parameter.explode:
            return [(_encoded(key), _encoded(each)) for key, each in value.items()]
    elif parameter.explode:
        return [(name, _encoded(each)) for each in value]
    return [(name, _SEPARATORS.get(parameter.style, ",").join(map(_encoded, _flat(value))))]


def _flat(value: Sequence[object] | Mapping[str, object]) -> list[object]:
    return [part for pair in value.items() for part in pair] if isinstance(value, Mapping) else list(value)


def _deep(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _deep(f"{name}[{_encoded(key)}]", each)
    elif isinstance(value, list):
        for each in value:
            yield from _deep(f"{name}[]", each)
    else:
        yield name, _encoded(value)


def _in_header(operation: Operation, parameter: Parameter, value: object) -> str:
    if isinstance(value, Mapping):
        sign = "=" if parameter.explode else ","
        text = ",".join(f"{key}{sign}{plain(each)}" for key, each in value.items())
    else:
        text = ",".join(map(plain, value)) if isinstance(value, list) else plain(value)
    text = text.strip(" ")
    if _CONTROLS.search(text) or not text.isascii():
        message = f"wrong arguments for {operation.name}: {parameter.argument} cannot stand in a header"
        raise ToolArgumentError(f"{message}: only ASCII without line breaks can", parameter=parameter.argument)
    return text


# --- the body ---------------------------------------------------------------------------------------------------------


def _content(body: Body, arguments: Mapping[str, object]) -> tuple[bytes | None, str]:
    """The body in bytes, and its media type; nothing where none of it was given."""
    if body.whole:
        if "body" not in arguments:
            return None, ""
        value = arguments["body"]
    else:
        value = {name: arguments[argument] for argument, name in body.properties.items() if argument in arguments}
        if not value and not body.required:
            return None, ""
    if "json" in body.kind:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), body.kind
    if "multipart" in body.kind and isinstance(value, Mapping):
        return _multipart(value, body.binary)
    if "form" in body.kind and isinstance(value, Mapping):
        pairs = (f"{_encoded(name)}={_encoded(each)}" for name, each in _repeated(value))
        return "&".join(pairs).encode(), body.kind
    return plain(value).encode("utf-8", "replace"), body.kind


def _repeated(value: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The fields of a form: a list is its items, each under the list's name."""
    for name, each in value.items():
        yield from ((name, item) for item in (each if isinstance(each, list) else [each]) if item is not None)


def _multipart(value: Mapping[str, object], binary: frozenset[str]) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = []
    for name, each in _repeated(value):
        shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        file = f'; filename="{shown}"\r\nContent-Type: application/octet-stream' if name in binary else ""
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{shown}"{file}\r\n\r\n{plain(each)}\r\n')
    whole = "".join([*parts, f"--{boundary}--\r\n"])
    return whole.encode("utf-8", "replace"), f"multipart/form-data; boundary={boundary}"
