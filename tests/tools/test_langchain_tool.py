"""LangChain's own tools, run by our dispatcher."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import pytest
from langchain_core.callbacks import CallbackManagerForToolRun
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import (
    BaseTool,
    InjectedToolArg,
    InjectedToolCallId,
    StructuredTool,
    ToolException,
    tool,
)
from langchain_core.tools import Tool as PlainTool
from pydantic import BaseModel, Field

from chatbot.effects import CallTool
from chatbot.errors import UsageError
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools import Tool, Toolbox


class Place(BaseModel):
    """Where."""

    lat: float
    name: str = "somewhere"


class Forecast(BaseModel):
    """What a forecast is asked for."""

    place: Place
    days: int = Field(default=3, ge=1, description="How many days")


@tool(args_schema=Forecast)
def forecast(place: Place, days: int) -> str:
    """The weather of the next days."""
    return f"{place.name} at {place.lat}: {days} days of sun"


@tool
def orders(
    status: str,
    customer: Annotated[str, InjectedToolArg],
    call: Annotated[str, InjectedToolCallId],
    config: RunnableConfig,
    limit: int = 5,
) -> list[str]:
    """The customer's orders."""
    assert config is not None and len(call) > 10
    return [customer, status, str(limit)]


@tool
async def wait(seconds: float) -> str:
    """Waits."""
    await asyncio.sleep(seconds)
    return "waited"


class Repeat(BaseTool):
    name: str = "repeat it"
    description: str = "Repeats a word."

    def _run(self, word: str, times: int = 2, run_manager: CallbackManagerForToolRun | None = None) -> str:
        assert run_manager is not None
        return word * times


def result_of(given: BaseTool, arguments: dict[str, Any], context: dict[str, object] | None = None) -> ToolResult:
    """What our dispatcher makes of a call."""
    made = Tool.from_langchain(given, impact="none")
    box = Toolbox([made], context=context)
    return asyncio.run(box.run(CallTool(ToolCall("1", made.schema.name, json.dumps(arguments)))))


def test_a_tool_brings_its_name_description_and_schema() -> None:
    made = Tool.from_langchain(forecast, impact="reads", timeout=5, idempotent=True, sensitive=["place"])

    assert (made.name, made.description) == ("forecast", "The weather of the next days.")
    assert (made.impact, made.timeout, made.idempotent, made.sensitive) == ("reads", 5, True, ("place",))
    assert made.parameters["required"] == ["place"]
    assert made.parameters["additionalProperties"] is False
    assert made.parameters["properties"] == {
        "place": {"$ref": "#/$defs/Place"},
        "days": {"type": "integer", "default": 3, "minimum": 1, "description": "How many days"},
    }


def test_arguments_are_coerced_validated_and_made_what_the_function_takes() -> None:
    assert result_of(forecast, {"place": {"lat": "41.9"}, "days": "2"}).text == "somewhere at 41.9: 2 days of sun"
    assert result_of(forecast, {"place": {"lat": 41.9, "name": "Rome"}}).text == "Rome at 41.9: 3 days of sun"
    assert "place.lat: must be a number" in result_of(forecast, {"place": {"lat": "north"}}).text
    assert "days: must be at least 1" in result_of(forecast, {"place": {"lat": 1}, "days": 0}).text


def test_what_is_injected_is_hidden_from_the_model_and_filled_by_the_app() -> None:
    made = Tool.from_langchain(orders)

    assert list(made.parameters["properties"]) == ["status", "limit"]  # type: ignore[call-overload]
    assert made.injected == ("customer",)
    assert json.loads(result_of(orders, {"status": "open"}, {"customer": "c-7"}).text) == ["c-7", "open", "5"]
    assert (
        "there is no 'customer'" in result_of(orders, {"status": "open", "customer": "c-8"}, {"customer": "c-7"}).text
    )
    assert result_of(orders, {"status": "open"}).failed


def test_an_async_tool_is_awaited_and_ends_with_its_time() -> None:
    made = Tool.from_langchain(wait, impact="none", timeout=0.05)

    assert result_of(wait, {"seconds": 0}).text == "waited"
    assert "0.05 s" in asyncio.run(Toolbox([made]).run(CallTool(ToolCall("1", "wait", '{"seconds": 60}')))).text


def test_subclasses_and_plain_tools_of_one_text_run_too() -> None:
    plain = PlainTool(name="shout", func=str.upper, description="Shouts.")

    assert result_of(Repeat(), {"word": "ab", "times": 3}).text == "ababab"
    assert Tool.from_langchain(Repeat()).schema.name == "repeat_it"
    assert result_of(plain, {"tool_input": "hey"}).text == "HEY"
    assert "tool_input is missing" in result_of(plain, {}).text


def test_a_tool_with_a_ready_schema_runs() -> None:
    schema = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
    made = StructuredTool(name="echo", description="", args_schema=schema, func=lambda word: {"said": word})

    assert result_of(made, {"word": "hey"}).text == '{"said": "hey"}'
    assert Tool.from_langchain(made).description == "echo"


def test_an_artifact_stays_with_the_app() -> None:
    @tool(response_format="content_and_artifact")
    def look(word: str) -> tuple[str, bytes]:
        """Looks."""
        return f"found {word}", b"picture"

    assert result_of(look, {"word": "it"}).text == "found it"


@pytest.mark.parametrize("is_handled", [True, False])
def test_an_error_of_the_tool_is_the_calls_result(is_handled: bool) -> None:
    @tool
    def refuse(word: str) -> str:
        """Refuses."""
        raise ToolException(f"{word} is too much")

    refuse.handle_tool_error = is_handled
    result = result_of(refuse, {"word": "it"})

    assert result.failed and "it is too much" in result.text and "ToolException" not in result.text


@pytest.mark.parametrize("given", [len, "tool", None, Forecast])
def test_what_is_no_langchain_tool_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match="no LangChain tool"):
        Tool.from_langchain(given)
