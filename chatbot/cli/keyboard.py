"""The keyboard while no line is being read: what is typed ahead waits, unseen, for the next line."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def typing_ahead() -> Iterator[None]:
    """Keeps keystrokes off the screen, and Enter the key it is; Ctrl-C still stops. Only on a POSIX terminal."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    before = termios.tcgetattr(sys.stdin)
    unseen = [*before]
    unseen[0] &= ~termios.ICRNL
    unseen[3] &= ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, unseen)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
