"""Faults of size: what would fill the memory of a client that reads all that comes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from functools import cache, partial

from chat_server import DONE, Scene, delta, streams

from chatbot.errors import ModelRefused
from faults.fault import WORDS, Form, document, fault, headers_of, lies, only_stream, refused, whole

_size = partial(fault, "size")

MEGABYTE = 1 << 20

LINE = 1_200
"""Megabytes of the longest line."""

UNPACKED = 1_500
"""Megabytes that a megabyte and a half unpacks to."""

Frame = tuple[bytes, bytes]
"""What stands before and behind the text of a reply."""


def _frame(form: Form) -> Frame:
    """Of a reply with one text."""
    if form == "stream":
        before, after = delta(content="TEXT").split(b"TEXT")
        return before, after + delta("stop") + DONE
    before, after = json.dumps(document({"content": "TEXT"})).encode().split(b"TEXT")
    return before, after


def _filled(form: Form, megabytes: int) -> Callable[[], Iterator[bytes]]:
    """A reply with a text of this length, made as it is sent."""
    before, after = _frame(form)

    def pieces() -> Iterator[bytes]:
        yield before
        for _ in range(megabytes):
            yield b"x" * MEGABYTE
        yield after

    return pieces


@cache
def _bomb(form: Form) -> bytes:
    """A reply with a very long text, compressed: the same flushed block again and again is quick to write."""
    before, after = _frame(form)
    squeezing = zlib.compressobj(9, wbits=-15)
    start = squeezing.compress(before) + squeezing.flush(zlib.Z_FULL_FLUSH)
    block = squeezing.compress(b"x" * MEGABYTE) + squeezing.flush(zlib.Z_FULL_FLUSH)
    end = squeezing.compress(after) + squeezing.flush()
    check = zlib.crc32(before)
    for _ in range(UNPACKED):
        check = zlib.crc32(b"x" * MEGABYTE, check)
    length = (len(before) + UNPACKED * MEGABYTE + len(after)) & 0xFFFFFFFF
    trailer = zlib.crc32(after, check).to_bytes(4, "little") + length.to_bytes(4, "little")
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + start + block * UNPACKED + end + trailer


def _packed(form: Form, status: int = 200) -> Scene:
    return Scene(lambda: (_bomb(form),), status, {**headers_of(form), "Content-Encoding": "gzip"})


def _events(*steps: bytes, times: int) -> Callable[[], Iterator[bytes]]:
    return lambda: (each for _ in range(times) for each in steps)


BOMBS = (
    _size(
        f"a line of {LINE / 1000:g} GB",
        lambda form: Scene(_filled(form, LINE), headers=headers_of(form)),
        lies(),
        heavy=True,
    ),
    _size(f"{UNPACKED / 1000:g} GB in gzip", _packed, lies(), heavy=True),
    _size(
        "a refusal of 1.2 GB",
        lambda form: Scene(_filled(form, LINE), 400, headers_of(form)),
        refused(ModelRefused),
        heavy=True,
    ),
    _size("a refusal of 1.5 GB in gzip", partial(_packed, status=400), refused(ModelRefused), heavy=True),
)

LARGE = (
    _size(
        "10 MB",
        lambda form: (
            streams(*[delta(content="x" * 100_000)] * 100, delta("stop"), DONE)
            if form == "stream"
            else Scene(_filled(form, 10), headers=headers_of(form))
        ),
        whole("x" * 10_000_000),
        body=whole("x" * 10 * MEGABYTE),
    ),
    _size(
        "20 MB",
        lambda form: Scene(
            _events(delta(content="x" * 100_000), times=200) if form == "stream" else _filled(form, 20),
            headers=headers_of(form),
        ),
        lies(),
    ),
    _size(
        "a line of 2 MB",
        lambda form: Scene(_filled(form, 2), headers=headers_of(form)),
        lies("longer than"),
        body=whole("x" * 2 * MEGABYTE),
    ),
    _size(
        "300,000 events",
        lambda form: (
            streams(*WORDS, b"data: {}\n\n" * 300_000, delta("stop"), DONE)
            if form == "stream"
            else Scene((b'{"choices": [%s]}' % b",".join([b"{}"] * 300_000),), headers=headers_of(form))
        ),
        lies(),
    ),
    only_stream("17 MB of comments", Scene(_events(b": " + b"x" * 1_000_000 + b"\n\n", times=17)), lies(), "size"),
)

SIZE_FAULTS = (*BOMBS, *LARGE)
