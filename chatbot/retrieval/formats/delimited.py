"""Tables in text files: CSV and TSV, with whichever delimiter.

In: bytes in any encoding. Out: a table, each row with its number as spreadsheets count them. Refuses what is no text.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import islice

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.plain_text import text_of
from chatbot.retrieval.formats.table import captioned_table

_DELIMITERS = ",;\t|"
_SAMPLED, _ROWS_SAMPLED = 200_000, 30
"""Characters and rows by which the delimiter is told."""

_NAMES_DELIMITER = re.compile(r"sep=([,;\t|])\r?\n")
"""The first line that Excel writes and reads."""

_LONGEST_CELL = 1_000_000
"""Characters; more is a quotation mark that is never closed."""


def convert(data: bytes) -> Converted:
    """The table. Raises KnowledgeError for what is no text, or no table."""
    text = text_of(data)
    delimiter = delimiter_of(text)
    if _NAMES_DELIMITER.match(text):  # a line that spreadsheets do not count
        text = text.partition("\n")[2]
    rows = _rows(text, delimiter, quoted=not _is_never_closed(text, delimiter))
    shown, anchors = captioned_table(enumerate(rows, 1))
    return Converted(shown, anchors=anchors, has_lines=False)


def delimiter_of(text: str) -> str:
    """The delimiter that cuts most of the first rows into as many cells each, and into most of them."""
    if named := _NAMES_DELIMITER.match(text):
        return named[1]
    sample = text[:_SAMPLED]
    return max(_DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter))


def _regularity(sample: str, delimiter: str) -> tuple[float, int]:
    try:
        widths = Counter(len(row) for row in islice(_rows(sample, delimiter), _ROWS_SAMPLED) if row)
    except KnowledgeError:
        return 0.0, 0
    width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return (rows / widths.total() if width > 1 else 0.0), width


def _is_never_closed(text: str, delimiter: str) -> bool:
    """Whether a quotation mark would make one cell of all that follows it: in such a file marks quote nothing."""
    if text.count('"') % 2 == 0:
        return False
    try:
        [last] = deque(_rows(text, delimiter), maxlen=1)
    except KnowledgeError:
        return True
    return "\n" in (last or [""])[-1] and not text.rstrip().endswith('"')


def _rows(text: str, delimiter: str, *, quoted: bool = True) -> Iterator[Sequence[str]]:
    csv.field_size_limit(_LONGEST_CELL)  # the module's own, 131,072, is less than people have in a cell
    file = io.StringIO(text, newline="")
    try:
        yield from csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    except csv.Error as error:
        raise KnowledgeError(f"no table: {error}") from error
