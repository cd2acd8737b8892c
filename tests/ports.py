"""Ports of this machine, each for one test of a process alone: what was learnt of an address outlives its server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

HERE = "127.0.0.1"

_given: set[int] = set()


def bound() -> socket.socket:
    """A socket at a port of its own, at which nothing listens yet."""
    with ExitStack() as met_before:
        while True:
            new = socket.socket()
            new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            new.bind((HERE, 0))
            port = new.getsockname()[1]
            if port not in _given:
                _given.add(port)
                return new
            met_before.enter_context(closing(new))  # held meanwhile, so that it is not given again


@contextmanager
def closed_port() -> Iterator[int]:
    """A port at which nothing listens and that no other program is given within the block; servers of it may listen."""
    with closing(bound()) as held:
        yield held.getsockname()[1]
