"""Tools to offer where only their names and parameters matter."""

from __future__ import annotations

from chatbot.effects import ToolSchema

WEATHER = ToolSchema(
    "get_weather",
    "The weather of a city.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "places": {"type": "array"}},
        "required": ["city"],
    },
)
FACTORIAL = ToolSchema(
    "math.factorial",
    "n!",
    {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
)
NOW = ToolSchema("now", "The time.", {"type": "object", "properties": {}})
TOOLS = (WEATHER, FACTORIAL, NOW)
