"""The one writer to the terminal: everything that reaches the screen goes through it.

Text of models, documents, tools, file names and errors is made `readable` first, so that no escape sequence in it can
command the terminal and nothing in it hides. Colour and live Markdown are used on a terminal that can show them;
otherwise, with `TERM=dumb` or `--plain`, plain text is written.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from chatbot.cli.streams import flush, put, unguarded
from chatbot.errors import ChatbotError
from chatbot.visible import Readable, readable, unseen_escaped

if TYPE_CHECKING:
    from chatbot.cli.console import Console


def as_json(value: object, indent: int | None = None) -> str:
    """JSON text and a line end. What commands a terminal, hides, or is no character is escaped: no value changes."""
    return unseen_escaped(json.dumps(value, ensure_ascii=False, indent=indent)) + "\n"


class Screen:
    """Standard output for people; errors and notices go to standard error."""

    def __init__(self, *, plain: bool = False) -> None:
        self.plain = plain or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb"

    @cached_property
    def console(self) -> Console:
        """For a terminal that shows colour and live Markdown."""
        from chatbot.cli.console import Console

        return Console()

    @property
    def width(self) -> int:
        """Columns of the terminal, or 80 where there is none."""
        return 80 if self.plain else self.console.width

    def write(self, text: str, within: Readable | None = None) -> None:
        """Text as it is, without a line end. `within`: what it is a piece of."""
        _put(sys.stdout, within.piece(text) if within else readable(text))

    def exactly(self, text: str) -> None:
        """A text for a file or a program, unchanged; on a terminal as `write` writes it."""
        if sys.stdout.isatty():
            self.write(text)
        else:
            _put(unguarded(sys.stdout), text)

    def line(self, text: str = "", style: str = "") -> None:
        """A line; `style` is a Rich style, used where colours are."""
        if self.plain or not style:
            self.write(text + "\n")
            return
        from rich.text import Text

        self.console.print(Text(readable(text), style=style))

    def hanging(self, lead: str, text: str, style: str = "") -> None:
        """A line that is wrapped, on a terminal, behind its beginning."""
        if self.plain:
            self.line(lead + text.replace("\n", "\n" + " " * len(lead)))
            return
        from rich.text import Text

        room = max(20, self.console.width - len(lead))
        for number, part in enumerate(Text(readable(text)).wrap(self.console, room)):
            self.line(f"{' ' * len(lead) if number else lead}{part.plain.rstrip()}", style)

    def json(self, value: object) -> None:
        """A value for programs, on one line."""
        _put(sys.stdout, as_json(value))

    def notice(self, text: str) -> None:
        """Something worth knowing, apart from the output proper."""
        dim = not self.plain and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        if dim:
            _put(unguarded(sys.stderr), f"\x1b[2m{readable(text)}\x1b[0m\n")
        else:
            _put(sys.stderr, f"{readable(text)}\n")

    def error(self, error: ChatbotError) -> None:
        """One line that says what happened, where, and what to do."""
        hint = f" — {error.hint}" if error.hint else ""
        _put(sys.stderr, readable(" ".join(f"chatbot: {error.message}{hint}".split())) + "\n")

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str]) -> None:
        """Rows in aligned columns; the last column takes the rest of the line."""
        cells = [tuple(header), *[tuple(_one_line(str(cell)) for cell in row) for row in rows]]
        widths = [max(len(row[column]) for row in cells) for column in range(len(header) - 1)]
        for number, row in enumerate(cells):
            left = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            self.line(f"{left}  {row[-1]}".rstrip() if widths else row[-1], "bold" if number == 0 else "")


def _one_line(text: str) -> str:
    """A cell: what would end its line, or stand wider than it is long, is written out."""
    return readable(text).replace("\n", "␊").replace("\t", "␉")


def _put(stream: TextIO, text: str) -> None:
    put(stream, text)
    flush(stream)
