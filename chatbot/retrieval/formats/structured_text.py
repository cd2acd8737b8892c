"""reStructuredText, line for line with Markdown's marks, so that it is split like any other document.

In: bytes. Out: as many lines as the file has, so that a line is found again: headings with number signs in the place of
their names, code in fences in the place of the lines around it, roles and links as their text. What it does not know is
left as it stands; so it refuses nothing but what is no text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.plain_text import text_of

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*\Z")
_DIRECTIVE = re.compile(r"(?P<indent>\s*)\.\. (?P<name>[\w:+.-]+)::\s*(?P<rest>.*)")
_COMMENT = re.compile(r"\s*\.\.(?: (?!_|\[|\|)|\s*\Z)")
_TARGET = re.compile(r"\s*\.\. _[^:]*:.*\Z")
_OPTION = re.compile(r"\s+:(?P<name>[\w-]+):(?:\s+(?P<said>.*))?\Z")
_READ_OPTIONS = frozenset({"header", "alt", "caption"})
"""Options of a directive that a reader sees: the names of a table's columns, words for a picture."""
_CODE = frozenset(
    {"code", "code-block", "sourcecode", "highlight", "literalinclude", "math", "parsed-literal", "doctest"}
)
_SAID = {
    **dict.fromkeys(("note", "tip", "hint", "important", "warning", "caution", "danger", "attention", "error"), ""),
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "seealso": "See also",
    "admonition": "",
    "topic": "",
    "rubric": "",
    "centered": "",
}
"""Directives whose text is text, and what they are called where their name does not say it."""

_ROLE = re.compile(r":[\w:+.-]{1,60}:`(?P<text>[^`]{1,500})`")
_LINK = re.compile(r"`(?P<text>[^`<]{1,500}?)\s*<[^`>]{1,500}>`__?|`(?P<name>[^`]{1,500})`__?(?!\w)")
_LITERAL = re.compile(r"``(?P<text>[^`]+)``")
_TITLED = re.compile(r"(?P<text>.+?)\s*<(?P<target>[^<>]+)>\Z", re.DOTALL)


def convert(data: bytes) -> Converted:
    """The text with Markdown's marks. Raises KnowledgeError for what is no text."""
    lines = text_of(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    _Reader(lines).read()
    return Converted("\n".join(lines))


class _Reader:
    """Rewrites lines in their places."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._levels: list[str] = []
        """How headings are adorned, the highest first: the characters, twice for a line above and one below."""

    def read(self) -> None:
        at = 0
        while at < len(self._lines):
            at = self._heading(at) or self._directive(at) or self._literal(at) or self._text(at)

    def _heading(self, at: int) -> int:
        """A name with a line below it, and perhaps one above; 0 where there is none."""
        above = _ADORNMENT.match(self._lines[at])
        name_at = at + 1 if above else at
        if name_at + 1 >= len(self._lines):
            return 0
        name, below = self._lines[name_at], _ADORNMENT.match(self._lines[name_at + 1])
        if (
            not below
            or not name.strip()
            or _ADORNMENT.match(name)
            or len(below[0].rstrip()) < min(len(name.rstrip()), 4)
        ):
            return 0
        if (above and above[1] != below[1]) or (not above and name[0].isspace()):
            return 0
        adornment = below[1] * (2 if above else 1)
        if adornment not in self._levels:
            self._levels.append(adornment)
        level = min(6, self._levels.index(adornment) + 1)
        if above:
            self._lines[at] = ""
        self._lines[name_at] = f"{'#' * level} {_plain(name.strip())}"
        self._lines[name_at + 1] = ""
        return name_at + 2

    def _directive(self, at: int) -> int:
        line = self._lines[at]
        found = _DIRECTIVE.match(line)
        if not found:
            return self._comment(at) if _COMMENT.match(line) or _TARGET.match(line) else 0
        name, rest = found["name"].split(":")[-1], found["rest"].strip()
        options = at + 1
        while options < len(self._lines) and (option := _OPTION.match(self._lines[options])):
            said = _plain(option["said"] or "") if option["name"] in _READ_OPTIONS else ""
            self._lines[options] = said and f"{found['indent']}{said}"
            options += 1
        if name in _CODE:
            self._lines[at] = f"{found['indent']}{rest}" if name == "math" else ""
            return self._fenced(options, len(found["indent"]), rest if rest.isalnum() else "")
        if name in _SAID:
            called = _SAID[name] or name.capitalize()
            self._lines[at] = (
                f"{found['indent']}{called}{' ' if name.startswith(('version', 'depr')) else ': '}{_plain(rest)}"
            )
        elif found["name"] == name and name in (
            "image",
            "figure",
            "include",
            "toctree",
            "contents",
            "index",
            "raw",
            "only",
        ):
            self._lines[at] = ""
        else:  # a function, a class, an option: `.. function:: open(path)`
            self._lines[at] = f"{found['indent']}{_plain(rest)}"
        return options

    def _comment(self, at: int) -> int:
        """A comment or a target, with the lines below it that are indented."""
        indent = _indent(self._lines[at])
        self._lines[at] = ""
        at += 1
        while at < len(self._lines) and self._lines[at].strip() and _indent(self._lines[at]) > indent:
            self._lines[at] = ""
            at += 1
        return at

    def _literal(self, at: int) -> int:
        """A paragraph that ends in two colons: what is indented below it stands as it is."""
        line = self._lines[at]
        if not line.rstrip().endswith("::"):
            return 0
        self._lines[at] = _plain(line.rstrip()[:-1] if line.strip() != "::" else "")
        return self._fenced(at + 1, _indent(line), "")

    def _fenced(self, at: int, indent: int, language: str) -> int:
        """The lines below that are indented more, in fences in the place of the blank lines around them."""
        begin = at
        while begin < len(self._lines) and not self._lines[begin].strip():
            begin += 1
        end = begin
        while end < len(self._lines) and (not self._lines[end].strip() or _indent(self._lines[end]) > indent):
            end += 1
        while end > begin and not self._lines[end - 1].strip():
            end -= 1
        if begin in (at, end) or any("```" in line for line in self._lines[begin:end]):
            return max(end, at)
        margin = min(_indent(line) for line in self._lines[begin:end] if line.strip())
        self._lines[begin - 1] = f"```{language}"
        self._lines[begin:end] = [line[margin:] for line in self._lines[begin:end]]
        if end < len(self._lines):
            self._lines[end] = "```"
            return end + 1
        return end

    def _text(self, at: int) -> int:
        self._lines[at] = _plain(self._lines[at])
        return at + 1


def _plain(line: str) -> str:
    """A line with its roles and links as their text."""
    parts: Sequence[str] = re.split(r"(``[^`]+``)", line)
    return "".join(
        f"`{part[2:-2]}`" if _LITERAL.fullmatch(part) else _LINK.sub(_linked, _ROLE.sub(_named, part)) for part in parts
    )


def _named(role: re.Match[str]) -> str:
    """`:func:`~shop.order`` as `order`, and a role with a title as that."""
    if titled := _TITLED.match(role["text"]):
        return titled["text"]
    text = role["text"].lstrip("!")
    return f"`{text.rpartition('.')[2] if text.startswith('~') else text}`"


def _linked(link: re.Match[str]) -> str:
    return link["text"] or link["name"]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
