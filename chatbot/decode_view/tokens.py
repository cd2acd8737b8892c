"""Tokens and figures as people can read them in columns: blanks made visible, wide letters counted as two."""

from __future__ import annotations

import unicodedata

_SHOWN = str.maketrans({"\n": "⏎", "\t": "⇥", "\r": "␍", "\ufffd": "�"})

BLOCKS = "▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"


def shown(text: str) -> str:
    """A token on one line: blanks at its ends as ␣, ends of lines as ⏎, nothing at all as ∅."""
    if not text:
        return "∅"
    inner = text.strip(" ")
    if not inner:
        return "␣" * len(text)
    before, after = len(text) - len(text.lstrip(" ")), len(text) - len(text.rstrip(" "))
    return "␣" * before + inner.translate(_SHOWN) + "␣" * after


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_columns(letter) for letter in text)


def fitted(text: str, width: int) -> str:
    """The text in exactly so many columns, cut with … where it is longer."""
    if columns(text) > width:
        kept, room = "", width - 1
        for letter in text:
            room -= _columns(letter)
            if room < 0:
                break
            kept += letter
        text = f"{kept}…"
    return text + " " * (width - columns(text))


def percent(probability: float) -> str:
    """62.1, 0.04, <.01: percent in at most five letters."""
    value = 100 * probability
    if value >= 1:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.01 else "<.01"


def bar(share: float, width: int, *, blocks: bool = True) -> str:
    """A bar of at most `width` columns, in eighths; of number signs where blocks cannot be shown."""
    if not blocks:
        return "#" * round(share * width)
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    whole, part = divmod(eighths, 8)
    return "█" * whole + (BLOCKS[part - 1] if part else "")


def _columns(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
