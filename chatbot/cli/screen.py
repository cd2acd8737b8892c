"""The one writer to the terminal: everything that reaches the screen goes through it.

Text of models, documents, tools, file names and errors is neutralised first, so that no escape sequence in it can
command the terminal. Colour and live Markdown are used on a terminal that can show them; otherwise, with `TERM=dumb` or
`--plain`, plain text is written.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from chatbot.errors import ChatbotError

if TYPE_CHECKING:
    from rich.console import Console

    from chatbot.cli.markdown import MarkdownStream

_NEUTRAL = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}


_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def neutral(text: str) -> str:
    """`text` with control characters, direction overrides and lone surrogates shown as visible characters.

    Works on each character by itself, so a sequence that is split over two pieces of a stream is harmless as well.
    Carriage returns that end a line are dropped.
    """
    return text.replace("\r\n", "\n").translate(_NEUTRAL)


def as_json(value: object, indent: int | None = None) -> str:
    """JSON text and a line end. Characters that command a terminal, or are none, are escaped: no value changes."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


class Screen:
    """Standard output for people; errors and notices go to standard error."""

    def __init__(self, *, plain: bool = False) -> None:
        self.plain = plain or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb"

    @cached_property
    def console(self) -> Console:
        """For a terminal that shows colour and live Markdown."""
        from rich.console import Console

        return Console(highlight=False, soft_wrap=False, no_color=bool(os.environ.get("NO_COLOR")))

    @property
    def width(self) -> int:
        """Columns of the terminal, or 80 where there is none."""
        return 80 if self.plain else self.console.width

    def write(self, text: str) -> None:
        """Text as it is, without a line end."""
        _put(sys.stdout, neutral(text))

    def stream(self, text: str, markdown: MarkdownStream | None) -> None:
        """A piece of an answer: drawn as Markdown where there is a stream for it."""
        if markdown is None:
            self.write(text)
        else:
            markdown.feed(neutral(text))

    def line(self, text: str = "", style: str = "") -> None:
        """A line; `style` is a Rich style, used where colours are."""
        if self.plain or not style:
            self.write(text + "\n")
            return
        from rich.text import Text

        self.console.print(Text(neutral(text), style=style))

    def hanging(self, lead: str, text: str, style: str = "") -> None:
        """A line that is wrapped, on a terminal, behind its beginning."""
        if self.plain:
            self.line(lead + text)
            return
        from rich.text import Text

        room = max(20, self.console.width - len(lead))
        for number, part in enumerate(Text(neutral(text)).wrap(self.console, room)):
            self.line(f"{' ' * len(lead) if number else lead}{part.plain.rstrip()}", style)

    def json(self, value: object) -> None:
        """A value for programs, on one line."""
        _put(sys.stdout, as_json(value))

    def notice(self, text: str) -> None:
        """Something worth knowing, apart from the output proper."""
        dim = not self.plain and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        _put(sys.stderr, f"\x1b[2m{neutral(text)}\x1b[0m\n" if dim else f"{neutral(text)}\n")

    def error(self, error: ChatbotError) -> None:
        """One line that says what happened, where, and what to do."""
        hint = f" — {error.hint}" if error.hint else ""
        _put(sys.stderr, neutral(" ".join(f"chatbot: {error.message}{hint}".split())) + "\n")

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str]) -> None:
        """Rows in aligned columns; the last column takes the rest of the line."""
        cells = [tuple(header), *[tuple(map(str, row)) for row in rows]]
        widths = [max(len(row[column]) for row in cells) for column in range(len(header) - 1)]
        for number, row in enumerate(cells):
            left = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            self.line(f"{left}  {row[-1]}".rstrip() if widths else row[-1], "bold" if number == 0 else "")


def _put(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a terminal of another encoding: show what it can show
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
