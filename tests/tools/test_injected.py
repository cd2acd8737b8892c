"""What the app fills in: never asked of a model, never taken from one, never repeated where it is secret."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote, quote_plus

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import CallTool
from chatbot.errors import ToolArgumentError, UsageError
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools import Injected, Tool, Toolbox, tool
from chatbot.tools.injected import Injection, injection_of, masked


class Basket:
    """Something of the app's that no JSON fits."""

    items = ("pen",)


@tool(impact="reads")
def orders(status: str, customer: Annotated[str, Injected("user")], basket: Annotated[Basket, Injected()]) -> str:
    """Orders of a customer."""
    return f"{status} {customer} {basket.items[0]}"


def run(box: Toolbox, arguments: str) -> ToolResult:
    name = box.schemas()[0].name
    return asyncio.run(box.run(CallTool(ToolCall("call-1", name, arguments))))


def test_the_app_fills_what_the_model_never_sees() -> None:
    assert orders.injected == ("customer", "basket")
    assert orders.parameters["properties"] == {"status": {"type": "string"}}
    assert orders.parameters["required"] == ["status"]
    box = Toolbox([orders], context={"user": "c-1042", "basket": Basket()})
    assert run(box, '{"status": "open"}').text == "open c-1042 pen"


@given(st.sampled_from(["customer", "basket"]), st.none() | st.text() | st.dictionaries(st.text(), st.integers()))
def test_a_model_that_fills_it_is_refused(name: str, value: object) -> None:
    box = Toolbox([orders], context={"user": "c-1042", "basket": Basket()})
    result = run(box, json.dumps({"status": "open", name: value}))
    assert result.failed
    assert result.text == f"error: wrong arguments for orders: there is no {name!r} (known: status)"
    with pytest.raises(ToolArgumentError):
        orders.check({"status": "open", name: value})


def test_a_value_that_the_app_does_not_give() -> None:
    result = run(Toolbox([orders], context={"basket": Basket()}), '{"status": "open"}')
    assert result.failed
    assert result.text == "error: orders cannot run here: the app gives no 'user' (tell the user)"
    with pytest.raises(UsageError, match=r"orders needs 'user' of the app for its parameter 'customer'.*'usr'"):
        Toolbox([orders]).within({"basket": Basket(), "usr": "c-1042"})
    with pytest.raises(UsageError, match=r"pass tool_context=\{'user': …\}"):
        Toolbox([orders]).within({})


def test_a_default_stands_where_the_app_gives_nothing() -> None:
    @tool(impact="none")
    def greet(user: Annotated[str, Injected] = "stranger") -> str:
        return f"Hello, {user}"

    box = Toolbox([greet])
    assert run(box.within({}), "{}").text == "Hello, stranger"
    assert run(box.within({"user": "Bo"}), "{}").text == "Hello, Bo"
    assert run(box, "{}").text == "Hello, stranger"  # what is bound elsewhere stays there


@dataclasses.dataclass
class Nested:
    user: Annotated[str, Injected("user")]


@pytest.mark.parametrize("hint", [Annotated[str, Injected("user")] | None, list[Annotated[str, Injected()]], Nested])
def test_a_mark_inside_a_type_is_refused_since_a_model_would_be_asked(hint: object) -> None:
    def function(value: object) -> str:
        return str(value)

    function.__annotations__["value"] = hint
    with pytest.raises(UsageError, match=r"'value': .*Injected must mark the whole parameter"):
        Tool.from_function(function)


@pytest.mark.parametrize(
    ("hint", "injection"),
    [
        (str, None),
        (Annotated[str, "a note"], None),
        (Annotated[str, Injected("user")], Injection("p", "user")),
        (Annotated[str, Injected], Injection("p", "p")),
        (Annotated[str, "a note", Injected("key", secret=True)], Injection("p", "key", True, True)),
    ],
)
def test_how_a_parameter_is_injected(hint: object, injection: Injection | None) -> None:
    assert injection_of("p", hint, required=True) == injection


@pytest.mark.parametrize("key", ["sk-12345", b"sk-12345", pydantic.SecretStr("sk-12345")])
def test_a_secret_is_masked_in_results_and_errors(key: object) -> None:
    @tool(impact="reads")
    def fetch(how: str, key: Annotated[object, Injected("key", secret=True)]) -> str:
        if how == "fail":
            raise ValueError("GET /?key=sk-12345 failed")
        return "used sk-12345 twice: sk-12345"

    box = Toolbox([fetch], context={"key": key})
    assert run(box, '{"how": "well"}').text == "used [secret] twice: [secret]"
    assert run(box, '{"how": "fail"}').text == "error: fetch failed: ValueError: GET /?key=[secret] failed"


def test_no_secret_masks_nothing() -> None:
    key = Injection("key", "key", secret=True)
    assert masked("text", [key], {}) == masked("text", [key], {"key": ""}) == masked("text", [key], {"key": None})


def test_a_secret_is_masked_however_it_is_written() -> None:
    key = Injection("key", "key", secret=True)
    secret = 'pä/ss "word"+1'
    written = [secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False), quote(secret), quote_plus(secret)]
    for form in written:
        assert masked(f"?key={form}&x", [key], {"key": secret}).strip('"') in ("?key=[secret]&x", '?key="[secret]"&x')


def test_free_names_do_not_reach_an_injected_parameter() -> None:
    @tool(impact="reads")
    def look(what: str, user: Annotated[str, Injected()] = "nobody", **filters: str) -> str:
        return f"{what} {user} {filters}"

    for box in (Toolbox([look]), Toolbox([look], context={"user": "c-1042"})):
        result = run(box, '{"what": "orders", "filters": {"user": "c-1"}}')
        assert result.failed
        assert "there is no 'filters.user': user is a parameter itself" in result.text
        assert "c-1 " not in run(box, '{"what": "orders", "filters": {"size": "3"}}').text


def test_progress_holds_no_secret() -> None:
    @tool(impact="reads")
    def fetch(key: Annotated[str, Injected("key", secret=True)]) -> Iterator[str]:
        yield f"asking with {key}"
        yield "done"

    told: list[str] = []
    box = Toolbox([fetch], context={"key": "sk-12345"})
    asyncio.run(box.run(CallTool(ToolCall("c", "fetch", "{}")), tell=told.append))
    assert told == ["asking with [secret]", "done"]
