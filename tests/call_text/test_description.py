"""Tools described in a prompt: short, and all that a call needs."""

from __future__ import annotations

from chatbot.call_text import described
from chatbot.effects import ToolSchema
from chatbot.models.model import estimate_tokens
from chatbot.tools import Tool


def test_a_tool_is_a_signature_with_what_is_said_of_it() -> None:
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where,\n  by name."},
            "unit": {"enum": ["C", "F"], "default": "C"},
            "days": {"type": "integer", "minimum": 1, "maximum": 9},
            "places": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "options": {"$ref": "#/$defs/Options"},
        },
        "required": ["city"],
        "$defs": {"Options": {"type": "object", "properties": {"wind": {"type": "boolean"}}}},
    }
    text = described([ToolSchema("weather", "The weather.\nOf a city.", schema)])
    assert (
        '- weather(city: string, unit?: "C" | "F" = "C", days?: integer >= 1, <= 9, places?: (string | null)[], '
        "options?: {wind?: boolean}): The weather. Of a city.\n  city: Where, by name.\n"
    ) in text


def test_a_type_that_holds_itself_comes_to_an_end() -> None:
    schema = {
        "type": "object",
        "properties": {"tree": {"$ref": "#/$defs/Tree"}},
        "$defs": {"Tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}}}},
    }
    assert "any" in described([ToolSchema("plant", "Plants.", schema)])


def test_it_takes_fewer_tokens_than_the_schema() -> None:
    def book(hotel: str, nights: int, rooms: int = 1, breakfast: bool = False) -> str:
        """Books a hotel.

        Args:
            hotel: Its name.
            nights: How many.
            rooms: How many of them.
            breakfast: Whether it is wanted.
        """
        return ""

    schema = Tool.from_function(book).schema
    ours = estimate_tokens(described([schema])) - estimate_tokens(described([]))
    assert ours < 0.6 * estimate_tokens(f"{schema.name} {schema.description} {schema.parameters}")
