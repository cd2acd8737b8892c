"""Long results in pages: a model is given the first page of one, and `read_result` gives it the others.

The whole result lies in the journal, and pages are cut from it by its own page size, so that a page stays the same
whatever model reads it later. Whether `read_result` is offered follows from the messages alone: it is where one of them
tells of a page, also in a conversation that was taken up again. Only the program can tell so: what a tool writes has
another origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from chatbot.effects import Generate, ToolSchema
from chatbot.errors import ToolError
from chatbot.messages import Message, ToolCall, ToolResult
from chatbot.tools.strict_json import strict_json

LONGEST_PAGE = 20_000
"""Characters, about five thousand tokens."""

SHORTEST_PAGE = 2_000

CHARACTERS_PER_TOKEN = 0.75
"""Of the model's context: a page of English then fills less than a fifth of it, and of other scripts a half at most."""

READ_RESULT = ToolSchema(
    "read_result",
    "Read a further page of a long result of a tool. The result itself says under which id it is kept.",
    {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "the id of the result, such as result-12"},
            "page": {"type": "integer", "minimum": 1, "description": "the number of the page; the first is 1"},
        },
        "required": ["id", "page"],
        "additionalProperties": False,
    },
)
"""Performed by the runtime, which holds the journal."""

Kept = Callable[[int], ToolResult | None]
"""The whole result of an effect of this conversation; None where there is none such."""

_ID = re.compile(r"\s*(?:result-)?(\d{1,18})\s*")

_NOTE = re.compile(r"\n\[page \d+ of \d+ of result-\d+")


def page_size(context_tokens: int) -> int:
    """Characters of a page, for a model that reads so many tokens."""
    return max(SHORTEST_PAGE, min(LONGEST_PAGE, int(context_tokens * CHARACTERS_PER_TOKEN)))


def first_page(result: ToolResult, effect_id: int) -> ToolResult:
    """The result as a model is given it: as it is, or its first page and how to get the next."""
    return result if not result.page_size or len(result.text) <= result.page_size else _page(result, effect_id, 1)


def read_page(call: ToolCall, kept: Kept) -> ToolResult:
    """What comes of a call of `read_result`."""
    try:
        if call.flaw:
            raise ToolError(call.flaw)
        effect_id, number = _asked_for(call.arguments)
        whole = kept(effect_id)
        if whole is None:
            raise ToolError(f"there is no result {effect_id} in this conversation", hint="use the id of a result")
        page = _page(whole, effect_id, number)
    except ToolError as error:
        return ToolResult(call.id, call.name, f"error: {error}", failed=True)
    return replace(page, call_id=call.id, name=call.name)


def offering(request: Generate) -> Generate:
    """The request, with `read_result` among its tools where a message of it tells of a page."""
    if not request.tools or READ_RESULT in request.tools or not tell_of_pages(request.messages):
        return request
    return replace(request, tools=(*request.tools, READ_RESULT))


def tell_of_pages(messages: Iterable[Message]) -> bool:
    """Whether one of the messages says that there are further pages."""
    parts = (part for each in messages for part in each.parts if part.origin == "author")
    return any(_NOTE.match(part.text) for part in parts)


def _page(whole: ToolResult, effect_id: int, number: int) -> ToolResult:
    pages = _cut(whole.text, whole.page_size or len(whole.text))
    if number > len(pages):
        raise ToolError(f"result-{effect_id} has {len(pages)} pages, and no page {number}")
    more = f'; read_result with id "result-{effect_id}" and page {number + 1} gives the next'
    note = f"\n[page {number} of {len(pages)} of result-{effect_id}{more if number < len(pages) else ''}]"
    return replace(whole, text=pages[number - 1], note=note)


def _cut(text: str, size: int) -> list[str]:
    """The text in pages of at most `size` characters, cut behind a line where one ends in a page's last tenth."""
    pages: list[str] = []
    start = 0
    while start < len(text):
        end = min(start + size, len(text))
        if end < len(text):
            line = text.rfind("\n", end - size // 10, end) + 1
            end = line or end
        pages.append(text[start:end])
        start = end
    return pages or [""]


def _asked_for(arguments: str) -> tuple[int, int]:
    """Which effect's result, and which page. Raises ToolError."""
    try:
        given = strict_json(arguments)
    except ValueError as error:
        raise ToolError(f"the arguments of {READ_RESULT.name} are not JSON: {error}") from None
    match given:
        case {"id": str() | int() as named, "page": int() | str() as page, **rest} if not rest:
            found, number = _ID.fullmatch(str(named)), str(page).strip()
            if found and number.isdecimal() and 0 < int(number) < 10**9 and not isinstance(page, bool):
                return int(found[1]), int(number)
    raise ToolError(f"wrong arguments for {READ_RESULT.name}", hint='they are like {"id": "result-12", "page": 2}')
