"""The terminal's way in: `chatbot`, its commands, and the chat."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the program and exits. People see a sentence, and with `--debug` a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        from chatbot import __version__

        with suppress(OSError):  # the program as a whole says what is wrong with the output
            print(f"chatbot {__version__}", flush=True)  # without the rest of it: scripts ask this often
            return
    try:
        from chatbot.cli.program import run
        from chatbot.cli.streams import guard_streams

        guard_streams()
        sys.exit(run(given))
    except KeyboardInterrupt:  # while the program was still being loaded
        sys.exit(130)
