"""Rows of cells as a table with Markdown's marks, each row with the anchor by which a person finds it again.

In: rows with the numbers that the file's own program gives them. Out: one line for each row, so that a table is cut
between rows; the splitter embeds the header with every piece of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice, pairwise

from chatbot.anchors import Anchor
from chatbot.markdown_lines import as_text

MOST_COLUMNS = 200
"""Columns of a row that are read; a row of more is data rather than something to read."""

_CAPTIONS = 10
"""Rows above a table that may be its title or a remark: they fill one cell."""

_NUMBER = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d.,:/ %-]*\)?")


def table(
    rows: Iterable[tuple[int, Sequence[str]]], *, header: bool, group: str = "", start: int = 0
) -> tuple[str, tuple[Anchor, ...]]:
    """The lines of a table, and the anchors of its rows.

    rows: number and cells of each; empty ones are left out. header: whether the first is one. group: what the rows
    belong to, `sheet Prices`. start: offset at which the table will stand.
    """
    lines: list[str] = []
    anchors: list[Anchor] = []
    for number, cells in rows:
        shown = [_cell(cell) for cell in cells[:MOST_COLUMNS]]
        while shown and not shown[-1]:
            shown.pop()
        if not shown:
            continue
        anchors.append(Anchor(start, "row", str(number), group))
        line = f"| {' | '.join(shown)} |\n"
        if header and not lines:
            line += "|" + "---|" * len(shown) + "\n"
        lines.append(line)
        start += len(line)
    return "".join(lines), tuple(anchors)


def captioned_table(
    rows: Iterable[tuple[int, Sequence[str]]], group: str = "", start: int = 0
) -> tuple[str, tuple[Anchor, ...]]:
    """The same for a table of which nobody says whether it has a header, and that may stand below its title.

    Rows above it that fill a single cell are given as lines.
    """
    rest = ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))
    first = list(islice(rest, _CAPTIONS + 1))
    captions = _captions([cells for _, cells in first])
    text, anchors = "", []
    for number, cells in first[:captions]:
        anchors.append(Anchor(start + len(text), "row", str(number), group))
        text += as_text(" ".join(filter(None, map(_cell, cells)))) + "\n\n"
    top = first[captions:]
    header = bool(top) and is_header(top[0][1], top[1][1] if len(top) > 1 else None)
    shown, places = table(chain(top, rest), header=header, group=group, start=start + len(text))
    return text + shown, (*anchors, *places)


def _captions(rows: Sequence[Sequence[str]]) -> int:
    """How many rows fill one cell before the first that fills more; none where all do."""
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows]
    for index, (before, after) in enumerate(pairwise(filled)):
        if before != 1:
            return 0
        if after > 1:
            return index + 1
    return 0


def is_header(first: Sequence[str], second: Sequence[str] | None) -> bool:
    """Whether the first row names the columns: all of them, each otherwise, none with a number; and rows follow it."""
    names = [cell.strip() for cell in first]
    while names and not names[-1]:
        names.pop()
    if second is None or not names or not all(names) or len(set(names)) < len(names):
        return False
    return not any(_NUMBER.fullmatch(name) for name in names)


def _cell(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")
