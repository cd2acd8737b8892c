"""A program of its own that converts files of binary formats, one after the other, shut in as `confinement` says.

A frame is a length in eight bytes and so many bytes. The first one in says what to import and how much memory there
is; then come pairs: the name of a converter's module, and a file's bytes. Out goes one empty frame when it is ready,
and JSON for each file: what the converter made of it, or a `reason`. Files have no names here, and none are opened.
It ends when its input does, or when no file has come for a while.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from chatbot.codec import encode
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.confinement import confine
from chatbot.retrieval.formats.converted import Converted

START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from chatbot.retrieval.formats.apart_worker import main
main()
"""
"""The program, for `python -I -S -c`; its argument is the path that modules are looked for in."""

LENGTH = 8
"""Bytes that say how long a frame is."""

PATIENCE = 10.0
"""Seconds without a file, after which the memory is worth more than the third of one that a new start takes."""

MOST_TEXT = 20_000_000
"""Characters of one document: more is data rather than something to read."""

_LIBRARIES = ("stdlib", "platstdlib")


def read_frame(stream: BinaryIO, most: int = sys.maxsize) -> bytes:
    """The next frame. Raises EOFError where the stream ends within it or before, ValueError for one above `most`."""
    length = int.from_bytes(_exactly(stream, LENGTH), "big")
    if length > most:
        raise ValueError(f"a frame of {length:,} bytes")
    return _exactly(stream, length)


def write_frame(stream: BinaryIO, data: bytes) -> None:
    """Sends one frame."""
    stream.write(len(data).to_bytes(LENGTH, "big"))
    stream.write(data)
    stream.flush()


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def main() -> None:
    """Answers until its input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent decides
    requests, replies = _streams()
    setup = json.loads(read_frame(requests))
    converters = {name: importlib.import_module(name).convert for name in setup["modules"]}
    for package in setup["packages"]:
        with contextlib.suppress(ImportError):
            importlib.import_module(package)
    confine([Path(sysconfig.get_path(name)) for name in _LIBRARIES], megabytes=setup["megabytes"])
    write_frame(replies, b"")
    with contextlib.suppress(EOFError):
        while _comes(requests, setup["patience"]):
            name, data = read_frame(requests).decode(), read_frame(requests)
            _give_time(setup["seconds"])
            write_frame(replies, encode(answer(converters[name], data)).encode())


def answer(converter: Callable[[bytes], Converted], data: bytes) -> Converted | Mapping[str, object]:
    """What the converter makes of the data, or a `reason` in a few words."""
    try:
        made = converter(data)
    except KnowledgeError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "reading it takes too much memory", "again": True}
    except RecursionError:
        return {"reason": "damaged: it is nested too deep"}
    except Exception as error:  # noqa: BLE001  # a library that meets a damaged file raises whatever it likes
        return {"reason": f"damaged: {_one_line(error)}"}
    if len(made.text) > MOST_TEXT:
        return {"reason": f"more than {MOST_TEXT // 1_000_000} million characters of text"}
    return made


def _one_line(error: Exception) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:100]}" if said else type(error).__name__


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """Input, and the output where nothing else can print into it."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, replies


def _comes(stream: BinaryIO, patience: float) -> bool:
    """Whether something comes in; always where the system cannot tell, as with pipes on Windows."""
    return sys.platform == "win32" or bool(select.select([stream], [], [], patience)[0])


def _give_time(seconds: float) -> None:
    """Ends this process where it computes longer than that, even when nobody is left to kill it."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
