"""Small tasks that show how well a model calls tools: a question, the tools on offer, and the calls that it wants.

Every kind of argument comes up, calls side by side, tools that are alike, and questions that want no tool. Written for
this program, so that no model has seen them; what is right follows from the question alone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.tools import Tool

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call."""

    tool: str
    arguments: Values
    optional: Values = field(default_factory=dict)
    """Arguments that may be left out, or have this value."""


@dataclass(frozen=True, slots=True)
class CallTask:
    """A question, and which calls it wants; none where the model should answer by itself."""

    question: str
    tools: tuple[str, ...]
    wanted: tuple[Wanted, ...] = ()


def _schema(name: str, description: str, required: Values, optional: Values | None = None) -> Values:
    parameters = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }
    return {"name": name, "description": description, "parameters": parameters}


def _text(description: str, **more: object) -> Values:
    return {"type": "string", "description": description, **more}


def _integer(description: str, **more: object) -> Values:
    return {"type": "integer", "description": description, **more}


def _number(description: str) -> Values:
    return {"type": "number", "description": description}


_SCHEMAS = (
    _schema(
        "weather_now",
        "Tells the weather of a city at this moment.",
        {"city": _text("Name of the city.")},
        {"unit": _text("Of the temperature.", enum=["celsius", "fahrenheit"], default="celsius")},
    ),
    _schema(
        "weather_forecast",
        "Forecasts the weather of a city for the coming days.",
        {"city": _text("Name of the city."), "days": _integer("How many days.", minimum=1, maximum=10)},
    ),
    _schema("multiply", "Multiplies two numbers.", {"a": _number("The first."), "b": _number("The second.")}),
    _schema("set_timer", "Starts a timer.", {"minutes": _integer("Until it rings.", minimum=1)}),
    _schema(
        "switch_light",
        "Switches the light of a room.",
        {"room": _text("Name of the room."), "on": {"type": "boolean", "description": "On or off."}},
    ),
    _schema(
        "send_message",
        "Sends a message to a person.",
        {"to": _text("First name of the person."), "text": _text("The message, word for word.")},
    ),
    _schema(
        "add_to_list",
        "Puts items on the shopping list.",
        {"items": {"type": "array", "items": {"type": "string"}, "description": "What to buy."}},
    ),
    _schema(
        "book_table",
        "Books a table in a restaurant.",
        {
            "restaurant": _text("Its name."),
            "people": _integer("How many come.", minimum=1),
            "when": {
                "type": "object",
                "description": "Day and hour.",
                "properties": {
                    "day": _text("Day of the week, in English, in small letters."),
                    "hour": _integer("From 0 to 23.", minimum=0, maximum=23),
                },
                "required": ["day", "hour"],
                "additionalProperties": False,
            },
        },
    ),
    _schema("play_song", "Plays a song.", {"title": _text("Title of the song.")}),
    _schema(
        "order_status",
        "Looks up where an order is.",
        {"number": _text("Number of the order, like A-1234.", pattern="^[A-Z]-[0-9]{4}$")},
    ),
    _schema("stop_all", "Stops all devices at once.", {}),
)

_WEATHER, _HOME = ("weather_now", "weather_forecast"), ("switch_light", "set_timer", "play_song", "stop_all")
_WORDS, _SHOP = ("send_message", "add_to_list"), ("order_status", "add_to_list", "book_table")


def _task(question: str, tools: tuple[str, ...], *wanted: Wanted) -> CallTask:
    return CallTask(question, tools, wanted)


_CELSIUS = {"unit": "celsius"}

TASKS = (
    _task("What is the weather like in Oslo right now?", _WEATHER, Wanted("weather_now", {"city": "Oslo"}, _CELSIUS)),
    _task("Multiply 37 by 21 with the tool.", ("multiply",), Wanted("multiply", {"a": 37, "b": 21})),
    _task("Turn on the light in the kitchen.", _HOME, Wanted("switch_light", {"room": "kitchen", "on": True})),
    _task("Set a timer for 12 minutes.", _HOME, Wanted("set_timer", {"minutes": 12})),
    _task("Hello! How are you today?", _WEATHER),
    _task("Where is my order C-4071?", _SHOP, Wanted("order_status", {"number": "C-4071"})),
    _task(
        "Put milk, eggs and bread on the shopping list.",
        _SHOP,
        Wanted("add_to_list", {"items": ["milk", "eggs", "bread"]}),
    ),
    _task(
        "What will the weather be in Lima over the next 3 days?",
        _WEATHER,
        Wanted("weather_forecast", {"city": "Lima", "days": 3}),
    ),
    _task(
        "Book a table for 4 at Verdi on Friday at 19:00.",
        _SHOP,
        Wanted("book_table", {"restaurant": "Verdi", "people": 4, "when": {"day": "friday", "hour": 19}}),
    ),
    _task(
        "Write to Nora, word for word: See you at noon",
        _WORDS,
        Wanted("send_message", {"to": "Nora", "text": "See you at noon"}),
    ),
    _task("Stop everything at once!", _HOME, Wanted("stop_all", {})),
    _task("Thank you, that was all for today.", _SHOP),
    _task(
        "How warm is it in Cairo now, in Fahrenheit?",
        _WEATHER,
        Wanted("weather_now", {"city": "Cairo", "unit": "fahrenheit"}),
    ),
    _task("What is 2.5 times 0.4? Use the tool.", ("multiply",), Wanted("multiply", {"a": 2.5, "b": 0.4})),
    _task(
        "Switch off the light in the hall and play the song Blue Moon.",
        _HOME,
        Wanted("switch_light", {"room": "hall", "on": False}),
        Wanted("play_song", {"title": "Blue Moon"}),
    ),
    _task(
        'Write to Ida, word for word: He said "yes" & left',
        _WORDS,
        Wanted("send_message", {"to": "Ida", "text": 'He said "yes" & left'}),
    ),
    _task(
        "Compare the weather in Rome and in Madrid right now.",
        _WEATHER,
        Wanted("weather_now", {"city": "Rome"}, _CELSIUS),
        Wanted("weather_now", {"city": "Madrid"}, _CELSIUS),
    ),
    _task("In one word: which colour does snow have?", _HOME),
    _task("Buy 東京バナナ: put it on the list.", _WORDS, Wanted("add_to_list", {"items": ["東京バナナ"]})),
    _task("Play the song Café Zürich.", _HOME, Wanted("play_song", {"title": "Café Zürich"})),
    _task(
        "Reserve at Luna for two people, Monday at 20:00.",
        _SHOP,
        Wanted("book_table", {"restaurant": "Luna", "people": 2, "when": {"day": "monday", "hour": 20}}),
    ),
    _task("What is -6 times 14? Use the tool.", ("multiply",), Wanted("multiply", {"a": -6, "b": 14})),
    _task("Has order B-0009 been sent yet?", _SHOP, Wanted("order_status", {"number": "B-0009"})),
    _task("Please repeat the word 'lantern' and nothing else.", _WORDS),
)
"""In an order in which any first few are of several kinds: what is measured may be cut short."""


@functools.cache
def tool_of(name: str) -> Tool:
    """The tool of this name. It is declared only: its calls are read and checked, and never run."""
    return Tool.from_schema(next(schema for schema in _SCHEMAS if schema["name"] == name), impact="none")
