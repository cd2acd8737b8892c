"""The schemas that an operation uses, with all that they refer to."""

from __future__ import annotations

from typing import Any

import pytest

from chatbot.errors import UsageError
from chatbot.tools.openapi.definitions import MAX_NODES, Definitions
from chatbot.tools.openapi.document import Document


def definitions(**schemas: Any) -> Definitions:
    return Definitions(Document({"components": {"schemas": schemas}, "other": {"Pet": {"type": "integer"}}}, "api"))


def to(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_what_is_referred_to_is_defined_once() -> None:
    made = definitions(Pet={"type": "string"})

    assert made.read({"type": "array", "items": to("Pet")}) == {"type": "array", "items": {"$ref": "#/$defs/Pet"}}
    assert made.read({**to("Pet"), "description": "Mine"}) == {"$ref": "#/$defs/Pet", "description": "Mine"}
    assert made.schemas == {"Pet": {"type": "string"}}


def test_circles_end() -> None:
    made = definitions(Node={"properties": {"next": to("Node"), "pair": to("Pair")}}, Pair={"items": to("Node")})
    made.read(to("Node"))

    assert made.schemas == {
        "Node": {"properties": {"next": {"$ref": "#/$defs/Node"}, "pair": {"$ref": "#/$defs/Pair"}}},
        "Pair": {"items": {"$ref": "#/$defs/Node"}},
    }


def test_two_parts_of_one_name_stay_two() -> None:
    made = definitions(Pet={"type": "string"})

    assert made.read(to("Pet")) == {"$ref": "#/$defs/Pet"}
    assert made.read({"$ref": "#/other/Pet"}) == {"$ref": "#/$defs/Pet_2"}
    assert made.schemas == {"Pet": {"type": "string"}, "Pet_2": {"type": "integer"}}


def test_forms_that_are_told_apart_by_a_property_may_fit_together() -> None:
    schema = {"oneOf": [{"properties": {}}], "discriminator": {"propertyName": "kind"}}

    assert "oneOf" not in (made := definitions().read(schema)) and made["anyOf"] == schema["oneOf"]  # type: ignore[index, operator]
    assert "oneOf" in definitions().read({"oneOf": [{}]})  # type: ignore[operator]


def test_what_only_a_reply_holds_is_left_out() -> None:
    made = definitions(Id={"type": "string", "readOnly": True})
    schema = {"properties": {"id": to("Id"), "name": {}}, "required": ["id", "name"]}

    assert made.read(schema) == {"properties": {"name": {}}, "required": ["name"]}


def test_values_and_names_that_look_like_keywords_are_left_alone() -> None:
    schema = {"properties": {"$ref": {"type": "string"}, "example": to("Pet")}, "default": {"$ref": "x"}, "enum": [{}]}
    made = definitions(Pet={})

    assert made.read(schema) == {
        **schema,
        "properties": {"$ref": {"type": "string"}, "example": {"$ref": "#/$defs/Pet"}},
    }


def test_schemas_that_no_model_could_read_are_refused() -> None:
    with pytest.raises(UsageError, match="more than 50,000 parts"):
        definitions().read([{}] * MAX_NODES)
