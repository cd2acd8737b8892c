"""Changes to files in a process of their own, while each call by which they are made is watched.

A change comes from `crash_cases`; what is done about its calls is for a test to say. One program forks for all of them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from system_calls import Call, Decide, watch

TESTS = Path(__file__).parent
PROGRAM = TESTS / "programs" / "change_files.py"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change."""

    status: int
    """Exit status; below zero the signal that ended it."""
    done: tuple[str, ...]
    """What it said was done, in order."""
    refused: str = ""
    """The message for people it ended with."""
    fault: str = ""
    """A traceback, which is a failure of the program."""


class WatchedChanges:
    """Runs changes, one after the other."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def run(self, change: str, folder: Path, decide: Decide = lambda call: None) -> Outcome:
        """Makes a change in `folder`, asking about each call before it is made."""
        self._channel.send(json.dumps({"change": change, "folder": str(folder)}).encode())
        message, descriptors, _, _ = socket.recv_fds(self._channel, 64, 1)
        told: list[dict[str, str]] = []

        def heard(call: Call) -> int | None:
            if call.kind == "tell":
                told.append(json.loads(call.data))
            return decide(call)

        with os.fdopen(descriptors[0], "rb", buffering=0) as listener:
            watch(listener.fileno(), int(message), folder, heard)
        status = int(self._channel.recv(64))
        facts = {key: value for fact in told for key, value in fact.items()}
        done = tuple(fact["done"] for fact in told if "done" in fact)
        return Outcome(status, done, facts.get("refused", ""), facts.get("fault", ""))


@contextmanager
def watched_changes() -> Iterator[WatchedChanges]:
    """The program that makes the changes, for as long as the block lasts."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    paths = [TESTS, TESTS / "retrieval", TESTS.parent]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "TOKENIZERS_PARALLELISM": "false"}
    with closing(ours):
        command = [sys.executable, "-B", str(PROGRAM), str(theirs.fileno())]
        program = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        try:
            yield WatchedChanges(ours)
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            program.wait()
