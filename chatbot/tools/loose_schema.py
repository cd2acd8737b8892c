"""Schemas as they circulate, made valid JSON Schema 2020-12.

In comes the schema of a function's parameters in any of the dialects that models, SDKs and data sets use: Python and
Java type names, upper-case types, `nullable`, `optional` and `required` flags inside a parameter, defaults and enums
of another type than the parameter's, arrays without items, OpenAPI 3.0, draft 4. Out comes a schema that holds only
keywords of the standard, each with a value that the standard allows. What cannot be understood is refused with the
parameter's name, never guessed. References are followed inside the schema only.

Four rules decide what the dialects leave open. A parameter may be given the value that it has by default: a default of
null makes it nullable, one outside its enum belongs to it. A default that does not fit the type is prose, and is told
in the description. An object that lists its properties allows no others, unless it says so. In a bare table or list of
parameters, which has no `required`, those without a default must be given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import unquote

from chatbot.tools.closed_schema import close
from chatbot.tools.coercion import is_kind, kinds_of, retyped
from chatbot.tools.loose_keyword import LISTS, MAPS, SCHEMAS, Place, inner, keyword, plain, shown
from chatbot.tools.type_names import any_of, named_type

MAX_DEPTH = 60
"""Levels of nesting: what is deeper comes from a generator gone wrong, or from somebody who wants to do harm."""

Schema = dict[str, object]

_IN_PLACE = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}
"""Keywords whose schemas hold for the value itself, not for a part of it."""


def json_schema(loose: object, place: Place) -> Schema:
    """The schema of all parameters of a function: an object. Raises UsageError that names the parameter."""
    schema = _schema(_properties_around(loose, place), place)
    if not isinstance(schema, dict) or (kinds_of(schema) and "object" not in kinds_of(schema)):
        raise place.refuse(f"are {shown(loose)}", hint="they must be an object of JSON Schema")
    whole: Schema = {"properties": {}, "required": [], **schema, "type": "object"}
    _check_references(whole, whole, place)
    close(whole)
    return whole


def _properties_around(loose: object, place: Place) -> object:
    """The parameters as an object's schema, where they were given as a list, a bare table of parameters, or not."""
    if loose is None:
        return {"type": "object"}
    if isinstance(loose, Sequence) and not isinstance(loose, str):
        return _around(_named(loose, place))
    if not isinstance(loose, Mapping):
        raise place.refuse(f"are {shown(loose)}", hint="they must be an object of JSON Schema")
    says_type = isinstance(loose.get("type"), str | list)
    is_schema = says_type or "properties" in loose or "$ref" in loose or any(key in loose for key in LISTS)
    if loose and not is_schema and all(isinstance(value, Mapping | str) for value in loose.values()):
        return _around(loose)
    return loose if says_type else {**loose, "type": "object"}


def _around(parameters: Mapping[str, object]) -> Schema:
    """An object of these parameters. Where none says whether it must be given, those without a default must."""
    says = any(_flag(each, "required") is not None for each in parameters.values())
    required = [name for name, each in parameters.items() if not says and "default" not in _map(each)]
    return {"type": "object", "properties": parameters, "required": required}


def _named(parameters: Sequence[object], place: Place) -> dict[str, object]:
    """Parameters that were given as a list, by name."""
    found: dict[str, object] = {}
    for number, parameter in enumerate(parameters):
        name = parameter.get("name") if isinstance(parameter, Mapping) else None
        if not isinstance(name, str):
            raise place.inside(str(number)).refuse("has no name")
        within = cast(Mapping[str, object], parameter)
        found[name] = {key: value for key, value in within.items() if key not in ("name", "in", "schema")}
        if isinstance(within.get("schema"), Mapping):
            found[name] = {**cast(Mapping[str, object], within["schema"]), **found[name]}  # type: ignore[dict-item]
    return found


# --- one schema -------------------------------------------------------------------------------------------------------


def _schema(loose: object, place: Place) -> Schema | bool:
    if isinstance(loose, bool):
        return loose
    if len(place.path) > MAX_DEPTH:
        raise place.refuse(f"is nested more than {MAX_DEPTH} levels deep")
    loose = {"type": loose} if isinstance(loose, str) else {} if loose is None else loose
    if not isinstance(loose, Mapping):
        raise place.refuse(f"is {shown(loose)}", hint="it must be a schema, such as {'type': 'string'}")
    schema = _typed(loose, place)
    for key, value in loose.items():
        kept = keyword(key, value, loose, place)
        if kept is not None and (key == "pattern" or kept[0] not in schema):
            schema[kept[0]] = kept[1]
    schema |= _children(loose, place)
    _require(schema, loose, place)
    _list_enum(schema)
    _fit_enum(schema)
    _make_nullable(schema, loose)
    _fit_default(schema, loose, place)
    return schema


def _typed(loose: Mapping[str, object], place: Place) -> Schema:
    """The type, by the standard's names; what other keywords imply where it is left out."""
    said = loose.get("type")
    if isinstance(said, Mapping):
        raise place.refuse(f"has the type {shown(said)}", hint="write a name, such as 'string'")
    if not said:
        implied = "object" if "properties" in loose else "array" if "items" in loose else ""
        return {"type": implied} if implied else {}
    names = said if isinstance(said, list) else [said]
    found: list[Schema] = []
    for name in names:
        read = named_type(name) if isinstance(name, str) else None
        if read is None:
            raise place.refuse(f"has the type {shown(name)}, which is none", hint="'string', 'integer', 'array', …")
        found.append(read[0])
    return dict(any_of(found)) if found else {}


def _children(loose: Mapping[str, object], place: Place) -> Schema:
    """The schemas inside this one."""
    found: Schema = {}
    for key in MAPS & loose.keys():
        named = loose[key]
        named = _named(named, place) if key == "properties" and isinstance(named, list) else named or {}
        if not isinstance(named, Mapping):
            raise place.refuse(f"has {key} that are {shown(named)}", hint="they must be a table by name")
        found[key] = {
            str(name): _schema(value, place.inside(str(name) if key == "properties" else f"{key}.{name}"))
            for name, value in named.items()
        }
    for key in LISTS & loose.keys():
        choices = loose[key]
        if not isinstance(choices, Sequence) or isinstance(choices, str):
            raise place.refuse(f"has an {key} that is {shown(choices)}", hint="it must be a list of schemas")
        if choices:
            found[key] = [_schema(value, place.inside(f"{key}.{at}")) for at, value in enumerate(choices)]
    for key in SCHEMAS & loose.keys():
        value = loose[key]
        if key == "items" and isinstance(value, list):  # up to draft 2019-09: one schema for each place
            if value:
                found["prefixItems"] = [_schema(each, place.inside(str(at))) for at, each in enumerate(value)]
            if isinstance(rest := loose.get("additionalItems"), Mapping | bool):
                found["items"] = _schema(rest, place.inside("items"))
        elif value is not None:
            found[key] = _schema(value, place.inside("items" if key == "items" else key))
    return found


def _require(schema: Schema, loose: Mapping[str, object], place: Place) -> None:
    """Settles which properties an object requires."""
    properties = cast(dict[str, object] | None, schema.get("properties"))
    given = loose.get("properties")
    given = _named(given, place) if isinstance(given, list) else given
    required = _names(loose.get("required"), place)
    optional = set(_names(loose.get("optional"), place))
    for name, property_ in given.items() if isinstance(given, Mapping) else ():
        if _asked(property_):
            required.append(str(name))
        elif _may_be_left_out(property_):
            optional.add(str(name))
    if properties is None and not required:
        return
    required = [name for name in dict.fromkeys(required) if name not in optional]
    for name in required if properties else ():
        cast(dict[str, object], properties).setdefault(name, {})
    schema["required"] = required


def _names(value: object, place: Place) -> list[str]:
    """The names in a list of required or optional properties. A flag there belongs to the property itself."""
    if value is None or isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false")):
        return []
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise place.refuse(f"requires {shown(value)}", hint="write a list of names")
    return list(names)


def _flag(schema: object, key: str) -> bool | None:
    value = schema.get(key) if isinstance(schema, Mapping) else None
    word = str(value).lower() if isinstance(value, bool | str) else ""
    return {"true": True, "false": False}.get(word)


def _asked(property_: object) -> bool:
    """Whether a property says of itself that it must be given (draft 3)."""
    return _flag(property_, "required") is True


def _may_be_left_out(property_: object) -> bool:
    said = property_ if isinstance(property_, str) else _map(property_).get("type")
    by_type = named_type(said) if isinstance(said, str) else None
    return _flag(property_, "optional") is True or _flag(property_, "required") is False or bool(by_type and by_type[1])


# --- values -----------------------------------------------------------------------------------------------------------


def _list_enum(schema: Schema) -> None:
    """Choices that were listed at an array are those of its items."""
    enum = schema.get("enum")
    if schema.get("type") == "array" and isinstance(enum, list) and not any(isinstance(each, list) for each in enum):
        items = schema.get("items", {})
        if isinstance(items, dict) and "enum" not in items:
            schema["items"] = {**items, "enum": schema.pop("enum")}
            _fit_enum(schema["items"])  # type: ignore[arg-type]  # just made


def _fit_enum(schema: Schema) -> None:
    """Choices in the parameter's type where they can be read as such; a choice of another type widens the type."""
    enum = schema.get("enum")
    if not isinstance(enum, list):
        return
    values = [retyped(value, kinds_of(schema)) for value in enum]
    schema["enum"] = _unique(values)
    if not all(_is_typed(value, schema) for value in values):
        del schema["type"]  # the choices say it all


def _make_nullable(schema: Schema, loose: Mapping[str, object]) -> None:
    """Lets null be given where a flag or the default says so."""
    by_default = "default" in loose and loose["default"] is None
    if not (_flag(loose, "nullable") or by_default) or "null" in kinds_of(schema):
        return
    if "type" in schema:
        schema["type"] = [*kinds_of(schema), "null"]
    if isinstance(schema.get("enum"), list):
        schema["enum"] = _unique([*cast(list[object], schema["enum"]), None])
    elif "const" in schema:
        schema["enum"] = _unique([schema.pop("const"), None])
    for key in ("anyOf", "oneOf"):
        if isinstance(forms := schema.get(key), list) and {"type": "null"} not in forms:
            schema[key] = [*forms, {"type": "null"}]
    if "$ref" in schema:
        schema["anyOf"] = [{"$ref": schema.pop("$ref")}, {"type": "null"}]


def _fit_default(schema: Schema, loose: Mapping[str, object], place: Place) -> None:
    """The default in the parameter's type, among its choices, or told in the description."""
    if "default" not in loose:
        return
    value = retyped(plain(loose["default"], place), kinds_of(schema))
    enum = schema.get("enum")
    if isinstance(enum, list) and _is_typed(value, schema):
        schema["enum"] = _unique([*enum, value])
    if _fits(value, schema):
        schema["default"] = value
    elif value != "":
        said = str(schema.get("description", "")).rstrip()
        schema["description"] = f"{said} (by default: {shown(value)})".lstrip()


def _is_typed(value: object, schema: Schema) -> bool:
    kinds = kinds_of(schema)
    return not kinds or any(is_kind(value, kind) for kind in kinds)


def _fits(value: object, schema: Schema) -> bool:
    """Whether a value is of the schema's type and among its choices. What forms and references say is not looked at."""
    among = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return _is_typed(value, schema) and (not isinstance(among, list) or len(_unique([*among, value])) == len(among))


def _unique(values: Iterable[object]) -> list[object]:
    """Each value once; 1 and true are two."""
    found: list[object] = []
    for value in values:
        if not any(value == known and isinstance(value, bool) == isinstance(known, bool) for known in found):
            found.append(value)
    return found


# --- references -------------------------------------------------------------------------------------------------------


def _check_references(node: object, whole: Schema, place: Place) -> None:
    """Raises UsageError where a reference leads out of the schema, nowhere, or back to itself."""
    if not isinstance(node, Mapping):
        return
    if isinstance(reference := node.get("$ref"), str):
        _follow(reference, whole, place, ())
    for path, child in inner(node):
        _check_references(child, whole, place.inside(path[-1] if path[0] == "properties" else ".".join(path)))


def _follow(reference: str, whole: Schema, place: Place, before: tuple[str, ...]) -> None:
    """Goes where a reference leads, and on through what holds for the same value."""
    if reference in before:
        raise place.refuse(f"refers to {reference!r}, which leads back to itself")
    try:
        target = resolve(reference, whole)
    except LookupError:
        raise place.refuse(f"refers to {reference!r}, which is not in the schema", hint="put it in $defs") from None
    for further in _in_place(target):
        _follow(further, whole, place, (*before, reference))


def _in_place(schema: object) -> Iterator[str]:
    """The references of a schema that are followed without going into the value."""
    if isinstance(schema, Mapping):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        for path, child in inner(schema):
            if path[0] in _IN_PLACE:
                yield from _in_place(child)


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def resolve(reference: str, whole: object) -> object:
    """What a local reference, `#/a/b`, leads to. Raises LookupError."""
    if reference != "#" and not reference.startswith("#/"):
        raise LookupError(reference)
    for part in unquote(reference[1:]).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(whole, Mapping):
            whole = whole[key]
        elif isinstance(whole, list) and key.isdecimal():
            whole = whole[int(key)]
        else:
            raise LookupError(reference)
    return whole
