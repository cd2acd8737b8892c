"""An OpenAPI document, a real server, and our dispatcher between them and a model."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from web_server import Answer, Asked, WebServer

from chatbot.effects import CallTool
from chatbot.errors import NotFoundError, UsageError
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools import Tool, Toolbox

HERE = Path(__file__).parent


def echo(asked: Asked) -> Answer:
    """What came, as JSON."""
    return Answer(json.dumps([asked.method, asked.path, asked.body.decode()]), "application/json")


def call(tools: list[Tool], name: str, **arguments: Any) -> ToolResult:
    return asyncio.run(Toolbox(tools).run(CallTool(ToolCall("1", name, json.dumps(arguments)))))


def test_a_model_asks_a_service_through_the_dispatcher() -> None:
    with WebServer(echo) as server:
        tools = Tool.from_openapi(HERE / "clinic.yaml", base_url=f"{server.url}/v2/", headers={"X-App": "chatbot"})
        listed = call(tools, "listAppointments", patientId="7", status=["booked"], page=2)
        booked = call(tools, "bookAppointment", patientId=7, start="2026-11-21", reason="Checkup")

    assert json.loads(listed.text) == ["GET", "/v2/patients/7/appointments?status=booked&page=2", ""]
    assert json.loads(booked.text)[:2] == ["POST", "/v2/patients/7/appointments"]
    assert json.loads(json.loads(booked.text)[2]) == {"start": "2026-11-21", "reason": "Checkup"}
    assert {asked.headers["x-app"] for asked in server.asked} == {"chatbot"}


def test_wrong_arguments_ask_nothing_and_name_the_parameter() -> None:
    with WebServer(echo) as server:
        tools = Tool.from_openapi(HERE / "clinic.yaml", base_url=server.url)
        said = [
            call(tools, "listAppointments", patientId="7.5").text,
            call(tools, "listAppointments", patientId=7, status=["boked"]).text,
            call(tools, "cancelAppointment", patientId=7, appointmentId="../../staff").text,
            call(tools, "refer", to={"name": "A"}).text,
            call(tools, "refer", to={"name": "A", "field": "B", "deputy": {"nam": "C"}}).text,
        ]

    assert server.asked == []
    for text, part in zip(said, ["patientId", "status.0", "appointmentId", "to.field", "to.deputy.nam"], strict=True):
        assert part in text


def test_an_error_of_the_service_is_the_calls_result() -> None:
    with WebServer({}) as server:
        result = call(Tool.from_openapi(HERE / "clinic.yaml", base_url=server.url), "status")

    assert result.failed and result.text.endswith("GET /status was answered 404 Not Found: no such page")


def test_what_reads_is_asked_again_where_the_service_is_busy_and_what_sends_is_not() -> None:
    busy = Answer("later", "text/plain", "503 Service Unavailable")
    with WebServer(lambda asked: busy if len(server.asked) in (1, 3) else echo(asked)) as server:
        tools = Tool.from_openapi(HERE / "clinic.yaml", base_url=server.url)
        listed = call(tools, "listAppointments", patientId=7)
        booked = call(tools, "bookAppointment", patientId=7, start="2026-11-21", reason="Checkup")

    assert (listed.failed, listed.attempts, booked.failed, booked.attempts) == (False, 2, True, 1)
    assert [asked.method for asked in server.asked] == ["GET", "GET", "POST"]


def test_what_an_operation_does_to_the_world_is_known_by_its_method() -> None:
    tools = {tool.name: tool for tool in Tool.from_openapi(HERE / "clinic.yaml", timeout=7)}
    listed, booked, cancelled = tools["listAppointments"], tools["bookAppointment"], tools["cancelAppointment"]
    changed = tools["patch_patients_patientId_appointments_appointmentId"]

    assert [each.impact for each in (listed, booked, cancelled, changed)] == ["reads", "sends", "writes", "writes"]
    assert [each.idempotent for each in (listed, booked, cancelled, changed)] == [True, False, True, False]
    assert (listed.origin, listed.timeout) == ("openapi:clinic-appointments", 7)


def test_only_the_operations_that_are_wanted_become_tools() -> None:
    tools = Tool.from_openapi(
        HERE / "shop.json", base_url="https://shop.example", operations=["points", "orders.create"]
    )

    assert [(tool.name, tool.wire_name) for tool in tools] == [("points", "points"), ("orders.create", "orders_create")]
    with pytest.raises(NotFoundError, match="did you mean 'points'"):
        Tool.from_openapi(HERE / "shop.json", base_url="https://shop.example", operations=["point"])


def authorization(server: WebServer) -> list[str]:
    return [asked.headers.get("authorization", "") + asked.path.partition("token=")[2] for asked in server.asked]


def test_a_secret_goes_with_the_operations_that_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS", "sesame")
    with WebServer(echo) as server:
        path, where = HERE / "tickets.yaml", server.url
        call(Tool.from_openapi(path, base_url=where, secrets={"bearer": "TICKETS"}), "search", body={"text": "a"})
        call(Tool.from_openapi(path, base_url=where, secrets={"login": "TICKETS"}), "search", body={"text": "a"})
        call(Tool.from_openapi(path, base_url=where, secrets={"token": "TICKETS"}), "get_tickets_key", key="a")

    assert authorization(server) == ["Bearer sesame", "", "sesame"]


def test_a_secret_is_sent_in_a_header_where_no_scheme_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "sesame")
    with WebServer(echo) as server:
        call(Tool.from_openapi(HERE / "shop.json", base_url=server.url, secrets={"X-Key": "SHOP"}), "points", at=[1.5])

    assert server.asked[0].headers["x-key"] == "sesame" and server.asked[0].path == "/points/;at=1.5"


def test_a_missing_secret_fails_the_call_and_not_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLINIC", raising=False)
    tools = Tool.from_openapi(HERE / "clinic.yaml", secrets={"apiKey": "CLINIC"})
    result = call(tools, "listAppointments", patientId=7)

    assert result.failed and "the environment variable CLINIC is not set" in result.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"secrets": {"apikey": "CLINIC"}}, "no security scheme 'apikey' .*did you mean 'apiKey'"),
        ({"secrets": {"apiKey": "sk-1234"}}, "not the name of an environment variable"),
        ({"base_url": "/v2"}, "does not say where"),
        ({"base_url": "ftp://a.example"}, "does not say where"),
        ({"base_url": "https://user:pass@a.example"}, "cannot stand before"),
        ({"base_url": "https://a.example?x=1"}, "cannot stand before"),
        ({"headers": {"X-A": "a\nb"}}, "header 'X-A'"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Tool.from_openapi(HERE / "clinic.yaml", **given)


def test_two_operations_of_one_name_are_refused() -> None:
    paths = {"/a": {"get": {"operationId": "a.b"}}, "/b": {"get": {"operationId": "a_b"}}}

    with pytest.raises(UsageError, match="two operations named"):
        Tool.from_openapi({"openapi": "3.1.0", "paths": paths}, base_url="https://a.example")
