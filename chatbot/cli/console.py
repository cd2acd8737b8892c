"""Rich's console as this program has it: what it draws holds no command but its own.

Text is made harmless where it comes in (`screen`), and here once more as it goes out, since layouts decode: Markdown
makes characters of `&#x202e;` and of `%1b` in a link. No link is made of a text either: a terminal would show its name
and open its target.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

from chatbot.cli.streams import unguarded
from chatbot.visible import readable


class Console(RichConsole):
    """A console on standard output, or on standard error."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(
            file=unguarded(sys.stderr if stderr else sys.stdout),
            highlight=False,
            soft_wrap=False,
            no_color=bool(os.environ.get("NO_COLOR")),
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """The parts of what is drawn, made harmless."""
        for part in super().render(renderable, options):
            yield part if part.control else _harmless(part)


def _harmless(part: Segment) -> Segment:
    style = part.style.update_link(None) if part.style and part.style.link else part.style
    return Segment(readable(part.text), style)
