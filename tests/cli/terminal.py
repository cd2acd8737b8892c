"""A person at a terminal: starts the program in a pseudo-terminal, types, and reads the screen as it is drawn."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pexpect
import pyte

PROGRAM = str(Path(sys.executable).parent / "chatbot")
PATIENCE = 90.0
"""Seconds until something that should appear counts as missing: more than a machine under load needs."""

WHERE = b"\x1b[6n"
"""How a program asks where the cursor is."""


class Terminal:
    """A running program and its screen."""

    def __init__(
        self, *arguments: str, folder: Path, environment: Mapping[str, str] = {}, size: tuple[int, int] = (40, 100)
    ):
        self.screen = pyte.HistoryScreen(size[1], size[0], history=20_000)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        everything = {**own, "TERM": "xterm-256color", **environment}
        self.child = pexpect.spawn(
            PROGRAM, list(arguments), cwd=str(folder), env=everything, dimensions=size, timeout=PATIENCE
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0  # it has ended by then

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the program at once, if it has not ended, and waits until it has."""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()

    @property
    def text(self) -> str:
        """What the screen shows, scrolled-off lines included."""
        past = ["".join(line[x].data for x in range(self.screen.columns)) for line in self.screen.history.top]
        return "\n".join(line.rstrip() for line in [*past, *self.screen.display])

    def type(self, text: str) -> None:
        """Sends keystrokes as they are."""
        self.child.send(text)

    def enter(self, line: str) -> None:
        """Types a line and presses Enter."""
        self.type(line + "\r")

    def paste(self, text: str) -> None:
        """Pastes as a terminal does: bracketed."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def see(self, wanted: str | Callable[[str], bool]) -> str:
        """Waits until the screen shows it; returns all the text. Fails with the screen after `PATIENCE`."""
        shows = (lambda text: wanted in text) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + PATIENCE
        while not shows(self.text):
            if time.monotonic() > deadline or not self._read():
                raise AssertionError(f"never saw {wanted!r} on this screen:\n{self.text}")
        return self.text

    def settle(self, seconds: float = 0.6) -> str:
        """Waits until nothing has been written for a while; returns all the text."""
        last = time.monotonic()
        while time.monotonic() - last < seconds:
            before = len(self.raw)
            if not self._read(0.1):
                break
            if len(self.raw) != before:
                last = time.monotonic()
        return self.text

    def end(self) -> int:
        """Waits for the program to end; returns its exit status. Fails with the screen after `PATIENCE`."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, f"the program did not end; its screen:\n{self.text}"
        self.child.wait()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0))

    def resize(self, rows: int, columns: int) -> None:
        """The person drags the window's corner."""
        self.child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def _read(self, wait: float = 0.2) -> bool:
        try:
            data = self.child.read_nonblocking(65536, timeout=wait)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        known = max(0, len(self.raw) - len(WHERE) + 1)  # a question may come in two pieces
        self.raw += data
        self._stream.feed(data)
        for _ in range(self.raw.count(WHERE, known)):
            self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        return True
