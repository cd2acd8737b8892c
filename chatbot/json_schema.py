"""JSON Schema, as far as this program needs it: is this one, and does a value satisfy it.

Validation is jsonschema's. References are followed within a schema only: nothing is ever fetched.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chatbot.errors import UsageError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Schema = Mapping[str, object]

SHOWN = 5
"""Violations that are reported at once: a model mends a few at a time best."""


def checked(schema: Schema) -> Schema:
    """The schema. Raises UsageError, with the place, for what is none, or one that points outside itself."""
    from jsonschema import SchemaError

    validator = _validator(_text(schema))
    try:
        validator.check_schema(validator.schema)
    except SchemaError as error:
        raise UsageError(f"this is no JSON Schema: {error.json_path}: {error.message[:200]}") from error
    violations(None, schema)
    return schema


def violations(value: object, schema: Schema) -> str:
    """The first few ways in which a JSON value breaks a checked schema, each with its place; empty where it fits.

    Raises UsageError for a reference that leads out of the schema, which is only met on the way.
    """
    from referencing.exceptions import Unresolvable

    try:
        errors = sorted(_validator(_text(schema)).iter_errors(value), key=lambda error: error.json_path)
    except Unresolvable as error:
        raise UsageError(
            f"the schema refers to {error.ref!r}, which is not in it", hint="put it under $defs"
        ) from error
    return "; ".join(f"{error.json_path}: {error.message[:200]}" for error in errors[:SHOWN])


def _text(schema: Schema) -> str:
    try:
        return json.dumps(schema)
    except (TypeError, ValueError) as error:
        raise UsageError(f"this is no JSON Schema: {error}") from error


@functools.lru_cache(maxsize=64)
def _validator(schema: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    return Draft202012Validator(json.loads(schema), registry=Registry())
