"""Values as models write them: JSON, Python's literals, and what stands between the two. Nothing is ever evaluated.

In: a text and where a value begins. Out: the value and where it ends. Beyond JSON it takes single, triple and curly
quotes, raw line breaks and unknown escapes in strings, trailing commas, comments, unquoted keys, tuples, and True, None
and their like. What it does not do is guess: a value that is cut off, a key given twice, a bare word or NaN is refused.
Depth and work are bounded, so that no text takes longer than a fixed multiple of its length.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from chatbot.prompting.strict_yaml import MAX_DIGITS

MAX_DEPTH = 32
"""Values in one another: far more than any schema asks for, far less than would end Python's stack."""

WORK_PER_CHARACTER = 4
"""How often a character may be read, in all attempts at a text together."""

_SPACE = re.compile(r"(?:\s++|//[^\n]*+|#[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_STRING = re.compile(
    r"(?P<raw>[rRuU]?)(?:"
    r'"""(?P<a>(?:[^"\\]|\\.|"(?!""))*+)"""|' + r"'''(?P<b>(?:[^'\\]|\\.|'(?!''))*+)'''|"
    r'"(?P<c>(?:[^"\\]|\\.)*+)"|' + r"'(?P<d>(?:[^'\\]|\\.)*+)'|"
    r"[“”„](?P<e>(?:[^“”\\]|\\.)*+)[“”]|[‘’](?P<f>(?:[^‘’\\]|\\.)*+)[‘’]|<escape>(?P<g>[^<]*+)<escape>"
    r"|<\|\"\|>(?P<h>(?:[^<]|<(?!\|\"\|>))*+)<\|\"\|>)",
    re.DOTALL,
)
_QUOTE = re.compile(r"[rRuU]?[\"'“”„‘’]|<escape>|<\|\"\|>")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F]++|(?:(?:0|[1-9][0-9]*+(?:_[0-9]++)*+)(?P<point>\.[0-9]*+)?+|(?P<bare>\.[0-9]++))"
    r"(?P<power>[eE][+-]?[0-9]++)?+)(?![\w.])"
)
_WORD = re.compile(r"[A-Za-z_$][\w$]*+")
_KEY = re.compile(r"[A-Za-z_$][\w$-]*+(?:\.[\w$-]++)*+")
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

_WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_WORDS |= {"TRUE": True, "FALSE": False, "NULL": None}
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "\n": "", "\r\n": ""}
_SIMPLE |= {same: same for same in "\"'\\/`“”‘’"}
_CLOSES = {"{": "}", "[": "]", "(": ")"}


class Unreadable(Exception):
    """There is no value here.

    cut: because the text ends first. deep: because it is nested too deeply. partial: what of an object or a list was
    whole by then, where the text ends between two of its entries; None where it ends within one.
    """

    def __init__(self, message: str, at: int, *, cut: bool = False, deep: bool = False, partial: object = None) -> None:
        super().__init__(message)
        self.message, self.at, self.cut, self.deep, self.partial = message, at, cut, deep, partial


class WorkDone(Exception):
    """The text has been read as often as a text may be."""


@dataclass(slots=True)
class Reader:
    """Reads values out of one text, and counts what that costs."""

    text: str
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = WORK_PER_CHARACTER * len(self.text) + 10_000

    def spend(self, characters: int) -> None:
        """Counts work. Raises WorkDone when there has been too much of it."""
        self.left -= characters
        if self.left < 0:
            raise WorkDone

    def space(self, at: int) -> int:
        """The end of white space and comments."""
        found = _SPACE.match(self.text, at)
        assert found is not None  # it matches nothing, too
        open_comment = self.text.startswith("/*", found.end())
        self.spend((len(self.text) if open_comment else found.end()) - at)
        return found.end()

    def value(self, at: int, depth: int = 0) -> tuple[object, int]:
        """The value that begins here, and its end. Raises Unreadable, and WorkDone."""
        text, at = self.text, self.space(at)
        self.spend(1)
        if depth > MAX_DEPTH:
            raise Unreadable("it is nested too deeply", at, deep=True)
        if at >= len(text):
            raise Unreadable("it is cut off", at, cut=True)
        first = text[at]
        if first == "{":
            return self.mapping(at, depth)
        if first in "[(":
            return self.sequence(at, depth)
        if _QUOTE.match(text, at):
            return self.string(at)
        return self._atom(at)

    def mapping(self, at: int, depth: int = 0) -> tuple[dict[str, object], int]:
        """An object. Raises Unreadable, also for a key that comes twice."""
        found: dict[str, object] = {}
        at = self.space(at + 1)
        while not self.closed("}", at, found):
            key, at = self._key(at)
            if key in found:
                raise Unreadable(f"the key {key[:80]!r} is given twice", at)
            at = self.expect(":", self.space(at))
            try:
                found[key], at = self.value(at, depth + 1)
            except Unreadable as error:
                error.partial = None
                raise
            at = self.comma("}", at)
        return found, at + 1

    def sequence(self, at: int, depth: int = 0) -> tuple[object, int]:
        """A list, or what is in parentheses: one value, or a tuple as a list."""
        opening = self.text[at]
        closing, items, behind = _CLOSES[opening], list[object](), at
        at = self.space(at + 1)
        while not self.closed(closing, at, items):
            try:
                item, behind = self.value(at, depth + 1)
            except Unreadable as error:
                error.partial = None if not error.cut else items if error.partial is None else [*items, error.partial]
                raise
            items.append(item)
            at = self.comma(closing, behind)
        grouped = opening == "(" and len(items) == 1 and self.text.find(",", behind, at) < 0
        return (items[0] if grouped else items), at + 1

    def string(self, at: int) -> tuple[str, int]:
        """A string."""
        found = _STRING.match(self.text, at)
        if found is None:
            self.spend(len(self.text) - at)
            raise Unreadable("a string is not closed", at, cut=True)
        self.spend(found.end() - at)
        body = next(part for part in found.group(*"abcdefgh") if part is not None)
        verbatim = found["raw"] in ("r", "R") or found["h"] is not None
        return body if verbatim else unescaped(body), found.end()

    def _atom(self, at: int) -> tuple[object, int]:
        """A number, or one of the words that stand for a value."""
        if found := _NUMBER.match(self.text, at):
            self.spend(found.end() - at)
            return _number(found, at), found.end()
        word = _WORD.match(self.text, at)
        if word and word[0] in _WORDS:
            return _WORDS[word[0]], word.end()
        written = word[0] if word else self.text[at]
        self.spend(len(written))
        if word and word.end() == len(self.text):
            raise Unreadable("it is cut off", at, cut=True)
        raise Unreadable(f"{written[:80]!r} is no value", at)

    def _key(self, at: int) -> tuple[str, int]:
        if at >= len(self.text):
            raise Unreadable("it is cut off", at, cut=True)
        if _QUOTE.match(self.text, at):
            return self.string(at)
        if found := _KEY.match(self.text, at):
            self.spend(found.end() - at)
            return found[0], found.end()
        if found := _NUMBER.match(self.text, at):
            return found[0], found.end()
        raise Unreadable(f"{self.text[at]!r} is no key", at)

    def closed(self, closing: str, at: int, so_far: object) -> bool:
        """Whether the bracket closes here. Raises Unreadable, with what there is so far, where the text ends."""
        if at >= len(self.text):
            raise Unreadable("it is cut off", at, cut=True, partial=so_far)
        return self.text.startswith(closing, at)

    def comma(self, closing: str, at: int) -> int:
        """Behind a comma, or at the closing bracket, or at the end of the text."""
        at = self.space(at)
        if at >= len(self.text) or self.text.startswith(closing, at):
            return at
        return self.space(self.expect(",", at))

    def expect(self, mark: str, at: int) -> int:
        """Behind a mark that must stand here. Raises Unreadable."""
        if self.text.startswith(mark, at):
            return at + len(mark)
        if at >= len(self.text):
            raise Unreadable("it is cut off", at, cut=True)
        raise Unreadable(f"{mark!r} is missing before {self.text[at]!r}", at)


def unescaped(body: str) -> str:
    """What a string holds. An escape that neither JSON nor Python knows stays as it is."""
    if "\\" not in body:
        return body
    plain = _ESCAPE.sub(_unescape, body)
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), plain)


def _unescape(found: re.Match[str]) -> str:
    what = found[1]
    if what in _SIMPLE:
        return _SIMPLE[what]
    if len(what) > 1:
        code = int(what[1:].strip("{}"), 16)
        return chr(code) if code <= 0x10FFFF else found[0]
    return found[0]


def _number(found: re.Match[str], at: int) -> object:
    written = found[0].replace("_", "")
    if found["point"] or found["bare"] or found["power"]:
        value = float(written)
        if not math.isfinite(value):
            raise Unreadable(f"{written[:80]} is too large", at)
        return value
    if len(written) > MAX_DIGITS:
        raise Unreadable(f"a number has more than {MAX_DIGITS:,} digits", at)
    return int(written, 16) if "x" in written.lower() else int(written)
