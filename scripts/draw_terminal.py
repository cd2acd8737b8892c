"""Draws the terminal chat as an SVG picture, from a real run in a pseudo-terminal.

    python scripts/draw_terminal.py docs/chat.svg

Starts `chatbot`, types the questions below, waits for the answers, and draws the screen as the terminal shows it.
"""

from __future__ import annotations

import html
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect
import pyte

QUESTIONS = ("What is nucleus sampling?", "and top-k?", "Who won the 1998 World Cup?")
BOLD = ' font-weight="bold"'
COLUMNS, ROWS = 100, 40
CELL_WIDTH, LINE_HEIGHT, MARGIN = 8.43, 19, 18
COLOURS = {"default": "#d8dee9", "cyan": "#88c0d0", "brown": "#ebcb8b", "red": "#bf616a", "green": "#a3be8c"}


def run() -> pyte.Screen:
    """The screen after the last answer."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with tempfile.TemporaryDirectory() as folder:
        own = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        environment = {**own, "TERM": "xterm-256color", "CHATBOT_MODEL": "extractive"}
        program = str(Path(sys.executable).parent / "chatbot")
        workspace = Path(folder) / "workspace"
        subprocess.run([program, "init", str(workspace)], check=True, capture_output=True)
        subprocess.run([program, "index"], check=True, capture_output=True, cwd=workspace)
        chat = pexpect.spawn(program, env=environment, cwd=str(workspace), dimensions=(ROWS, COLUMNS), timeout=60)
        _until_quiet(chat, screen, stream, seconds=4)
        for question in QUESTIONS:
            chat.send(question + "\r")
            _until_quiet(chat, screen, stream, seconds=2)
        chat.close(force=True)
    return screen


def _until_quiet(chat: pexpect.spawn, screen: pyte.Screen, stream: pyte.ByteStream, *, seconds: float) -> None:
    last = time.monotonic()
    while time.monotonic() - last < seconds:
        try:
            data = chat.read_nonblocking(65536, timeout=0.2)
        except pexpect.TIMEOUT:
            continue
        stream.feed(data)
        if b"\x1b[6n" in data:  # asked where the cursor is
            chat.send(f"\x1b[{screen.cursor.y + 1};{screen.cursor.x + 1}R")
        last = time.monotonic()


def draw(screen: pyte.Screen) -> str:
    """The screen as SVG text."""
    rows = [y for y in range(screen.lines) if screen.display[y].strip()]
    height = (max(rows) + 1) * LINE_HEIGHT + 2 * MARGIN
    width = screen.columns * CELL_WIDTH + 2 * MARGIN
    lines = [_line(screen, y) for y in range(max(rows) + 1)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-size="14" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace">\n'
        f'<rect width="100%" height="100%" rx="8" fill="#2e3440"/>\n' + "\n".join(filter(None, lines)) + "\n</svg>\n"
    )


def _line(screen: pyte.Screen, y: int) -> str:
    """One text element, with a span for each run of cells that look alike; every span is placed on the grid."""
    spans: list[tuple[int, str, tuple[str, bool]]] = []
    for x in range(screen.columns):
        cell = screen.buffer[y][x]
        look = (COLOURS.get(cell.fg, "#" + cell.fg if len(cell.fg) == 6 else COLOURS["default"]), cell.bold)
        if spans and spans[-1][2] == look:
            spans[-1] = (spans[-1][0], spans[-1][1] + cell.data, look)
        else:
            spans.append((x, cell.data, look))
    baseline = MARGIN + y * LINE_HEIGHT + 14
    return "".join(
        f'<text xml:space="preserve" x="{MARGIN + x * CELL_WIDTH:.1f}" y="{baseline}" fill="{colour}"'
        f'{BOLD if bold else ""} textLength="{len(text.rstrip()) * CELL_WIDTH:.1f}">'
        f"{html.escape(text.rstrip())}</text>"
        for x, text, (colour, bold) in spans
        if text.strip()
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(draw(run()), encoding="utf-8")
