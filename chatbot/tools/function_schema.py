"""The JSON Schema of a function's parameters, and whether JSON can hold their types at all.

pydantic makes the schema. What it leaves out is added: what docstrings say of the fields of classes, and names for the
fields of named tuples. What it lets pass though no JSON comes to it is refused: bytes, classes, keys that are no text.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from chatbot.tools.docstring import Docstring, read_docstring

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_KEYS = ("list", "tuple", "set", "frozenset", "dict", "model", "dataclass", "typed-dict", "named-tuple", "bytes")
"""Types that no key of a JSON object can be read as."""


_NO_JSON = {"is-subclass": "classes", "generator": "iterators", "callable": "functions"}


def schema_of(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """The JSON Schema of the type, without titles that repeat names: they cost tokens and say nothing."""
    return adapter.json_schema(schema_generator=_Schema)


class _Schema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: Any) -> dict[str, Any]:
        return _described(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        return _described(super().dataclass_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: Any) -> dict[str, Any]:
        made, owner = super().typed_dict_schema(schema), schema.get("cls")
        return _described(made, owner) if owner and not owner.__module__.startswith("chatbot.tools.") else made

    def named_tuple_schema(self, schema: Any) -> dict[str, Any]:
        """An object, since a model cannot know what each place of a list is for; a list is read all the same."""
        properties = {field["name"]: self.generate_inner(field["schema"]).copy() for field in schema["fields"]}
        required = [field["name"] for field in schema["fields"] if field["schema"]["type"] != "default"]
        made = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        documentation = inspect.cleandoc(schema["cls"].__doc__ or "")
        generated = documentation.startswith(f"{schema['cls'].__name__}(")
        return _described(made if generated else {**made, "description": documentation}, schema["cls"])


def _described(made: dict[str, Any], owner: type) -> dict[str, Any]:
    """A class's schema with what its docstring says of the fields, each where nothing is said of it yet."""
    said = _documented(owner)
    if made.get("title") == owner.__name__:
        del made["title"]
    if "description" in made and made["description"] == inspect.cleandoc(owner.__doc__ or ""):
        made["description"] = said.description
    if not made.get("description"):
        made.pop("description", None)
    aliases = {_alias(field): name for name, field in getattr(owner, "model_fields", {}).items()}
    for name, field in made.get("properties", {}).items():
        text = said.parameters.get(aliases.get(name, name))
        if text:
            field.setdefault("description", text)
    return made


def _alias(field: Any) -> object:
    return field.validation_alias or field.alias


@functools.lru_cache(maxsize=256)
def _documented(owner: type) -> Docstring:
    """What a class says of itself, and it and those it inherits from say of each field."""
    fields: dict[str, str] = {}
    for each in reversed(owner.__mro__[:-1]):
        if each.__module__.partition(".")[0] not in ("pydantic", "typing", "builtins", "enum"):
            fields |= {**_below_fields(each), **read_docstring(inspect.cleandoc(each.__doc__ or "")).parameters}
    return Docstring(read_docstring(inspect.cleandoc(owner.__doc__ or "")).description, fields)


def _below_fields(owner: type) -> dict[str, str]:
    """The strings that stand under the fields of a class, where its source is at hand."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
    return {
        field.target.id: " ".join(inspect.cleandoc(text.value.value).split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def unfit(schema: Mapping[str, Any]) -> str:
    """Why no JSON comes to a type, by its pydantic core schema; empty where JSON does."""
    return next(filter(None, map(_unfit, _inner(schema))), "")


def _unfit(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if kind == "bytes":
        return "JSON has no bytes (take text, or pydantic.Base64Bytes)"
    if kind == "literal" and any(isinstance(value, bytes) for value in schema["expected"]):
        return "JSON has no bytes"
    if kind in _NO_JSON:
        return f"JSON has no {_NO_JSON[kind]}"
    if kind == "dict" and schema.get("keys_schema", {}).get("type") in _KEYS:
        return f"keys of a JSON object are text, not {schema['keys_schema']['type']}"
    return ""


def _inner(schema: Any) -> Iterator[Mapping[str, Any]]:
    """A core schema and all that are in it, except bytes that an encoder makes of text."""
    if isinstance(schema, list | tuple):
        for each in schema:
            yield from _inner(each)
    elif isinstance(schema, dict):
        left_out: tuple[str, ...] = ()
        if isinstance(schema.get("type"), str):
            yield schema
            encodes = type(_function(schema)).__name__ == "EncodedBytes"
            left_out = ("metadata", "serialization", "expected", "default", *(["schema"] if encodes else []))
        for name, each in schema.items():
            if name not in left_out:
                yield from _inner(each)


def _function(schema: Mapping[str, Any]) -> object:
    """The object whose method a validator is."""
    function = schema.get("function")
    inner = function.get("function") if isinstance(function, dict) else None
    inner = inner.func if isinstance(inner, functools.partial) else inner
    return getattr(inner, "__self__", None)
