"""Tables of a page as rows with Markdown's marks, each cell in one line.

In: the lines of each cell, and over how many columns and rows it reaches. Out: the lines of the rows. A cell that
several rows share stands in each of them, so that a row says all by itself. Tables that only lay a page out, which show
in headings, code or tables in a cell, or in a single cell of several lines, are given as what stands in their cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatbot.page_regions import Line

_MOST_COLUMNS = 50
"""Columns that a cell reaches over."""

_SHARED = 100
"""Characters of a cell that stands in all rows that share it; a longer one stands in the first."""

_MOST_FILLED = 100_000
"""Cells of a page that are there because another reaches over them: a few letters could ask for millions."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell."""

    lines: Sequence[Line]
    columns: int = 1
    rows: int = 1

    @property
    def is_block(self) -> bool:
        """Whether it holds what no line of a table can."""
        return any(line.text.startswith(("#", "```", "|")) for line in self.lines)

    @property
    def counts_lines(self) -> bool:
        """Whether it is the numbers of the lines of the code beside it."""
        texts = _texts([self])
        return len(texts) > 2 and texts[0] == "```" and all(text.isdecimal() for text in texts[1:-1])


@dataclass(slots=True)
class Table:
    """A table that is being read. `filled`: counts for a whole page the cells that others reach over."""

    filled: list[int]
    _cells: list[Cell] = field(default_factory=list)
    _shared: dict[int, tuple[str, int]] = field(default_factory=dict)
    """What stands in a column because of a row above, and for how many rows it still does."""
    _in_rows: bool = False
    """Whether the line before was a row: the first of several is taken for the names of the columns."""

    def add(self, cell: Cell) -> None:
        """The next cell of the row."""
        self._cells.append(cell)

    def end_row(self) -> list[Line]:
        """The lines of the row."""
        cells, self._cells = self._cells, []
        filled = [cell for cell in cells if any(line.text for line in cell.lines)]
        if not filled:
            return []
        if any(cell.is_block for cell in filled) or (len(cells) == 1 and len(_texts(filled)) > 1):
            self._in_rows = False
            return [line for cell in filled if not cell.counts_lines for line in (Line(""), *cell.lines, Line(""))]
        texts = self._row(cells)
        region = filled[0].lines[0].region
        linked = sum(line.linked for cell in filled for line in cell.lines)
        lines = [Line(f"| {' | '.join(texts)} |", region, linked)]
        if not self._in_rows:
            lines = [Line("", region), *lines, Line("|" + "---|" * len(texts), region)]
        self._in_rows = True
        return lines

    def _row(self, cells: Sequence[Cell]) -> list[str]:
        """The texts of the columns, also of those that a cell of a row above or before reaches over."""
        texts: list[str] = []
        for cell in cells:
            self._pass_shared(texts)
            text = _joined(_texts([cell]))
            for column in range(len(texts), len(texts) + self._allowed(min(cell.columns, _MOST_COLUMNS))):
                if cell.rows > 1:
                    self._shared[column] = (text if len(text) <= _SHARED else "", cell.rows - 1)
                texts.append(text)
                text = ""
        self._pass_shared(texts)
        return texts

    def _pass_shared(self, texts: list[str]) -> None:
        while (column := len(texts)) in self._shared:
            text, rows = self._shared.pop(column)
            if rows > 1 and self._allowed(2) > 1:
                self._shared[column] = (text, rows - 1)
            texts.append(text)

    def _allowed(self, columns: int) -> int:
        """Of so many columns as many as may still be filled, but one at least."""
        allowed = max(1, min(columns, 1 + _MOST_FILLED - self.filled[0]))
        self.filled[0] += allowed - 1
        return allowed


def _texts(cells: Sequence[Cell]) -> list[str]:
    """The lines of cells that are not empty."""
    return [line.text.strip() for cell in cells for line in cell.lines if line.text.strip()]


def _joined(texts: Sequence[str]) -> str:
    """In one line, the items of a list behind semicolons."""
    joined = texts[0] if texts else ""
    for text in texts[1:]:
        joined += f"; {text[2:]}" if text.startswith("- ") else f" {text}"
    return joined.removeprefix("- ").replace("|", "\\|")
