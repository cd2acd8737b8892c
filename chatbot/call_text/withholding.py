"""Keeps calls off the screen while a reply streams: passes text on as soon as it cannot be the beginning of one.

What may be a call is held back until more has come; what is one, and all behind it, is held back for good, and the
strategy shows whatever of it turns out to be an answer. How the text is cut into pieces makes no difference in the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from chatbot.call_text.expressions import NAME
from chatbot.call_text.loose import LANGUAGES, LEAD, LONGEST_LEAD
from chatbot.call_text.marked import OPENER
from chatbot.call_text.names import Names, Offered
from chatbot.call_text.objects import KEYS

Verdict = Literal["text", "open", "call"]
"""Whether here is text, or a call, or nobody knows yet."""

LONGEST_MARK = 80
"""Characters of a mark such as `<|tool_calls_section_begin|>`, whose end has to be waited for."""

_START = re.compile(
    r"(?P<fence>^ {0,12}(?:`+|~+))|(?P<mark><|>>>)|(?P<bracket>[{\[])|(?P<word>(?<![\w.-])[A-Za-z_][\w.:-]*)", re.M
)
_MARK = re.compile(rf"{OPENER}|<\|(?:start|from|channel)\|>", re.M | re.I)
_TAG = re.compile(r"<[^<>\n]*|>>>[\w.-]*\s*")
_NAMED_TAG = re.compile(rf"<({NAME})>")
_FENCE = re.compile(
    r" {0,12}(?P<ticks>`{3,}|~{3,})[ \t]*(?P<language>[^\s`]*)[^`\n]*\n(?P<line>\s*[^\n]*)(?P<whole>\n)?"
)
_TICKS = re.compile(r" {0,12}(`+|~+)([^`\n]*\n?)")
_KEY = re.compile(r"[\s\[{]{1,32}[\"'“‘]?([A-Za-z_][\w .-]{0,80})?")
_LISTED = re.compile(rf"\[\s*({NAME})?")
_COLON = re.compile(r"[\"'”’]?\s*(:)?")
_CALLED = re.compile(r"[`*]{0,3}(?:\s?\(|[ \t]*:?\s*(?:`{3}(?:json)?\s*)?\{)")
_MAYBE_CALLED = re.compile(r"[`*]{0,3}[ \t]*:?\s*`{0,3}(?:j|js|jso|json)?\s*")
_LABEL = re.compile(r"(?:action|tool|function)(?: call)?[*_]{0,2}[ \t]*:[*_ \t]*[`\"']?([\w.-]*)", re.I)
_MAYBE_LABEL = re.compile(r"(?:action|tool|function)(?: call?)?[*_]{0,2}[ \t]*", re.I)
_WORDS = ("functools", "commentary", "action", "tool", "function", "default_api.", "functions.", "tools.", "call:")


class Withholding:
    """Passes on what of a stream is no call."""

    def __init__(self, tools: Iterable[Offered]) -> None:
        self._names = Names(tools)
        self._text = ""
        self._passed = 0
        self._at = 0
        self._held = False
        self._inside = ""
        """The marks of the fence that is open."""

    def feed(self, piece: str) -> str:
        """The text that can be shown now."""
        self._text += piece
        while not self._held and (found := _START.search(self._text, self._at)):
            verdict = self._verdict(found)
            if verdict == "text":
                self._at = max(found.end(), self._at + 1)
                continue
            self._held = verdict == "call"
            return self._pass(found.start())
        return "" if self._held else self._pass(len(self._text))

    def _pass(self, end: int) -> str:
        start, self._passed = self._passed, max(self._passed, end)
        if not self._held:
            self._at = max(self._at, end)
        return self._text[start : self._passed]

    def _verdict(self, found: re.Match[str]) -> Verdict:
        match found.lastgroup:
            case "mark":
                return self._mark(found.start())
            case "fence":
                return self._fence(found.start())
            case "bracket":
                return self._bracket(found.start())
        return self._word(found)

    def _mark(self, at: int) -> Verdict:
        if _MARK.match(self._text, at) or ((named := _NAMED_TAG.match(self._text, at)) and self._names.exact(named[1])):
            return "call"
        tag = _TAG.match(self._text, at)
        assert tag is not None
        return "open" if tag.end() == len(self._text) and tag.end() - at < LONGEST_MARK else "text"

    def _fence(self, at: int) -> Verdict:
        """A fence is a call if its first line may be one; until that line has come, nobody knows."""
        ticks = _TICKS.match(self._text, at)
        assert ticks is not None
        if len(ticks[1]) < len(self._inside or "```"):
            return "open" if ticks.end(1) == len(self._text) else "text"
        if self._inside and ticks[1].startswith(self._inside):
            self._inside = ""
            return "text"
        verdict = "call" if _MARK.match(self._text, at) else self._opening(at, ticks)
        if verdict == "text":
            self._inside = ticks[1]
        return verdict

    def _opening(self, at: int, ticks: re.Match[str]) -> Verdict:
        fence = _FENCE.match(self._text, at)
        if fence is None:
            return "open" if ticks.end() == len(self._text) else "text"
        if fence["language"].casefold() not in LANGUAGES:
            return "text"
        line, whole = fence["line"][:LONGEST_LEAD], fence["whole"] or len(fence["line"]) > LONGEST_LEAD
        begins = fence.start("line") + len(line) - len(line.lstrip())
        if line.lstrip()[:1] in ("{", "["):
            return self._bracket(begins)
        if line.lstrip()[:1] == "<":
            return self._mark(begins)
        if any(self._names.exact(word) for word in re.findall(NAME, line)):
            return "call" if whole or "(" in line or "{" in line else "open"
        return "text" if whole else "open"

    def _bracket(self, at: int) -> Verdict:
        """An object is a call if its first key may be one of a call's."""
        if _MARK.match(self._text, at):
            return "call"
        key = _KEY.match(self._text, at)
        assert key is not None
        at_end = key.end() == len(self._text)
        if self._text[at] == "[" and "{" not in key[0]:
            return "open" if at_end and not key[1] else self._list(at)
        if key[1] is None:
            return "open" if at_end else "text"
        known = key[1].strip() in KEYS or self._names.find(key[1]) is not None
        if at_end:
            return "open" if known or self._may_become(key[1]) else "text"
        if not known or not (colon := _COLON.match(self._text, key.end())):
            return "text"
        return "call" if colon[1] else "open" if colon.end() == len(self._text) else "text"

    def _list(self, at: int) -> Verdict:
        """`[TOOL_CALLS]` and `[get_weather(…`; most brackets are neither."""
        called = _LISTED.match(self._text, at)
        if called is None or called[1] is None:
            return "text"
        if called.end() == len(self._text):
            return "open" if self._begins(called[1]) or "tool_".startswith(called[1].lower()[:5]) else "text"
        return "call" if self._names.exact(called[1]) and self._text[called.end()] in " (" else "text"

    def _word(self, found: re.Match[str]) -> Verdict:
        """A tool's name is a call where it fills the line's beginning and brackets follow."""
        text, word = self._text, found[0]
        start = text.rfind("\n", max(0, found.start() - LONGEST_LEAD), found.start()) + 1
        if _MARK.match(text, found.start()):
            return "call"
        bare, label = word.rstrip(":."), _LABEL.match(text, found.start())
        matters = (
            found.end() == len(text) or label or _MAYBE_LABEL.match(text, found.start()) or self._names.exact(bare)
        )
        if not matters or LEAD.fullmatch(text, start, found.start()) is None:
            return "text"
        if found.end() == len(text):
            return "open" if self._begins(bare) or self._names.exact(bare) else "text"
        if self._names.exact(bare):
            behind = found.start() + len(bare)
            if _CALLED.match(text, behind):
                return "call"
            return "open" if _MAYBE_CALLED.fullmatch(text, behind) else "text"
        if label:
            if self._names.exact(label[1]):
                return "call"
            return "open" if label.end() == len(text) and self._begins(label[1]) else "text"
        return "open" if _MAYBE_LABEL.fullmatch(text, found.start()) else "text"

    def _begins(self, word: str) -> bool:
        """Whether a name, or a word that stands before one, may begin so."""
        lowered = word.lower()
        return any(each.startswith(lowered) for each in _WORDS) or any(
            name.startswith((word, word.rpartition(".")[2])) for name in self._names.written
        )

    def _may_become(self, key: str) -> bool:
        return any(each.startswith(key) for each in KEYS) or self._begins(key)


def shown(text: str, tools: Iterable[Offered]) -> str:
    """What of a whole reply is passed on while it streams."""
    return Withholding(tools).feed(text)
