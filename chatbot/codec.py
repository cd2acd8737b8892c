"""Our frozen dataclasses as plain JSON, and back: the form in which the journal keeps them.

`plain` turns a value into dicts, lists, texts, numbers and None, and `encode` into JSON text, without that detour;
`build` makes the value again from its type. The data names no class, so nothing in a file can choose what is
constructed; unknown keys and wrong types are refused, and a key that an older version did not write takes the field's
default. A field marked `KEPT_APART` is left out, and its default stands for it. It cannot tell two dataclasses in a
union apart.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

Build = Callable[[Any], Any]

KEPT_APART: Mapping[str, object] = MappingProxyType({"kept apart": True})
"""Metadata of a field that no JSON can hold, such as bytes: whoever writes the value keeps that field elsewhere."""

_ATOMS = frozenset({str, int, float, bool, NoneType})


def plain(value: object) -> Any:
    """The value as JSON data: dicts with text keys, lists, texts, numbers, booleans and None.

    Raises TypeError for anything but dataclasses, mappings, tuples, lists and these.
    """
    kind: Any = type(value)
    if kind in _ATOMS:
        return value
    if kind is tuple or kind is list:
        return [item if type(item) in _ATOMS else plain(item) for item in cast(list[object], value)]
    if not hasattr(kind, "__dataclass_fields__"):
        if not isinstance(value, Mapping):
            raise TypeError(f"{kind.__name__} cannot be stored as JSON")
        if not all(type(key) is str for key in value):
            raise TypeError(f"a mapping with keys that are not text cannot be stored: {value!r}")
        return {key: item if type(item) in _ATOMS else plain(item) for key, item in value.items()}
    return {name: item if type(item := getattr(value, name)) in _ATOMS else plain(item) for name in _names(kind)}


def build(kind: type[T], data: object) -> T:
    """The value of type `kind` that `plain` made `data` of.

    Raises ValueError, with the path to the place, for data that does not fit.
    """
    return cast(T, _builder(cast(Any, kind))(data))


def encode(value: object) -> str:
    """JSON text of a value, as `plain` has it; always valid UTF-8.

    Lone surrogates, which a model or a terminal may send, become escapes: they would be refused by SQLite, and with
    them the row. So does NUL.
    """
    text = _TEXT(value) if type(value) is str else _ENCODE(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def decode(text: str) -> Any:
    """What `encode` made the text of. Raises ValueError for text that is not JSON."""
    return json.loads(text)


def _opened(value: object) -> dict[str, object]:
    """One level of what the encoder does not know."""
    kind: Any = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in _names(kind)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{kind.__name__} cannot be stored as JSON")


_TEXT = json.encoder.encode_basestring  # what the encoder does with a text, without being set up first

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, default=_opened).encode


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if not field.metadata.keys() & KEPT_APART.keys())


@functools.cache
def _builder(kind: Any) -> Build:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any or kind is object:
        return lambda data: data
    if kind in _ATOMS:
        return _atom(frozenset({kind, int} if kind is float else {kind}))
    if origin is Literal:
        return _choice(arguments)
    if origin is Union or origin is UnionType:
        return _union(arguments)
    if origin is tuple and arguments[1:] == (...,):
        return _sequence(_builder(arguments[0]))
    if origin is tuple:
        return _row(tuple(map(_builder, arguments)))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(_builder(arguments[1]))
    if is_dataclass(kind):
        return _record(cast(type, kind))
    raise TypeError(f"{kind} cannot be built from JSON")


def _atom(kinds: frozenset[type]) -> Build:
    wanted = " or ".join(sorted("null" if kind is NoneType else kind.__name__ for kind in kinds))

    def build_atom(data: object) -> object:
        if type(data) not in kinds:
            raise ValueError(f"expected {wanted}, got {_shown(data)}")
        return data

    return build_atom


def _choice(options: tuple[object, ...]) -> Build:
    def build_choice(data: object) -> object:
        if data not in options:
            raise ValueError(f"expected one of {', '.join(map(repr, options))}, got {_shown(data)}")
        return data

    return build_choice


def _union(kinds: tuple[Any, ...]) -> Build:
    atoms = frozenset(kind for kind in kinds if kind in _ATOMS)
    others = [kind for kind in kinds if kind not in _ATOMS]
    if len(others) > 1:
        raise TypeError(f"the data does not tell which of {others} it is")
    rest = _builder(others[0]) if others else _atom(atoms)
    return lambda data: data if type(data) in atoms else rest(data)


def _sequence(item: Build) -> Build:
    def build_sequence(data: object) -> tuple[object, ...]:
        if type(data) is not list:
            raise ValueError(f"expected a list, got {_shown(data)}")
        return tuple(map(item, data))

    return build_sequence


def _row(items: tuple[Build, ...]) -> Build:
    def build_row(data: object) -> tuple[object, ...]:
        if type(data) is not list or len(data) != len(items):
            raise ValueError(f"expected a list of {len(items)}, got {_shown(data)}")
        return tuple(item(each) for item, each in zip(items, data, strict=True))

    return build_row


def _mapping(item: Build) -> Build:
    def build_mapping(data: object) -> dict[str, object]:
        if type(data) is not dict:
            raise ValueError(f"expected an object, got {_shown(data)}")
        return {key: item(value) for key, value in data.items()}

    return build_mapping


def _later(kind: Any) -> Build:
    """The builder of a field's type, looked up when there is data for it: a type may hold itself."""
    return lambda data: _builder(kind)(data)


def _record(kind: type) -> Build:
    hints = get_type_hints(kind)
    builders = {name: _later(hints[name]) for name in _names(kind)}
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}

    def build_record(data: object) -> object:
        if type(data) is not dict:
            raise ValueError(f"{kind.__name__}: expected an object, got {_shown(data)}")
        if unknown := data.keys() - builders.keys():
            raise ValueError(f"{kind.__name__}: unknown {', '.join(sorted(unknown))}")
        if missing := required - data.keys():
            raise ValueError(f"{kind.__name__}: {', '.join(sorted(missing))} missing")
        try:
            return kind(**{name: builders[name](value) for name, value in data.items()})
        except ValueError as error:
            raise ValueError(f"{kind.__name__}: {error}") from None

    return build_record


def _shown(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 40 else text[:39] + "…"
