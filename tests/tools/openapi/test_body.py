"""The body of a request, and what of it a model is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from chatbot.tools.openapi.body import Asked, argument_name, read_body
from chatbot.tools.openapi.definitions import Definitions
from chatbot.tools.openapi.document import Document


def body(content: Any, *, taken: tuple[str, ...] = (), **more: Any) -> Asked | None:
    document = Document({"pet": {"properties": {"name": {}}}}, "api")
    return read_body(document, {"content": content, **more}, Definitions(document), taken=taken)


def of_json(schema: Any, **more: Any) -> Asked:
    found = body({"application/json": {"schema": schema}}, **more)
    assert found is not None
    return found


PLAIN = {"properties": {"a": {"type": "string"}, "b[c]": {}}, "required": ["a"]}


def test_no_body_is_none() -> None:
    assert body({}) is None and body(None) is None


def test_the_properties_of_a_plain_object_are_arguments() -> None:
    found = of_json(PLAIN, required=True)

    assert found.schemas == {"a": {"type": "string"}, "b_c_": {}} and found.needed == ["a"]
    assert found.body.properties == {"a": "a", "b_c_": "b[c]"} and not found.body.whole
    assert list(of_json({"$ref": "#/pet"}).schemas) == ["name"]


@pytest.mark.parametrize(
    ("schema", "more"),
    [
        ({"allOf": [PLAIN]}, {"required": True}),
        ({**PLAIN, "oneOf": [{}]}, {"required": True}),
        ({**PLAIN, "additionalProperties": True}, {"required": True}),
        ({"type": "array", "items": {}}, {"required": True}),
        ({"properties": {"a[": {}, "a]": {}}}, {"required": True}),
        (PLAIN, {"required": True, "taken": ("a",)}),
        (PLAIN, {"required": False}),
        (None, {"required": True}),
    ],
)
def test_any_other_body_is_one_argument(schema: Any, more: dict[str, Any]) -> None:
    found = of_json(schema, **more, description="All of it")

    assert found.body.whole and found.body.properties == {}
    assert list(found.schemas) == ["body"] and found.needed == (["body"] if more["required"] else [])
    assert found.schemas["body"]["description"] == "All of it"  # type: ignore[index]


def test_files_are_known() -> None:
    properties = {"title": {"type": "string"}, "file": {"type": "string", "format": "binary"}}
    found = body({"multipart/form-data": {"schema": {"properties": properties}}})

    assert found is not None and found.body.binary == {"file"}


def test_what_is_neither_json_nor_a_form_is_text() -> None:
    found = body({"application/xml": {"schema": PLAIN}})

    assert found is not None and found.schemas == {"body": {"type": "string", "description": ""}}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (["text/plain", "application/xml", "application/json"], "application/json"),
        (["multipart/form-data", "application/vnd.api+json"], "application/vnd.api+json"),
        (["text/csv", "application/x-www-form-urlencoded"], "application/x-www-form-urlencoded"),
        (["application/octet-stream", "text/csv"], "text/csv"),
        (["*/*"], "application/json"),
    ],
)
def test_of_several_kinds_of_body_the_most_exact_is_sent(content: list[str], kind: str) -> None:
    found = body({each: {"schema": {"type": "object"}} for each in content})

    assert found is not None and found.body.kind == kind


@pytest.mark.parametrize(("name", "argument"), [("filter[a]", "filter_a_"), ("$top", "_top"), ("größe", "gr__e")])
def test_arguments_have_names_that_every_service_takes(name: str, argument: str) -> None:
    assert argument_name(name) == argument
