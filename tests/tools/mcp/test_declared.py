import pytest

from chatbot.tools.mcp import Declared
from chatbot.tools.mcp.declared import declared


def test_what_cannot_be_seen_in_a_description_is_written_out() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "send")
    tool = Declared("read", {"description": f"Reads.{hidden} Only\u200b."})
    assert tool.description == "Reads.⟨U+E0073⟩⟨U+E0065⟩⟨U+E006E⟩⟨U+E0064⟩ Only⟨U+200B⟩."


def test_prose_of_the_schema_is_shown_likewise_and_its_values_stay() -> None:
    schema = {
        "type": "object",
        "properties": {"mode": {"description": "How\u200b", "enum": ["a\u200bb"], "default": "a\u200bb"}},
        "$defs": {"description": {"type": "string", "title": "T\u2060"}},
    }
    assert Declared("read", {"inputSchema": schema}).schema == {
        "type": "object",
        "properties": {"mode": {"description": "How⟨U+200B⟩", "enum": ["a\u200bb"], "default": "a\u200bb"}},
        "$defs": {"description": {"type": "string", "title": "T⟨U+2060⟩"}},
    }


def test_a_title_stands_in_for_a_description() -> None:
    assert Declared("read", {"title": "Read a file"}).description == "Read a file"
    assert Declared("read", {}).description == ""


def test_all_that_was_sent_of_a_tool_counts_also_what_the_protocol_does_not_know() -> None:
    types = pytest.importorskip("mcp.types")
    sent = {"name": "read", "inputSchema": {"type": "object"}, "unheardOf": 1}
    (tool,) = declared([types.Tool.model_validate(sent)], [sent, "noise", {"name": "dropped by the SDK"}])
    assert tool == Declared("read", sent)


def test_a_page_that_is_not_the_one_that_was_sent_is_refused() -> None:
    types = pytest.importorskip("mcp.types")
    read = types.Tool(name="read", input_schema={"type": "object"})
    with pytest.raises(ValueError, match="not the ones that were sent"):
        declared([read], [{"name": "other"}])
