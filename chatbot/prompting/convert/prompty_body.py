"""The body of a `.prompty` file to a tree with turns, and back: role lines are read and written here.

Reading follows `chatbot.prompting.roles`, without values: where it depends on a value whether a line is a role line,
the body is refused. Writing makes a role line of a turn only: words of the author's that look like one are written as a
value, which no role is read in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from chatbot.prompting.convert.jinja_text import quoted, read_jinja, write_expression, write_text
from chatbot.prompting.convert.tree import (
    Block,
    For,
    If,
    Name,
    Node,
    Role,
    Text,
    Thread,
    Turn,
    Value,
    folded,
    merged,
    tidied,
)
from chatbot.prompting.prompt_file import PromptFile

_ROLE_LINE = re.compile(
    r"^([ \t]*(?:#[ \t]*)?)(system|user|assistant)((?:\[.*\])?[ \t]*:[ \t]*)$", re.IGNORECASE | re.MULTILINE
)


def read_body(file: PromptFile, threads: Collection[str]) -> Block:
    """The body of a prompt file, in which the inputs `threads` stand for messages. Raises PromptError with the line."""
    nodes, _ = _Splitter(file, frozenset(threads)).split(read_jinja(file), True)
    opens = nodes and isinstance(nodes[0], Turn | Thread)
    return tidied(folded(nodes if opens else (Turn("system"), *nodes)))


@dataclass(frozen=True, slots=True)
class _Splitter:
    """Goes through a body with one thing in mind: whether the line so far is blank, so that a role may stand on it.

    None says that it depends on values.
    """

    file: PromptFile
    threads: frozenset[str]

    def split(self, block: Block, blank: bool | None) -> tuple[Block, bool | None]:
        found: list[Node] = []
        for index, node in enumerate(block):
            match node:
                case Text(text):
                    found += self._split_text(text, blank, ends=index == len(block) - 1)
                    line = text.rpartition("\n")[2]
                    blank = not line.strip() and (blank if "\n" not in text else True)
                case Value(Name(name)) if name in self.threads:
                    found.append(Thread(name))
                    blank = False
                case If(branches, otherwise):
                    split = [(test, *self.split(body, blank)) for test, body in branches]
                    rest, after = self.split(otherwise, blank)
                    found.append(If(tuple((test, body) for test, body, _ in split), rest))
                    blank = _agreed([after, *(each for _, _, each in split)])
                case For(name, over, body):
                    _, after = self.split(body, blank)
                    inside, after = self.split(body, _agreed([blank, after]))
                    found.append(For(name, over, inside))
                    blank = _agreed([blank, after])
                case _:
                    found.append(node)
                    blank = False
        return merged(tuple(found)), blank

    def _split_text(self, text: str, blank: bool | None, *, ends: bool) -> list[Node]:
        found: list[Node] = []
        start = 0
        for match in _ROLE_LINE.finditer(text):
            if match.start() == 0 and blank is False:
                continue
            if match.end() == len(text) and not ends:
                continue
            if match.start() == 0 and blank is None:
                message = f"it depends on values whether {match[0].strip()!r} begins a message here"
                raise self.file.error(message, hint="begin a line before the block ends")
            found += [Text(text[start : match.start()].rstrip()), Turn(cast(Role, match[2].lower()))]
            start = match.end()
        rest = text[start:]
        return [*found, Text(rest.lstrip() if found else rest)]


def _agreed(states: list[bool | None]) -> bool | None:
    return states[0] if len(set(states)) == 1 else None


# --- writing ----------------------------------------------------------------------------------------------------------


def write_body(block: Block) -> str:
    """The body of a prompt file."""
    writer = _Writer()
    writer.block(block, top=True)
    return writer.finished().strip("\n") + "\n"


@dataclass(slots=True)
class _Writer:
    """Text so far. A tag at the start of a line gets a line of its own where no white space of the text follows."""

    text: str = ""
    tag: str = ""
    """A tag whose end is not written yet: it depends on what follows."""

    def block(self, block: Block, *, top: bool = False) -> None:
        for index, node in enumerate(block):
            after = block[index + 1] if index + 1 < len(block) else None
            at_end = isinstance(after, Turn | Thread) or (after is None and top)
            self._node(node, top=top, before_tag=not at_end)

    def finished(self) -> str:
        self._write("\n")
        return self.text

    def _node(self, node: Node, *, top: bool, before_tag: bool) -> None:
        match node:
            case Turn(role):
                self._break(2 if top else 1)
                self._write(f"{role}:\n")
            case Thread(name):
                self._break(2 if top else 1)
                self._write(f"{{{{ {name} }}}}\n")
            case Text(text):
                self._write(_words(text, before_tag=before_tag))
            case Value(of):
                self._write(f"{{{{ {write_expression(of)} }}}}")
            case If(branches, otherwise):
                for number, (test, body) in enumerate(branches):
                    self._open(f"{'elif' if number else 'if'} {write_expression(test)}")
                    self.block(body)
                if otherwise:
                    self._open("else")
                    self.block(otherwise)
                self._open("endif")
            case For(name, over, body):
                self._open(f"for {name} in {write_expression(over)}")
                self.block(body)
                self._open("endfor")

    def _write(self, text: str) -> None:
        if self.tag:
            own_line = not text[:1].isspace() and self.text.endswith("\n")
            self.text += f"{{% {self.tag} -%}}\n" if own_line else f"{{% {self.tag} %}}"
            self.tag = ""
        self.text += text

    def _open(self, tag: str) -> None:
        if self.tag:
            self._write("")
        self.tag = tag

    def _break(self, lines: int) -> None:
        """So many line ends before what follows, where anything stands before it."""
        if self.tag:
            self._write("\n")
        missing = lines - (len(self.text) - len(self.text.rstrip("\n")))
        self.text += "\n" * max(0, missing)


_UNFINISHED = re.compile(r"^[ \t]*(?:#[ \t]*)?(system|user|assistant)[ \t]*\Z", re.IGNORECASE | re.MULTILINE)


def _words(text: str, *, before_tag: bool) -> str:
    """The author's words, none of which can be taken for a role line, not even with what follows."""
    roles = [match.span(2) for match in _ROLE_LINE.finditer(text)]
    if before_tag and (unfinished := _UNFINISHED.search(text)):
        roles.append(unfinished.span(1))
    pieces, start = "", 0
    for first, behind in roles:
        pieces += write_text(text[start:first], before_tag=True) + f"{{{{ {quoted(text[first:behind])} }}}}"
        start = behind
    return pieces + write_text(text[start:], before_tag=before_tag)
