"""What a model is told of each operation, and what of it goes where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chatbot.errors import NotFoundError, UsageError
from chatbot.tools.openapi.document import read_document
from chatbot.tools.openapi.operation import MAX_DESCRIPTION, Operation, operations_of

HERE = Path(__file__).parent


def operation(file: str, name: str) -> Operation:
    (found,) = operations_of(read_document(HERE / file), [name])
    return found


def made(path: str = "/pets", method: str = "get", /, **node: Any) -> Operation:
    """The one operation of a document."""
    parts = node.pop("components", {})
    document = {"openapi": "3.0.3", "paths": {path: {method: {"operationId": "it", **node}}}, "components": parts}
    (found,) = operations_of(read_document(document), None)
    return found


def arguments(found: Operation) -> Any:
    return found.schema["properties"]


@pytest.mark.parametrize("file", ["clinic.yaml", "shop.json", "tickets.yaml"])
def test_every_operation_of_real_documents_is_read(file: str) -> None:
    for found in operations_of(read_document(HERE / file), None):
        Draft202012Validator.check_schema(dict(found.schema))


def test_operations_are_named_as_the_document_names_them_or_by_method_and_path() -> None:
    names = [found.name for found in operations_of(read_document(HERE / "clinic.yaml"), None)]

    assert names[:3] == ["listAppointments", "bookAppointment", "patch_patients_patientId_appointments_appointmentId"]


def test_operations_are_chosen_by_name_or_by_method_and_path() -> None:
    document = read_document(HERE / "clinic.yaml")
    chosen = operations_of(document, ["status", "POST /referrals", "status"])

    assert [found.name for found in chosen] == ["status", "refer"]
    with pytest.raises(NotFoundError, match=r"no operation 'statsu' .*did you mean 'status'"):
        operations_of(document, ["statsu"])


def test_parameters_of_path_and_operation_are_arguments() -> None:
    found = operation("clinic.yaml", "listAppointments")

    assert found.schema["required"] == ["patientId"]
    assert arguments(found) == {
        "patientId": {"type": "integer", "format": "int64", "description": "The patient's number"},
        "status": {
            "type": "array",
            "items": {"$ref": "#/$defs/Status"},
            "description": "Only those in one of these states",
        },
        "filter_from_": {"type": "string", "format": "date"},
        "page": {"type": "integer", "minimum": 1, "default": 1},
        "X-Request-Source": {"type": "string"},
    }
    assert found.schema["$defs"] == {"Status": {"type": "string", "enum": ["booked", "done", "no"]}}


def test_the_properties_of_a_plain_body_are_arguments() -> None:
    found = operation("clinic.yaml", "bookAppointment")

    assert found.body is not None and not found.body.whole
    assert set(arguments(found)) == {"patientId", "X-Request-Source", "start", "reason", "doctor"}
    assert found.schema["required"] == ["patientId", "start", "reason"]
    assert arguments(found)["reason"] == {"type": ["string", "null"], "maxLength": 100}
    assert found.schema["$defs"]["Person"]["properties"]["deputy"] == {"$ref": "#/$defs/Person"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("clinic.yaml", "PATCH /patients/{patientId}/appointments/{appointmentId}"),
        ("tickets.yaml", "search"),
        ("tickets.yaml", "update_ticket"),
        ("shop.json", "POST /orders/{id}/notes"),
    ],
)
def test_any_other_body_is_one_argument(file: str, name: str) -> None:
    found = operation(file, name)

    assert found.body is not None and found.body.whole
    assert "body" in arguments(found)
    assert ("body" in found.schema["required"]) == found.body.required  # type: ignore[operator]


def test_names_that_mean_two_things_become_two_arguments() -> None:
    found = operation("tickets.yaml", "update_ticket")

    assert [(each.argument, each.name, each.place) for each in found.parameters] == [
        ("key", "key", "path"),
        ("key_query", "key", "query"),
    ]


def test_a_name_that_only_the_path_holds_is_an_argument() -> None:
    found = operation("tickets.yaml", "GET /tickets/{key}")

    assert arguments(found)["key"] == {"type": "string"}
    assert found.schema["required"] == ["key"]
    assert found.description == "One ticket, with its comments."


def test_the_protocols_own_headers_are_nobodys_to_set() -> None:
    headers = [{"name": name, "in": "header", "schema": {}} for name in ("Authorization", "HOST", "Cookie", "X-Mine")]

    assert list(arguments(made(parameters=headers))) == ["X-Mine"]


def test_an_operations_own_parameter_goes_before_that_of_its_path() -> None:
    own, others = ({"name": "a", "in": "query", "schema": {"type": kind}} for kind in ("integer", "string"))
    document = {"openapi": "3.1.0", "paths": {"/a": {"parameters": [others], "get": {"parameters": [own]}}}}
    (found,) = operations_of(read_document(document), None)

    assert arguments(found) == {"a": {"type": "integer"}}


def test_the_server_nearest_to_the_operation_holds_with_its_variables() -> None:
    assert operation("clinic.yaml", "status").server == "https://eu.clinic.example/v2"
    assert operation("shop.json", "points").server == "/api"
    assert made(servers=[{"url": "https://a.example"}]).server == "https://a.example"
    assert made().server == ""


def test_security_is_that_of_the_operation_before_that_of_the_document() -> None:
    assert operation("clinic.yaml", "listAppointments").security == (("apiKey",),)
    assert operation("clinic.yaml", "status").security == ()
    assert operation("tickets.yaml", "search").security == (("bearer",), ())
    assert operation("shop.json", "points").security is None


def test_a_long_description_is_cut() -> None:
    assert len(made(summary="x" * 2_000).description) == MAX_DESCRIPTION
    assert made(summary="Same", description="Same").description == "Same"
    assert made().description == "GET /pets"


def test_what_cannot_be_seen_is_written_out_for_model_and_people() -> None:
    hidden = "Pets.\u200b\u202e"
    parameters = [{"name": "a", "in": "query", "description": hidden, "schema": {}}]
    parameters.append(
        {"name": "b", "in": "query", "schema": {"type": "object", "properties": {"c": {"title": hidden}}}}
    )
    found = made(summary=hidden, parameters=parameters)
    said = [found.description, arguments(found)["a"]["description"], arguments(found)["b"]["properties"]["c"]["title"]]

    assert len(set(said)) == 1 and said[0].startswith("Pets.") and said[0].isprintable() and len(said[0]) > 10


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"parameters": [{"name": "a", "in": "query", "schema": {"type": "strnig"}}]}, "it cannot be a tool.*'a'"),
        ({"parameters": [{"name": "a", "in": "body"}]}, "one of its parameters"),
        ({"parameters": [{"in": "query"}]}, "one of its parameters"),
        ({"parameters": [{"$ref": "#/components/parameters/none"}]}, "which is not in it"),
        ({"requestBody": {"$ref": "other.yaml#/a"}}, "which is not in it"),
        (
            {
                "parameters": [{"name": "body", "in": "query", "schema": {}}],
                "requestBody": {"content": {"text/plain": {}}},
            },
            "a parameter 'body' beside its body",
        ),
    ],
)
def test_what_no_model_could_ask_for_is_refused_by_name(node: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        made("/pets", "post", **node)


def test_a_document_without_operations_is_refused() -> None:
    with pytest.raises(UsageError, match="describes no operation"):
        operations_of(read_document({"openapi": "3.0.0", "paths": {"/a": {"summary": "nothing"}, "x-b": {}}}), None)
