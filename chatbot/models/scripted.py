"""A model that says what it was told to: for tests, documentation, and dry runs that must cost nothing.

In: replies, or a file of them, one JSON object a line. Out: the same replies, streamed word by word. It does not read
the request, unless a reply is a function of it, and it never makes anything up: when the replies have run out it says
so.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import get_args

from chatbot.effects import Generate
from chatbot.errors import ModelError, UsageError, nearest
from chatbot.events import CallDelta, Ended, Mended, ModelEvent, ReasoningDelta, Scored, TextDelta, Used, Weighed
from chatbot.messages import Finish, Reply, ToolCall, Usage
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.prices import FREE

Line = Reply | str | Callable[[Generate], Reply | str]
"""A reply, the text of one, or a function that makes one of the request (and may raise a ModelError instead)."""


class Scripted:
    """Gives its replies in order, whatever is asked; rewrites of a question and summaries take a reply too.

    delay: seconds between two words.
    repeat: begin again after the last reply, instead of failing.

    Raises ModelError from `stream` when the replies have run out.
    """

    def __init__(
        self,
        *replies: Line,
        delay: float = 0.0,
        repeat: bool = False,
        name: str = "scripted",
        abilities: Abilities = Abilities(writes=True, tools=True, context_tokens=128_000, price=FREE, images=True),  # noqa: B008  # frozen
    ) -> None:
        self.name = name
        self.abilities = abilities
        self.requests: list[Generate] = []
        """What was asked so far."""
        self._replies = replies
        self._delay = delay
        self._repeat = repeat

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The next reply, word by word. A truncated or interrupted one ends without `Ended`."""
        self.requests.append(request)
        reply = self._next(request)
        for event in _events(reply):
            yield event
            if self._delay:
                await asyncio.sleep(self._delay)

    def count_tokens(self, text: str) -> int:
        """An estimate from the length."""
        return estimate_tokens(text)

    def _next(self, request: Generate) -> Reply:
        number = len(self.requests) - 1
        if self._repeat and self._replies:
            number %= len(self._replies)
        if number >= len(self._replies):
            raise ModelError(
                f"{self.name} has {len(self._replies)} replies, and this is request {number + 1} ({request.purpose})",
                hint="add a reply to the script",
            )
        line = self._replies[number]
        reply = line(request) if callable(line) else line
        return Reply(reply) if isinstance(reply, str) else reply


def scripted(source: str) -> Scripted:
    """The model of a spec `scripted:SOURCE`: `text=WORDS`, said every time, or the path of a file of replies.

    A line of the file is a JSON object with any of "text", "reasoning", "tool_calls" (objects with "name" and
    "arguments", an object or text, and perhaps "id"), "finish" (default "complete").

    Raises UsageError where the file cannot be read or a line is not a reply.
    """
    if source.startswith("text="):
        return Scripted(source.removeprefix("text="), repeat=True, name=f"scripted:{source}")
    try:
        lines = Path(source).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the script {source!r} cannot be read: {error}", hint="name a file, or scripted:text=WORDS"
        ) from error
    replies = [_read(line, f"{source}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    return Scripted(*replies, name=f"scripted:{source}")


def _events(reply: Reply) -> Iterator[ModelEvent]:
    for word in re.findall(r"\s*\S+|\s+$", reply.reasoning):
        yield ReasoningDelta(word)
    for word in re.findall(r"\s*\S+|\s+$", reply.text):
        yield TextDelta(word)
    for index, call in enumerate(reply.tool_calls):
        half = len(call.arguments) // 2
        yield CallDelta(index, call.id, call.name, call.arguments[:half])
        yield CallDelta(index, arguments=call.arguments[half:])
    if reply.scores:
        yield Scored(reply.scores)
    if reply.likelihoods:
        yield Weighed(reply.likelihoods)
    if reply.mended:
        yield Mended()
    if reply.usage != Usage():
        yield Used(reply.usage)
    if reply.finish not in ("truncated", "interrupted"):
        yield Ended(reply.finish, reply.declined)


def _read(line: str, place: str) -> Reply:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{place} is not JSON: {error}", hint='a line is like {"text": "Hello"}') from error
    if not isinstance(data, dict):
        raise UsageError(f"{place} is not a JSON object", hint='a line is like {"text": "Hello"}')
    known = ("text", "reasoning", "tool_calls", "finish")
    for key in data:
        if key not in known:
            raise UsageError(f"{place}: unknown key {key!r}", hint=nearest(key, known))
    finish = data.get("finish", "complete")
    if finish not in get_args(Finish):
        raise UsageError(f"{place}: unknown finish {finish!r}", hint=nearest(str(finish), get_args(Finish)))
    texts = [data.get(key, "") for key in ("text", "reasoning")]
    calls = data.get("tool_calls", [])
    if not all(isinstance(text, str) for text in texts) or not isinstance(calls, list):
        raise UsageError(f"{place}: text and reasoning are texts, tool_calls is a list", hint="mend the line")
    read = tuple(_read_call(call, number, place) for number, call in enumerate(calls, 1))
    return Reply(texts[0], read, finish=finish, reasoning=texts[1])


def _read_call(call: object, number: int, place: str) -> ToolCall:
    match call:
        case {"name": str(name), **rest} if rest.keys() <= {"arguments", "id"}:
            arguments = rest.get("arguments", {})
            text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
            return ToolCall(str(rest.get("id") or f"call-{number}"), name, text)
    raise UsageError(
        f"{place}: tool call {number} needs a name, and may have arguments and an id",
        hint='a call is like {"name": "calculate", "arguments": {"expression": "6*7"}}',
    )
