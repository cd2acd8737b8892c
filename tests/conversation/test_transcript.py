"""A conversation as Markdown: what was asked, what was answered and from where."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chatbot.conversation import as_markdown
from chatbot.messages import Answer, Citation, Message, Segment, ToolCall, ToolResult, message, tool_message


@dataclass(frozen=True)
class Stored:
    """A message, as far as a transcript reads it."""

    message: Message
    display: str = ""
    state: str = "complete"
    answer: Answer | None = None


def test_a_transcript_shows_questions_as_typed_answers_tools_and_sources() -> None:
    sent = Message("user", (Segment("What is 1+1?", "user"), Segment("[1] passage", "document")))
    call = ToolCall("c1", "calculate", '{"expression": "1+1"}')
    found = Message("tool", (Segment("[2] Two follows one.", "document"),), call_id="c2")
    citation = Citation(2, "Two follows\none.", 10, 26, 3, path="numbers.md")
    answer = Answer("Two [2].", (citation, Citation(3, "old", 0, 3, 1, record_id="r7", stale=True)))
    conversation = [
        Stored(message("system", "Be brief.", "author")),
        Stored(sent, display="What is 1+1?"),
        Stored(Message("assistant", (Segment("Let me see.", "model"),), (call,))),
        Stored(tool_message(ToolResult("c1", "calculate", "2"))),
        Stored(found),
        Stored(message("assistant", "Two [2].", "model"), answer=answer),
        Stored(message("user", "And then?", "user")),
        Stored(message("assistant", "Three, be", "model"), state="interrupted"),
    ]
    assert (
        as_markdown(conversation)
        == """\
## What is 1+1?

*Used `calculate` with* `{"expression": "1+1"}`

Let me see.

*It returned* `2`

Two [2].

- [2] numbers.md:3: “Two follows one.”
- [3] r7 (changed since): “old”

## And then?

Three, be

*[cut here]*
"""
    )


def test_a_long_question_is_quoted_under_its_beginning() -> None:
    text = as_markdown([Stored(message("user", "first line\nsecond line " + "x" * 200, "user"))])
    assert text.startswith("## first line second line xxx")
    assert "\n> first line\n> second line xxx" in text
    assert len(text.splitlines()[0]) < 130


@pytest.mark.parametrize("text", ["`", "a ``` b", "two\nlines", "```\nfence\n```", ""])
def test_a_tools_text_never_breaks_out_of_its_code(text: str) -> None:
    block = as_markdown([Stored(tool_message(ToolResult("c1", "add", text)))])
    code = block.removeprefix("*It returned*").strip()
    fence = code[: len(code) - len(code.lstrip("`"))]
    assert code.endswith(fence)
    assert fence not in text
    assert text.strip() in code


def test_a_transcript_can_always_be_written_to_a_file() -> None:
    as_markdown([Stored(message("assistant", "half a \ud800 pair", "model"))]).encode()


def test_an_empty_conversation_is_an_empty_page() -> None:
    assert as_markdown([]).strip() == ""
