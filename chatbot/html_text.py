"""A page of HTML to plain text with Markdown's marks, so that it is split, quoted and read like any other document.

In: the bytes of a page. Out: headings with number signs, items with dashes, tables as rows, preformatted text in
fences; what a reader would not see is left out. Refuses nothing: broken HTML is read as browsers do. Linear.
"""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser

from chatbot.decoding import text_encoding
from chatbot.page_regions import Line, Regions, main_lines

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?([\w-]{1,40})""", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")
_LONE = re.compile(r"<(?![a-zA-Z/!?])")
"""Begins no tag. The parser takes a hundred times as long for it as for a letter."""

_HIDDEN = frozenset({"script", "style", "template", "noscript", "nav", "svg", "iframe", "object", "select", "button"})
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_PARAGRAPHS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form header hr html"
    " main ol p section summary table tbody tfoot thead ul".split()
) | set(_HEADINGS)


def decode_html(data: bytes) -> str:
    """The readable text of a page. Raises UnicodeDecodeError where it is not in the encoding it names, or UTF-8."""
    return html_text(data.decode(encoding_of(data) or "utf-8-sig"))


def html_text(page: str) -> str:
    """The readable text of a page that has been decoded."""
    writer = _Writer()
    writer.feed(_tamed(page.replace("\r\n", "\n")))
    writer.close()
    return writer.text()


def main_text(page: str) -> str:
    """The readable text of a page without what stands around it on each page of its site.

    The page's own marks decide (`main`, `article`, roles, and names such as `sidebar`), then how many of the words are
    links. Where that would leave too little, all is kept: what is lost cannot be found.
    """
    writer = _Writer()
    writer.feed(_tamed(page.replace("\r\n", "\n")))
    writer.close()
    return writer.text(main=True)


def encoding_of(data: bytes) -> str:
    """The encoding that the page itself names; empty where it names none, or has a byte order mark."""
    named = _CHARSET.search(data[:2048])
    return text_encoding(named[1].decode("ascii")) if named and not data.startswith(codecs.BOM_UTF8) else ""


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


class _Writer(HTMLParser):
    """Writes text while the page is read. `_line` is the line being written; blank lines stand between blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[Line] = []
        self._line: list[str] = []
        self._title: list[str] = []
        self._skipped: list[str] = []
        self._lists: list[int] = []
        """A number for each open list: that of its latest item, or -1 where items have no numbers."""
        self._regions = Regions()
        self._linked = self._links = 0
        self._cells = 0
        self._in_title = self._in_pre = self._has_heading = False

    def text(self, *, main: bool = False) -> str:
        """The text, whole or its main part; one without heading of the first level gets the page's title as one."""
        self._end_line()
        lines = [line.text for line in (main_lines(self._lines) if main else self._lines)]
        title = " ".join("".join(self._title).split())
        has_heading = self._has_heading and any(line.startswith("# ") for line in lines)
        head = [f"# {title}", ""] if title and not has_heading else []
        return re.sub(r"\n{3,}", "\n\n", "\n".join([*head, *lines])).strip("\n") + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped or tag in _HIDDEN:
            if tag in _HIDDEN:
                self._skipped.append(tag)
            return
        if tag in _PARAGRAPHS and not self._cells and not self._in_pre and not self._lists:
            self._end_line()  # while its region is open
        self._regions.begin(tag, attrs)
        self._links += tag == "a"
        self._begin(tag)

    def _begin(self, tag: str) -> None:
        if tag == "title":
            self._in_title = True
        elif self._in_pre:
            if tag == "br":
                self._line.append("\n")
        elif tag == "pre":
            self._blank_line()
            self._in_pre = True
        elif tag == "br":
            self._end_line()
        elif tag == "li":
            self._begin_item()
        elif tag in ("td", "th"):
            self._line.append(" | " if self._cells else "| ")
            self._cells += 1
        elif tag == "tr":
            self._end_line()
        elif tag in _PARAGRAPHS and not self._cells:
            self._begin_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
            return
        self._links -= tag == "a" and self._links > 0
        self._finish(tag)
        self._regions.end(tag)

    def _finish(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "pre" and self._in_pre:
            self._end_pre()
        elif tag in ("tr", "table"):
            self._end_row()
            if tag == "table":
                self._blank_line()
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            if not self._lists:
                self._blank_line()
        elif tag in _PARAGRAPHS and not self._cells and not self._in_pre:
            self._end_line() if self._lists else self._blank_line()

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
        elif not self._skipped:
            text = data if self._in_pre else re.sub(r"\s+", " ", data)
            self._line.append(text)
            self._linked += len(text) if self._links else 0

    def _begin_block(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._end_line() if self._lists else self._blank_line()
            self._lists.append(0 if tag == "ol" else -1)
        elif not self._lists:
            self._blank_line()
        if tag in _HEADINGS:
            self._blank_line()
            self._line.append(_HEADINGS[tag])
            self._has_heading |= tag == "h1"

    def _begin_item(self) -> None:
        self._end_line()
        marker = "- "
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            marker = f"{self._lists[-1]}. "
        self._line.append("  " * min(8, max(0, len(self._lists) - 1)) + marker)

    def _end_row(self) -> None:
        if self._cells:
            self._line.append(" |")
            cells, self._cells = self._cells, 0
            self._end_line()
            if len(self._lines) < 2 or not self._lines[-2].text.startswith("|"):
                self._add("|" + "---|" * cells)

    def _end_pre(self) -> None:
        code, self._in_pre = "".join(self._line).strip("\n"), False
        self._line.clear()
        if code.strip():
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", code)), 3)
            for line in (fence, *code.split("\n"), fence, ""):
                self._add(line)

    def _end_line(self) -> None:
        if self._in_pre:
            self._end_pre()
        line = "".join(self._line)
        indent = re.match(r" *(?=- |\d+\. )", line)
        self._line.clear()
        if line.strip(" -"):
            self._add((indent[0] if indent else "") + re.sub(r" +", " ", line).strip())

    def _blank_line(self) -> None:
        self._end_line()
        if self._lines and self._lines[-1].text:
            self._add("")

    def _add(self, line: str) -> None:
        self._lines.append(Line(line, self._regions.kind, self._linked))
        self._linked = 0
