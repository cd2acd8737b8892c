"""Bodies that nobody thought of: whatever comes, and however it is cut, a call ends in a reply or a ModelError."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from random import Random

import pytest
from chat_server import DONE, ChatServer, Request, Scene, delta, event, usage
from faults import FAULTS
from faults.fault import FORMS, Form, answer, headers_of, tool_call
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.effects import Generate
from chatbot.errors import ModelError
from chatbot.events import Receiving
from chatbot.messages import Reply, message
from chatbot.models.fold import Fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.models.sse import EventDecoder
from chatbot.raw_reply import RawReply
from chatbot.service.endpoints import url_endpoint

AT_ONCE = 16

LARGEST = 10 << 20
"""Bytes of the longest of these bodies."""

HOSTILE = (
    *(b"\\ud800", b"\\udc00\\ud83d", b"\\u0000", b"\x00", b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b"NaN", b"-Infinity", b"1e999", b"null", b"[]", b"{}", b'"', b"\\", b"}", b"]", b"[" * 2_000, b"9" * 5_000),
    *(b"\n", b"\n\n", b"\r", b"\r\n\r\n", b"data: ", b"data:\n\n", b": ping\n\n", b"event: error\n", DONE),
    *(b'"finish_reason": "length"', b'"index": 7', b'"choices": []', b'"error": "no", ', b'"content": 5'),
)
"""What is put into bodies."""

SEEDS: dict[Form, tuple[bytes, ...]] = {
    "stream": (
        answer("stream"),
        b"".join([delta(tool_calls=[tool_call('{"a": 2, "b": 2}')]), delta("tool_calls"), usage(), DONE]),
        b"".join([delta(reasoning_content="Hm."), delta(content="Yes. é 😀"), delta("stop"), event({"choices": []})]),
    ),
    "body": (
        answer("body"),
        *(
            b"".join(step for step in fault.scenes["body"].steps if isinstance(step, bytes))
            for fault in FAULTS
            if fault.group == "tool call" and "body" in fault.scenes and isinstance(fault.scenes["body"].steps, tuple)
        ),
    ),
}
"""What they are put into."""


def mangled(draw: Random, form: Form) -> bytes:
    """A body with a few things done to it."""
    body = bytearray(draw.choice(SEEDS[form]))
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        at = draw.randint(0, len(body))
        match draw.randint(0, 5):
            case 0:
                body[at:at] = draw.choice(HOSTILE)
            case 1:
                body[at : at + draw.randint(1, 30)] = b""
            case 2:
                body[at : at + 1] = bytes([draw.randint(0, 255)])
            case 3:
                body[at:at] = body[draw.randint(0, at) : at]
            case 4:
                body[at:at] = draw.randbytes(draw.randint(1, 40))
            case _ if draw.random() < 0.3:
                del body[at:]
    return bytes(body)


def cut(draw: Random, body: bytes) -> tuple[bytes, ...]:
    """The body in pieces."""
    places = sorted(draw.randint(0, len(body)) for _ in range(draw.randint(0, 8)))
    pieces = (body[start:end] for start, end in zip([0, *places], [*places, len(body)], strict=True))
    return tuple(piece for piece in pieces if piece)


class Mangling(ChatServer):
    """Answers the request number N with the body number N, cut as the request's path says."""

    def __init__(self, bodies: list[tuple[Form, bytes]]) -> None:
        super().__init__()
        self.mangled = bodies

    def scene(self, request: Request) -> Scene:
        """The body, in other pieces for each asker."""
        _, who, number, *_ = request.path.split("/")
        form, body = self.mangled[int(number)]
        steps = cut(Random(f"{who} {number}"), body)
        return Scene(steps, headers={**headers_of(form), "x-request-id": f"req-{number}"})


def bodies(count: int) -> Iterator[tuple[Form, bytes]]:
    """Mangled ones, and one of ten megabytes now and then."""
    draw = Random(20261122)
    for number in range(count):
        form = draw.choice(FORMS)
        if number % 200 == 100:
            yield "body", answer("body").replace(b"{sum}", draw.choice(HOSTILE) + b"x" * LARGEST)
        else:
            yield form, mangled(draw, form)


async def asked(url: str) -> tuple[Reply | ModelError, list[RawReply]]:
    """What a call came to, and all that was received for it."""
    model = OpenAIModel("m", "test-model", url_endpoint(url, {}), timeout=60.0, prices={})
    folded, received = Fold(), []
    try:
        async for each in model.stream(Generate((message("user", "2 + 2?", "user"),))):
            if isinstance(each, Receiving):
                received.append(each.raw)
            folded.add(each)
    except ModelError as error:
        return error, received
    return folded.reply(), received


def told(outcome: Reply | ModelError) -> object:
    """What must not depend on how the bytes came."""
    return type(outcome) if isinstance(outcome, ModelError) else outcome


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_whatever_comes_and_however_it_is_cut_the_outcome_is_one_and_its_bytes_are_kept(
    count: int, figure: Callable[[str], None]
) -> None:
    sent = list(bodies(count))
    seen: Counter[str] = Counter()

    async def compare(number: int, body: bytes, base: str) -> None:
        async with at_once:
            (first, raws), (second, more) = [await asked(f"{base}/{who}/{number}/v1") for who in ("one", "another")]
        assert told(first) == told(second), (body, first, second)
        for outcome, raw_replies in ((first, raws), (second, more)):
            (received,) = raw_replies
            assert (received.status, received.request_id) == (200, f"req-{number}")
            if isinstance(outcome, Reply):
                outcome.text.encode()
                assert body.startswith(received.body), body
                assert received.body == body or DONE.strip() in received.body  # what follows [DONE] is not waited for
            else:
                assert body.startswith(received.body), (body, received.body)
            seen["bytes equal"] += received.body == body
        seen[type(first).__name__ if isinstance(first, ModelError) else first.finish] += 1

    async def all_compared(server: ChatServer) -> None:
        await asyncio.gather(*(compare(number, body, base) for number, (_, body) in enumerate(sent)))

    at_once = asyncio.Semaphore(AT_ONCE)
    with Mangling(sent) as server:
        base = server.url.removesuffix("/v1")
        asyncio.run(all_compared(server))
    equal = seen.pop("bytes equal")
    figure(f"{count} mangled bodies, each in two cuts: {dict(seen)}; all bytes kept of {equal} of {2 * count} replies")
    assert seen.total() == count


# --- events -----------------------------------------------------------------------------------------------------------

LINES = (b"data", b":", b" ", b"\n", b"\r", b"\r\n", b"[DONE]", b"\xef\xbb\xbf", b"\xff", b"\x00", b"{}")

streams_of_bytes = st.binary(max_size=400) | st.lists(st.sampled_from(LINES) | st.binary(max_size=3)).map(b"".join)

places = st.lists(st.integers(0, 1000), max_size=8)


def events(pieces: Iterable[bytes]) -> object:
    """The events, or how they are refused."""
    decoder = EventDecoder()
    try:
        return [*(data for piece in pieces for data in decoder.feed(piece)), *decoder.end()]
    except ModelError as error:
        return str(error)


def agree(body: bytes, places: list[int]) -> None:
    bounds = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    assert events(body[start:end] for start, end in pairwise(bounds)) == events([body])


@given(streams_of_bytes, places)
def test_any_cut_of_any_bytes_gives_the_same_events(body: bytes, places: list[int]) -> None:
    agree(body, places)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(streams_of_bytes, places)
def test_any_cut_of_ten_thousand_streams_gives_the_same_events(body: bytes, places: list[int]) -> None:
    agree(body, places)
