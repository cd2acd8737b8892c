"""Runs converters of binary formats in a process of its own, which such a file can break without harm.

In: the name of a converter's module and a file's bytes. Out: what it made of them. The process is started with the
first file, kept for those that follow, and begun anew after a fault. It has bounded memory and time, and can reach
neither files nor the network (`confinement`). What comes back is checked: a file may have taken the process over.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from chatbot.codec import build
from chatbot.errors import KnowledgeError
from chatbot.forking import keep_inherited, renewed_in_children
from chatbot.retrieval.formats.apart_worker import MOST_TEXT, PATIENCE, START, read_frame, write_frame
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.table_of_formats import FORMATS

SECONDS = 30.0
"""For one file. A manual of a thousand pages takes about two."""

STARTING = 30.0
"""For the start of the process, which takes a third of one."""

ENDING = 5.0
"""For its end, after it has closed its pipes."""

MEGABYTES = 1024
"""Address space of the process: the interpreter and the libraries take about 100."""

MOST_REPLY = 8 * MOST_TEXT
"""Bytes of an answer: a character takes up to six in JSON, and there are the anchors."""

_NONSENSE = "damaged: its reader answers nonsense"

_ROOT = Path(__file__).parents[3]
"""Where our package lies."""
_NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What an interpreter may need of the environment in order to start; nothing else of it is handed on."""


class _Ended(Exception):
    """The process is gone; the text says how."""

    def __init__(self, how: str, *, again: bool = False) -> None:
        super().__init__(how)
        self.again = again
        """Whether it may not be the file's fault."""


class Apart:
    """A process that converts files, one at a time whoever asks. Threads may share it."""

    def __init__(
        self,
        modules: Iterable[str],
        packages: Iterable[str] = (),
        *,
        seconds: float = SECONDS,
        megabytes: int = MEGABYTES,
        patience: float = PATIENCE,
    ) -> None:
        """modules: those whose `convert` may be asked for. packages: what these import when they are called.

        patience: seconds without a file after which the process ends.
        """
        self._modules, self._packages = sorted(set(modules)), sorted(set(packages))
        self._seconds, self._megabytes, self._patience = seconds, megabytes, patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_late = self._is_interrupted = False
        renewed_in_children(self)

    def convert(self, module: str, data: bytes) -> Converted:
        """What the `convert` of a module makes of a file. Raises KnowledgeError with the reason."""
        with self._lock:
            is_new = self._process is None
            reply = self._asked(module, data)
            if reply.get("again") and not is_new:
                reply = self._asked(module, data)
        if "reason" in reply:
            raise KnowledgeError(str(reply["reason"]))
        try:
            return _checked(reply)
        except ValueError as error:
            raise KnowledgeError(_NONSENSE) from error

    def end(self) -> None:
        """Ends the process, also while it reads a file; the next file starts another."""
        if process := self._process:
            self._is_interrupted = True
            process.kill()  # whoever waits for it holds the lock
        with self._lock:
            self._end()

    def inherit(self) -> None:
        """The process that was started is not this one's. For `forking`."""
        keep_inherited(self._process)  # else it would be taken for one that was left alone
        self._lock, self._process = threading.Lock(), None

    def _asked(self, module: str, data: bytes) -> Mapping[str, Any]:
        if self._process and self._process.poll() is not None:
            self._end()
        is_answered = False
        try:
            if self._process is None:
                self._start()
            reply = json.loads(self._exchanged(self._seconds, module.encode(), data))
            if not isinstance(reply, dict):
                return {"reason": _NONSENSE}
            is_answered = not reply.get("again")  # else what the files before have left behind goes with it
            return reply
        except _Ended as error:
            return {"reason": str(error), "again": error.again}
        except ValueError:
            return {"reason": _NONSENSE}
        finally:
            if not is_answered:  # interrupted, say: what it answers later would be taken for the next file's
                self._end()

    def _start(self) -> None:
        path = json.dumps([str(_ROOT), *filter(None, sys.path)])
        setup = {
            "modules": self._modules,
            "packages": self._packages,
            "megabytes": self._megabytes,
            "seconds": self._seconds,
            "patience": self._patience,
        }
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-I", "-S", "-c", START, path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _NEEDED if name in os.environ},
                cwd=_ROOT,
            )
        except OSError as error:
            raise _Ended(f"the process that reads such files cannot be started: {error.strerror}") from error
        try:
            self._exchanged(STARTING, json.dumps(setup).encode())
        except _Ended as error:
            raise _Ended(f"the process that reads such files does not start: {error}") from error

    def _exchanged(self, seconds: float, *frames: bytes) -> bytes:
        """The answer to the frames. Raises _Ended where the process ends instead, or is ended as its time is over."""
        process = self._process
        assert process and process.stdin and process.stdout
        self._is_late = self._is_interrupted = False
        watch = threading.Timer(seconds, self._stop, [process])
        watch.start()
        try:
            for frame in frames:
                write_frame(cast(BinaryIO, process.stdin), frame)
            return read_frame(cast(BinaryIO, process.stdout), MOST_REPLY)
        except (EOFError, OSError) as error:
            raise self._how_it_ended(_awaited(process)) from error
        finally:
            watch.cancel()

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        self._is_late = True
        process.kill()

    def _how_it_ended(self, code: int) -> _Ended:
        if self._is_interrupted:
            return _Ended("interrupted")
        if self._is_late or code == -getattr(signal, "SIGXCPU", 0):
            return _Ended(f"reading it takes longer than {self._seconds:g} s")
        # 0: it had waited long enough, just as the file came
        return _Ended(f"damaged, or reading it takes more than {self._megabytes:,} MB", again=code == 0)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # what was not yet sent has nobody to go to
                    stream and stream.close()


def _awaited(process: subprocess.Popen[bytes]) -> int:
    """What a process that has closed its pipes ends with."""
    try:
        return process.wait(ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _checked(reply: object) -> Converted:
    """The answer as what it has to be. Raises ValueError."""
    made = build(Converted, reply)
    starts = [each.start for each in made.anchors]
    if starts != sorted(starts) or (starts and not 0 <= starts[0] <= starts[-1] <= len(made.text)):
        raise ValueError("anchors that lie elsewhere")
    made.text.encode()  # it could not be stored
    return made


_APART = [each for each in FORMATS.values() if each.apart]
ours = Apart((each.module for each in _APART), (each.package for each in _APART if each.package))
"""The one for our formats; `ours.end()` gives its memory back."""
atexit.register(ours.end)
