"""However an endpoint streams its calls, those are run that it meant, and nothing else is.

The reference is what the endpoint meant, not what can be read from its stream: a call counts where its reply ended
whole, its id is its own, and its arguments are what the tool takes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field

import pytest
from chat_server import DONE, delta, event, usage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.effects import Generate
from chatbot.errors import ChatbotError, ModelError
from chatbot.events import ModelEvent
from chatbot.journal import Journal
from chatbot.messages import message
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.openai_wire import ReplyReader
from chatbot.models.sse import EventDecoder
from chatbot.runtime import Runtime
from chatbot.service.endpoints import Quirks
from chatbot.strategies.converse import converse
from chatbot.strategies.task import Task
from chatbot.tools import Tool, Toolbox

Ran = tuple[str, str]
"""A call that was run: its tool, and its arguments as JSON."""


# --- what an endpoint means -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Meant:
    """A call that an endpoint means, and how it writes it."""

    name: str
    arguments: str
    runs: Ran | None
    """What is run for it; None where its arguments must not be run."""


def proper(name: str, **arguments: object) -> Meant:
    return Meant(name, json.dumps(arguments), (name, json.dumps(arguments, sort_keys=True)))


GOOD = st.builds(
    lambda number, text, nothing: [
        proper("double", number=number),
        proper("echo", text=text),
        Meant("now", nothing, ("now", "{}")),
    ],
    st.integers(-99, 99),
    st.text(max_size=12),
    st.sampled_from(["", "{}", " { } "]),
).flatmap(st.sampled_from)

BAD = st.sampled_from(
    [
        Meant("double", arguments, None)
        for arguments in (
            '{"number": NaN}',
            '{"number": Infinity}',
            '{"number": 1e999}',
            '{"number": 1, "number": 2}',
            '{"number": 3.7}',
            '{"number": "x"}',
            '{"number": true}',
            '{"number": 1, "other": 2}',
            '{"number": 1',
            '{"number": ',
            '{"numb',
            '{"number": 1}}',
            '{"number": 1} {"number": 2}',
            "{'number': 1}",
            "[1]",
            "1",
            "null",
            "nope",
            "[" * 3_000,
        )
    ]
    + [Meant(name, "{}", None) for name in ("", "doubel", "double", "__import__", "now()", "read_result")]
)


@dataclass(frozen=True)
class Stream:
    """A reply as it goes over the wire, and what of it is to be run."""

    body: bytes
    runs: list[Ran]


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """A reply with calls, written as one of the habits that endpoints have."""
    meant = draw(st.lists(GOOD | BAD, min_size=1, max_size=4))
    habit = draw(st.sampled_from(["indices", "one index", "counting up", "at once", "no ids"]))
    doubled = habit != "no ids" and len(meant) > 1 and draw(st.booleans())
    ids = [f"id-{at}" for at in range(len(meant))]
    if doubled:
        ids[-1] = ids[0]
    texts = [delta(content=text) for text in draw(st.lists(st.text(max_size=5), max_size=2))]
    chunks = texts + draw(_written(meant, ids, habit))
    finish = draw(st.sampled_from(["tool_calls", "stop", "function_call", "length", "content_filter", "oddly", None]))
    whole = chunks if finish is None else [*chunks, delta(finish)]
    tail = draw(st.sampled_from([(), (usage(),), (DONE,), (usage(), DONE)]))
    body = draw(st.sampled_from([b"", b": comment\n\n"])).join([*whole, *tail])
    ended = finish in ("tool_calls", "stop", "function_call")
    if draw(st.integers(0, 4)) == 0:  # the connection breaks off before the reason came
        body, ended = b"".join(chunks)[: draw(st.integers(0, len(b"".join(chunks))))], False
    if draw(st.booleans()):
        body = body.replace(b"\n", b"\r\n")
    runs = [each.runs for each, name in zip(meant, ids, strict=True) if each.runs and ids.count(name) == 1]
    return Stream(body, sorted(runs) if ended else [])


@st.composite
def _written(draw: st.DrawFn, meant: list[Meant], ids: list[str], habit: str) -> list[bytes]:
    """The chunks of the calls, in one of the habits."""
    if habit == "at once":  # as servers send that do not stream calls
        calls = [_part(None, name, each.name, each.arguments) for each, name in zip(meant, ids, strict=True)]
        return [delta(tool_calls=calls)]
    counter = iter(range(10_000))
    queues: list[list[bytes]] = []
    for at, (each, name) in enumerate(zip(meant, ids, strict=True)):
        repeats = habit == "counting up" or draw(st.booleans())
        queue = []
        for number, piece in enumerate(draw(_cut(each.arguments))):
            index = {"indices": at, "one index": 0, "counting up": next(counter), "no ids": at}[habit]
            shown = "" if habit == "no ids" or (number and not repeats) else name
            queue.append(delta(tool_calls=[_part(index, shown, each.name if not number else "", piece)]))
        queues.append(queue)
    mixed = habit in ("indices", "no ids") and len(set(ids)) == len(ids) and draw(st.booleans())
    if not mixed:
        return [chunk for queue in queues for chunk in queue]
    order = draw(st.permutations([at for at, queue in enumerate(queues) for _ in queue]))
    return [queues[at].pop(0) for at in order]


def _part(index: int | None, name: str, tool: str, arguments: str) -> dict[str, object]:
    part: dict[str, object] = {"type": "function", "function": {"name": tool, "arguments": arguments}}
    return part | ({} if index is None else {"index": index}) | ({"id": name} if name else {})


@st.composite
def _cut(draw: st.DrawFn, text: str) -> list[str]:
    """The text whole, by character, or in some pieces, of which the first may be empty."""
    how = draw(st.sampled_from(["whole", "characters", "pieces"]))
    if how == "whole" or not text or len(text) > 200:
        return [text]
    if how == "characters":
        return ["", *text]
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


# --- what is run ------------------------------------------------------------------------------------------------------


@dataclass
class Wire:
    """A model whose replies are the bytes of an endpoint, in pieces."""

    pieces: list[bytes]
    name: str = "wire"
    abilities: Abilities = field(default_factory=lambda: Abilities(writes=True, tools=True, context_tokens=8_000))
    asked: int = 0

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        self.asked += 1
        pieces = self.pieces if self.asked == 1 else [delta(content="So."), delta("stop"), DONE]
        for each in _events(pieces):
            yield each

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)


def _events(pieces: list[bytes]) -> Iterator[ModelEvent]:
    decoder, reader = EventDecoder(), ReplyReader(Quirks(), lambda error: ModelError(str(error)))
    for piece in pieces:
        for data in decoder.feed(piece):
            yield from reader.read(data)
    for data in decoder.end():
        yield from reader.read(data)
    yield from reader.end()


def ran(pieces: list[bytes]) -> list[Ran]:
    """What is run when an endpoint sends these pieces."""
    done: list[Ran] = []

    async def double(number: int) -> int:
        done.append(("double", json.dumps({"number": number})))
        return 2 * number

    async def echo(text: str) -> str:
        done.append(("echo", json.dumps({"text": text})))
        return text

    async def now() -> str:
        done.append(("now", "{}"))
        return "noon"

    box = Toolbox([Tool.from_function(each, impact="none") for each in (double, echo, now)])
    journal = Journal(None)
    journal.begin_turn(None, "t", model="wire", prompt="p")
    request = Generate((message("user", "Go.", "user"),), tools=box.schemas())
    try:
        asyncio.run(Runtime(Wire(pieces), journal, tools=box).run(converse(Task(request)), "t"))
    except ChatbotError:
        assert not done, "a reply that cannot be read runs nothing"
    return sorted(done)


def expected(runs: list[Ran]) -> list[Ran]:
    """The same call twice in one reply is run once."""
    return sorted(set(runs))


def check(stream: Stream, data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(0, len(stream.body)), max_size=6)))
    pieces = [stream.body[a:b] for a, b in zip([0, *places], [*places, len(stream.body)], strict=True)]
    assert ran(pieces) == expected(stream.runs)


@pytest.mark.parametrize("count", [60, pytest.param(5_000, marks=pytest.mark.slow)])
def test_what_was_meant_is_run_and_nothing_else(count: int, figure: Callable[[str], None]) -> None:
    tried: list[Stream] = []

    @settings(max_examples=count, suppress_health_check=[HealthCheck.too_slow])
    @given(streams(), st.data())
    def in_every_stream(stream: Stream, data: st.DataObject) -> None:
        check(stream, data)
        tried.append(stream)

    in_every_stream()
    figure(f"{len(tried)} streams of calls: {sum(len(stream.runs) for stream in tried)} calls run, others 0 (0 may be)")


def test_an_error_in_the_middle_of_a_stream_runs_nothing() -> None:
    whole = delta(tool_calls=[_part(0, "a", "now", "{}")])
    assert ran([whole, event({"error": {"message": "overloaded"}}), delta("tool_calls"), DONE]) == []
    assert ran([whole, b"data: {nope\n\n", delta("tool_calls"), DONE]) == []
    assert ran([whole, delta("tool_calls"), DONE]) == [("now", "{}")]
