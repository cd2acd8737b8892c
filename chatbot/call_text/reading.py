"""From a model's whole text to the calls in it, from left to right; what one call holds is never read as another.

Of thinking in tags nothing counts, nor of what follows a result that the model made up. Behind a call that cannot be
read nothing is read either: what would stand there may be a part of its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from chatbot.call_text import loose, marked
from chatbot.call_text.expressions import NAME
from chatbot.call_text.fitting import arguments_text
from chatbot.call_text.found import Found, Malformed
from chatbot.call_text.literals import Reader, WorkDone
from chatbot.call_text.names import Names, Offered
from chatbot.messages import ToolCall

MAX_CHARACTERS = 1_000_000
"""Of a text that is read at all, as of a call's arguments."""

MAX_CALLS = 128
"""As many as a reply may hold in the chat-completions protocol; further ones are left out."""

_CANDIDATE = re.compile(
    r"(?P<thinking><think(?:ing)?>)|(?P<thought></think(?:ing)?>)"
    r"|(?P<result><tool_?(?:response|result)s?>|<function_results?>|\[TOOL_RESULTS\]|<[｜|]tool[▁_]outputs?[▁_]begin[｜|]>"
    r"|^[ \t]*Observation[ \t]*:)"
    rf"|(?P<mark>{marked.OPENER})"
    r"|(?P<fence>^ {0,12}(?P<ticks>`{3,}|~{3,})[ \t]*(?P<language>[^\s`]*+)[^`\n]*+$\n?)"
    r"|(?P<bracket>(?<![\w(\\$=])[{\[])"
    rf"|(?P<name>(?<![\w.-])(?={NAME}(?:[`*]{{0,3}}[ \t]*+:?+\s*+(?:`{{3}}(?:json)?\s*+)?+\{{|\s?\()))"
    rf"|(?P<element><(?={NAME}>))"
    r"|(?P<label>^[*_]{0,2}(?:Action|Tool|Function)(?: call)?[*_]{0,2}[ \t]*:)",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(slots=True)
class Reading:
    """What a text holds."""

    calls: list[ToolCall] = field(default_factory=list)
    wrong: str = ""
    """Why what begins as a call is none, for the model; empty where nothing is wrong."""
    unknown: str = ""
    """Where the text as a whole has the form of a call, but no mark and no known name: which names there are."""
    prose: str = ""
    """What stands before the first call."""


def parse_calls(text: str, tools: Sequence[Offered]) -> list[ToolCall]:
    """The calls that a model wrote into its text, in order, in whichever of the usual forms; nothing is executed.

    A call has the name of its tool as declared, its arguments as JSON text that the dispatcher checks, and an id of its
    own. A name that is not offered counts only behind a mark such as `<tool_call>`, and stays as it was written. A call
    that is cut is left out, unless its name and the object of its arguments are closed. Takes linear time.
    """
    return read(text, tools).calls


def read(text: str, tools: Iterable[Offered] | Names) -> Reading:
    """The calls in a text, what is wrong with what would be one, and the text before them."""
    names = tools if isinstance(tools, Names) else Names(tools)
    if not names or len(text) > MAX_CHARACTERS:
        return Reading(prose=text)
    scan = _Scan(Reader(text), names)
    try:
        scan.run()
    except WorkDone:
        pass
    except Malformed as error:
        scan.found += error.before
        scan.wrong = str(error)
    return scan.reading()


@dataclass(slots=True)
class _Scan:
    """One way through a text."""

    reader: Reader
    names: Names
    found: list[Found] = field(default_factory=list)
    wrong: str = ""
    first: int | None = None
    """Where the first call begins."""
    begins: int = 0
    """Where what is being read begins."""

    def run(self) -> None:
        """Reads all calls. Raises Malformed and WorkDone."""
        at: int | None = 0
        while at is not None and len(self.found) < MAX_CALLS:
            candidate = _CANDIDATE.search(self.reader.text, at)
            at = self._next(candidate) if candidate else None

    def _next(self, candidate: re.Match[str]) -> int | None:
        """Where to go on; None where nothing counts any more."""
        text, self.begins = self.reader.text, candidate.start()
        match candidate.lastgroup:
            case "thinking":
                end = text.find("</think", candidate.end())
                return end + 1 if end >= 0 else None
            case "thought":
                self.found.clear()
                self.first = None
                return candidate.end()
            case "result":
                return None if self.found else candidate.end()
            case "mark":
                return self._add(*marked.calls(self.reader, candidate.start(), self.names), candidate.end())
            case "fence":
                return self._fence(candidate)
        return self._add(*loose.calls(self.reader, candidate.start(), self.names), candidate.end())

    def _add(self, calls: list[Found], end: int, least: int) -> int:
        if calls and self.first is None:
            self.first = self.begins
        self.found += calls
        return max(end, least, self.begins + 1)

    def _fence(self, candidate: re.Match[str]) -> int:
        """Reads what a fence holds. Marks in it count as they do outside."""
        text, start = self.reader.text, candidate.end()
        closing = re.compile(rf"^[ \t]*{candidate['ticks']}[`~]*[ \t]*(?:<[^\n]*)?$", re.MULTILINE).search(text, start)
        end = closing.start() if closing else len(text)
        mark = _MARK.search(text, start, end)
        if mark:
            return mark.start()
        self.reader.spend(end - start)
        return self._add(
            loose.fenced(self.reader, candidate["language"], start, end, self.names),
            closing.end() if closing else end,
            end,
        )

    def reading(self) -> Reading:
        """The calls, matched with their tools."""
        text, calls = self.reader.text, list[ToolCall]()
        for found in self.found[:MAX_CALLS]:
            tool = self.names.find(found.name)
            try:
                arguments = arguments_text(found, tool)
            except Malformed as error:
                self.wrong = self.wrong or str(error)
                continue
            calls.append(ToolCall(found.id, tool.name if tool else found.name, arguments))
        before = self.first if self.first is not None else self.begins if self.wrong else len(text)
        unknown = "" if self.found or self.wrong else loose.unknown(text, self.names)
        return Reading(_with_ids(calls, text), self.wrong, unknown, _OPEN_FENCE.sub("", text[:before]))


_OPEN_FENCE = re.compile(r"(?:\A|(?<=\n))[ \t]{0,12}(?:`{3,}|~{3,})\w*+\s*+\Z")
_MARK = re.compile(marked.OPENER, re.MULTILINE | re.IGNORECASE)


def _with_ids(calls: Sequence[ToolCall], text: str) -> list[ToolCall]:
    """The calls, each with an id of its own: the one it was given, or one made of the text, always the same."""
    seed = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    seen: set[str] = set()
    made: list[ToolCall] = []
    for number, call in enumerate(calls):
        call_id = call.id if call.id and call.id not in seen and len(call.id) <= 64 else f"call_{seed}_{number}"
        seen.add(call_id)
        made.append(ToolCall(call_id, call.name, call.arguments))
    return made
