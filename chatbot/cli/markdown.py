"""Markdown while it streams: finished blocks are printed for good, the block being written is drawn live.

A block ends at a blank line outside a code fence. Only the last lines of a live block that is taller than the screen
are drawn, so the terminal never has to redraw what has scrolled away, and a resize disturbs one block at most.

A link is shown as its text and where it leads, a picture as its description and where it is; HTML is shown as it was
written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from chatbot.visible import readable

if TYPE_CHECKING:
    from markdown_it.token import Token
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live
    from rich.markdown import Markdown


class MarkdownStream:
    """A context manager that renders what is fed to it; leaving it prints the rest."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live

        self._console = console
        self._block = ""
        self._printed = False
        self._live: Live = Live(console=console, refresh_per_second=12, transient=True, auto_refresh=False)

    def __enter__(self) -> MarkdownStream:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.update(_Block(""), refresh=True)
        self._live.stop()
        if self._block.strip():
            self._print(self._block)

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Leaves the screen to others for a while: what was fed stands above it, what comes will stand below."""
        self.__exit__(None, None, None)
        self._block = ""
        try:
            yield
        finally:
            self._live.start()

    def show_waiting(self, text: str) -> None:
        """Shows what goes on, in the place of the block that is to come; `feed` puts the block there."""
        from rich.text import Text

        self._live.update(Text(text, style="dim"), refresh=True)

    def feed(self, text: str) -> None:
        """Shows more of the text."""
        blocks, self._block = split_blocks(self._block + text)
        for block in blocks:
            self._live.update(_Block(""))
            self._print(block)
        self._live.update(_Block(self._block, tail=True), refresh=True)

    def _print(self, block: str) -> None:
        if self._printed:
            self._console.print()
        self._console.print(_Block(block))
        self._printed = True


class _Block:
    """A block without the blank lines that Rich puts around lists, tables and code; they stand between blocks already.

    tail: draw only the last lines, as many as the screen has room for.
    """

    def __init__(self, block: str, *, tail: bool = False) -> None:
        self._block = block
        self._tail = tail

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment

        lines = console.render_lines(_markdown(self._block), options, pad=False) if self._block.strip() else []
        said = [number for number, line in enumerate(lines) if "".join(part.text for part in line).strip()]
        whole = lines[said[0] : said[-1] + 1] if said else []
        for line in whole[-max(1, console.height - 2) :] if self._tail else whole:
            yield from line
            yield Segment.line()


def _markdown(text: str) -> Markdown:
    from markdown_it import MarkdownIt
    from rich.markdown import Markdown

    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"]).disable("reference")
    drawn = Markdown("")
    drawn.parsed = parser.parse(readable(text))
    for token in drawn.parsed:
        token.content = readable(token.content)
        token.children = list(_with_targets(token.children)) if token.children else token.children
    return drawn


def _with_targets(parts: list[Token]) -> Iterator[Token]:
    """The parts of a line, links and pictures as text and target. What Markdown decoded is made `readable` again."""
    link: Token | None = None
    for part in parts:
        part.content = readable(part.content)
        if part.type == "link_open":
            link = part
        elif part.type == "link_close" and link:
            yield _text(_target(link) if link.info == "auto" else f" ({_target(link)})")
            link = None
        elif part.type == "image":
            yield _text(f"{part.content} ({_target(part)})".lstrip())
        elif not (link and link.info == "auto"):  # its text is its target, decoded
            yield part


def _target(link: Token) -> str:
    place, title = link.attrs.get("href") or link.attrs.get("src", ""), link.attrs.get("title")
    return readable(f'{place} "{title}"' if title else f"{place}")


def _text(content: str) -> Token:
    from markdown_it.token import Token

    return Token("text", "", 0, content=content)


def split_blocks(text: str) -> tuple[list[str], str]:
    """The blocks of `text` that are finished, and the rest."""
    blocks: list[str] = []
    start = 0
    for end in _ends(text):
        if text[start:end].strip():
            blocks.append(text[start:end])
        start = end
    return blocks, text[start:]


def _ends(text: str) -> Iterator[int]:
    fence = ""
    position = 0
    for line in text.splitlines(keepends=True):
        position += len(line)
        mark = line.lstrip()[:3]
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
        elif mark in ("```", "~~~"):
            fence = mark
        elif line.endswith("\n") and not line.strip():
            yield position
