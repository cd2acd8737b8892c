"""A page of HTML to plain text with Markdown's marks, so that it is split, quoted and read like any other document.

In: the bytes of a page. Out: headings with number signs, items with dashes, tables as rows, preformatted text in
fences; what a reader would not see is left out. Refuses nothing: broken HTML is read as browsers do. Linear.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from chatbot.decoding import text_encoding
from chatbot.html_tables import Cell, Table
from chatbot.markdown_lines import as_text
from chatbot.page_regions import Line, Regions, main_lines

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?([\w-]{1,40})""", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")
_LONE = re.compile(r"<(?![a-zA-Z/!?])")
"""Begins no tag. The parser takes a hundred times as long for it as for a letter."""

_HIDE_ALL = frozenset({"script", "style", "template", "noscript", "iframe"})
"""Elements that hide the rest of the page where nothing closes them; of others a reader sees what follows."""
_HIDDEN = _HIDE_ALL | {"nav", "svg", "object", "select", "button"}
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_PARAGRAPHS = frozenset(
    "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer form header"
    " hr html main ol p section summary ul".split()
) | set(_HEADINGS)
_OF_TABLES = frozenset({"table", "tr", "td", "th"})
_DEEPEST_TABLE = 20
"""Tables within tables that are read as such: pages are laid out in five."""

_DIGITS = 6
"""Of the numbers that attributes name; longer ones are none."""


def decode_html(data: bytes) -> str:
    """The readable text of a page. Raises UnicodeDecodeError where it is not in the encoding it names, or UTF-8."""
    return html_text(data.decode(encoding_of(data) or "utf-8-sig"))


def html_text(page: str) -> str:
    """The readable text of a page that has been decoded."""
    return _written(page).text()


def main_text(page: str) -> str:
    """The readable text of a page without what stands around it on each page of its site.

    The page's own marks decide (`main`, `article`, roles, and names such as `sidebar`), then how many of the words are
    links. Where that would leave too little, all is kept: what is lost cannot be found.
    """
    return _written(page).text(main=True)


def encoding_of(data: bytes) -> str:
    """The encoding that the page itself names; empty where it names none, or has a byte order mark."""
    named = _CHARSET.search(data[:2048])
    return text_encoding(named[1].decode("ascii")) if named and not data.startswith(codecs.BOM_UTF8) else ""


def _written(page: str) -> _Writer:
    tamed = _tamed(page.replace("\r\n", "\n"))
    writer = _Writer()
    writer.feed(tamed)
    writer.close()
    if never_closed := writer.never_closed:
        writer = _Writer(never_closed)
        writer.feed(tamed)
        writer.close()
    return writer


def _number(attributes: list[tuple[str, str | None]], name: str) -> int | None:
    """The number that an attribute names; None where it names none."""
    text = (dict(attributes).get(name) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _tamed(page: str) -> str:
    """The page without what the parser fails at, read as browsers do."""
    page = _LONE.sub("&lt;", page.replace("<![", "<?["))  # a section that HTML does not know ends at the next >
    return _closed(_LONG_NUMBER.sub("\ufffd", page))


def _closed(page: str) -> str:
    """The page with tags and comments that are never ended as text; the parser takes quadratic time for those."""
    for opening, closing in (("<!--", "-->"), ("<", ">")):
        end = page.rfind(closing) + 1
        page = page[:end] + page[end:].replace(opening, f"&lt;{opening[1:]}")
    return page


@dataclass(slots=True)
class _Text:
    """A text that is being written: the page's, or that of a cell. Blank lines stand between its blocks."""

    lines: list[Line] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    """What is being written."""
    mark: str = ""
    """That of a heading or an item, which stands before it."""
    lists: list[int] = field(default_factory=list)
    """A number for each open list: that of its latest item, or -1 where items have no numbers."""
    linked: int = 0
    """Characters of the line that are links."""
    in_pre: bool = False


@dataclass(slots=True)
class _Open:
    """A table that is open."""

    around: _Text
    table: Table
    columns: int = 1
    rows: int = 1
    """Over how many of both the open cell reaches."""
    in_cell: bool = False


class _Writer(HTMLParser):
    """Writes text while the page is read. never_hidden: elements that the page opens and does not close."""

    def __init__(self, never_hidden: frozenset[str] = frozenset()) -> None:
        super().__init__(convert_charrefs=True)
        self._text = _Text()
        self._title: list[str] = []
        self._hidden = _HIDDEN - never_hidden
        self._skipped: list[str] = []
        self._tables: list[_Open] = []
        self._too_deep = 0
        """Open tables within so many others that they are read as paragraphs."""
        self._filled = [0]
        self._regions = Regions()
        self._links = 0
        self._in_title = self._has_heading = False

    @property
    def never_closed(self) -> frozenset[str]:
        """The hidden elements that hide the rest of the page because nothing closes them."""
        return frozenset(self._skipped) - _HIDE_ALL

    def text(self, *, main: bool = False) -> str:
        """The text, whole or its main part; one without heading of the first level gets the page's title as one."""
        while self._tables:
            self._end_table()
        self._end_line()
        lines = [line.text for line in (main_lines(self._text.lines) if main else self._text.lines)]
        title = " ".join("".join(self._title).split())
        has_heading = self._has_heading and any(line.startswith("# ") for line in lines)
        head = [f"# {title}", ""] if title and not has_heading else []
        return re.sub(r"\n{3,}", "\n\n", "\n".join([*head, *lines])).strip("\n") + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped or tag in self._hidden:
            if tag in self._hidden:
                self._skipped.append(tag)
            return
        if tag in _PARAGRAPHS and not self._text.in_pre and not self._text.lists:
            self._end_line()  # while its region is open
        self._regions.begin(tag, attrs)
        self._links += tag == "a"
        if tag in _OF_TABLES and not self._too_deep:
            self._begin_in_table(tag, attrs)
        else:
            self._begin(tag, attrs)

    def _begin(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = True
        elif tag == "table":
            self._too_deep += 1
        elif self._text.in_pre:
            if tag == "br":
                self._text.line.append("\n")
        elif tag == "pre":
            self._blank_line()
            self._text.in_pre = True
        elif tag == "br" and self._text.mark.startswith("#"):
            self._text.line.append(" ")
        elif tag == "br" or tag in _OF_TABLES:
            self._end_line()
        elif tag == "li":
            self._begin_item(_number(attrs, "value"))
        elif tag in _PARAGRAPHS:
            self._begin_block(tag, attrs)

    def _begin_in_table(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._blank_line()
            if len(self._tables) < _DEEPEST_TABLE:
                self._tables.append(_Open(self._text, Table(self._filled)))
            else:
                self._too_deep += 1
        elif not self._tables:
            self._end_line()
        elif tag in ("td", "th"):
            self._end_cell()
            table = self._tables[-1]
            table.columns, table.rows = _number(attrs, "colspan") or 1, _number(attrs, "rowspan") or 1
            table.in_cell, self._text = True, _Text()
        else:
            self._end_row()

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
            return
        self._links -= tag == "a" and self._links > 0
        if tag in _OF_TABLES and not self._too_deep:
            self._end_in_table(tag)
        else:
            self._finish(tag)
        self._regions.end(tag)

    def _end_in_table(self, tag: str) -> None:
        if not self._tables:
            self._end_line()
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "table":
            self._end_table()
        else:
            self._end_row()

    def _finish(self, tag: str) -> None:
        lists = self._text.lists
        if tag == "title":
            self._in_title = False
        elif tag == "table":
            self._blank_line()
            self._too_deep -= 1
        elif tag == "pre" and self._text.in_pre:
            self._end_pre()
        elif tag in ("ul", "ol") and lists:
            lists.pop()
            if not lists:
                self._blank_line()
        elif tag in _PARAGRAPHS and not self._text.in_pre:
            self._end_line() if lists else self._blank_line()

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
        elif not self._skipped:
            text = data if self._text.in_pre else re.sub(r"\s+", " ", data)
            self._text.line.append(text)
            self._text.linked += len(text) if self._links else 0

    def _begin_block(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        lists = self._text.lists
        if tag in ("ul", "ol"):
            self._end_line() if lists else self._blank_line()
            lists.append((_number(attrs, "start") or 1) - 1 if tag == "ol" else -1)
        elif not lists:
            self._blank_line()
        if tag in _HEADINGS:
            self._blank_line()
            self._text.mark = _HEADINGS[tag]
            self._has_heading |= tag == "h1"

    def _begin_item(self, value: int | None) -> None:
        self._end_line()
        lists, mark = self._text.lists, "- "
        if lists and lists[-1] >= 0:
            lists[-1] = lists[-1] + 1 if value is None else value
            mark = f"{lists[-1]}. "
        self._text.mark = "  " * min(8, max(0, len(lists) - 1)) + mark

    def _end_cell(self) -> None:
        table = self._tables[-1]
        if table.in_cell:
            self._end_line()
            table.table.add(Cell(self._text.lines, table.columns, table.rows))
            table.in_cell, self._text = False, table.around

    def _end_row(self) -> None:
        self._end_cell()
        self._end_line()
        self._text.lines += self._tables[-1].table.end_row()

    def _end_table(self) -> None:
        self._end_row()
        self._tables.pop()
        self._blank_line()

    def _end_pre(self) -> None:
        code, self._text.in_pre = "".join(self._text.line).strip("\n"), False
        self._text.line.clear()
        if code.strip():
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", code)), 3)
            for line in (fence, *code.split("\n"), fence, ""):
                self._add(line)

    def _end_line(self) -> None:
        text = self._text
        if text.in_pre:
            self._end_pre()
        line, mark = re.sub(r" +", " ", "".join(text.line)).strip(), text.mark
        text.line.clear()
        text.mark = ""
        if line.strip(" -"):
            self._add(mark + line if mark else as_text(line))

    def _blank_line(self) -> None:
        self._end_line()
        lines = self._text.lines
        if lines and lines[-1].text:
            self._add("")

    def _add(self, line: str) -> None:
        self._text.lines.append(Line(line, self._regions.kind, self._text.linked))
        self._text.linked = 0
