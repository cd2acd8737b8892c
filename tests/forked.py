"""Work in a forked child of the test's own process, as servers make them that load an app before their workers."""

from __future__ import annotations

import json
import os
import signal
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from system_calls import Decide, hand_over, watch

Test = TypeVar("Test", bound=Callable[..., object])

SECONDS = 60
"""After which a child that hangs is ended."""


FORKING = (
    pytest.mark.skipif(not hasattr(os, "fork"), reason="only Unix can fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # which Python says where there are threads
)
"""Marks of tests that fork."""


def forking(test: Test) -> Test:
    """Gives a test these marks."""
    for mark in FORKING:
        test = mark(test)
    return test


def forked(work: Callable[[], object]) -> Callable[[], Any]:
    """Begins `work` in a child. What is returned waits for its end, and has what it came to (of JSON)."""
    told, tell = os.pipe()
    child = _child(work, tell, lambda: None)
    os.close(tell)

    def come_to() -> Any:
        with os.fdopen(told) as said:
            text = said.read()
        assert os.waitpid(child, 0)[1] == 0, "the child failed, or it hung"
        return json.loads(text)

    return come_to


@contextmanager
def killed(work: Callable[[], object]) -> Iterator[None]:
    """Does `work` in a child, which is alive in the block, with all that it returned, and has `kill -9` at its end."""
    told, tell = os.pipe()

    def work_and_wait() -> None:
        kept = work()
        os.write(tell, b"done")
        signal.pause()
        del kept

    child = _child(work_and_wait, tell, lambda: None)
    os.close(tell)
    try:
        assert os.read(told, 4) == b"done", "the child failed, or it hung"
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)


def watched(work: Callable[[], object], folder: Path, decide: Decide) -> Any:
    """What `work` comes to (of JSON) in a child, while `decide` says what becomes of its calls on files in `folder`."""
    ours, theirs = socket.socketpair()
    told, tell = os.pipe()
    with ours:
        child = _child(work, tell, lambda: socket.send_fds(theirs, [b"watch"], [hand_over()]))
        theirs.close()
        os.close(tell)
        _, descriptors, _, _ = socket.recv_fds(ours, 64, 1)
    with os.fdopen(descriptors[0], "rb", buffering=0) as listener:
        watch(listener.fileno(), child, folder, lambda call: None if call.kind == "tell" else decide(call))
    with os.fdopen(told) as said:
        text = said.read()
    assert os.waitpid(child, 0)[1] == 0, "the child failed, or it hung"
    return json.loads(text)


def _child(work: Callable[[], object], tell: int, begin: Callable[[], object]) -> int:
    if (child := os.fork()) == 0:
        signal.alarm(SECONDS)
        status = 1
        try:
            begin()
            os.write(tell, json.dumps(work()).encode())
            status = 0
        except BaseException:  # noqa: BLE001  the child must not go on with the tests of its parent
            traceback.print_exc()
        finally:
            os._exit(status)
    return child
