"""A request with tools, and earlier calls of them, as one of plain messages: for a model that has no form of its own.

Tools are described in the system part, calls stand where the model wrote them, results come back in tags that no result
can close. What a conversation keeps stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chatbot.call_text.description import RESULT, described
from chatbot.effects import Generate
from chatbot.messages import Message, Segment, ToolCall, message

MOST_STOPS = 4
"""Stop sequences that the chat-completions protocol allows."""


def in_words(request: Generate, *, offer: bool = True) -> Generate:
    """The request without anything that only a model with calls of its own understands.

    offer: describe its tools. Without, and with calls in the messages, the model may still write some: they are kept
    off the screen all the same.
    """
    messages = tuple(_in_words(request.messages))
    asked = replace(request, messages=messages, tools=(), spoken=request.tools)
    if not request.tools or not offer:
        return asked
    stop = f"<{RESULT}>"
    stops = request.sampling.stop
    stops = stops if stop in stops or len(stops) >= MOST_STOPS else (*stops, stop)
    wish = described(request.tools)
    return replace(
        asked, messages=_with_system(messages, wish), sampling=replace(request.sampling, stop=stops), schema=None
    )


def _with_system(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """The messages, with a text of the author's at the end of the system part, the same from turn to turn."""
    if not messages or messages[0].role != "system":
        return (message("system", text, "author"), *messages)
    system = replace(messages[0], parts=(*messages[0].parts, Segment(f"\n\n{text}", "author")))
    return (system, *messages[1:])


def _in_words(messages: Sequence[Message]) -> Iterator[Message]:
    """Calls and results as the texts that the model would write and read; results that follow one another in one."""
    names: dict[str | None, str] = {}
    results: list[Segment] = []
    for each in messages:
        if each.role == "tool":
            results += _result(each, names.get(each.call_id, ""))
            continue
        if results:
            yield Message("user", tuple(results))
            results = []
        names |= {call.id: call.name for call in each.tool_calls}
        calls = "\n".join(map(_call, each.tool_calls))
        gap = "\n" if calls and each.parts else ""
        yield replace(each, parts=(*each.parts, Segment(gap + calls, "model")), tool_calls=()) if calls else each
    if results:
        yield Message("user", tuple(results))


def _call(call: ToolCall) -> str:
    try:
        arguments: object = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = call.arguments
    written = json.dumps({"name": call.name, "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{written}\n</tool_call>"


def _result(result: Message, name: str) -> list[Segment]:
    """A result between its tags, which its text cannot close."""
    parts = [replace(part, text=part.text.replace("</tool_response", "<\\/tool_response")) for part in result.parts]
    named = f' name="{name}"' if name else ""
    return [
        Segment(f"<tool_response{named}>\n", "author"),
        *parts,
        Segment("\n</tool_response>\n", "author"),
    ]
