r"""A tree to Handlebars, as dotprompt takes it. Braces and backslashes in the author's words come out as they are.

Handlebars removes a line on which a tag of a block stands alone, so one at the start of a line gets the rest of that
line for itself; where that cannot be relied on, an empty comment stands before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chatbot.prompting.convert.jinja_text import write_expression
from chatbot.prompting.convert.tree import (
    Block,
    Constant,
    Expression,
    Filtered,
    For,
    If,
    Member,
    Name,
    Negation,
    Node,
    Operation,
    Text,
    Thread,
    Turn,
    Value,
    parts,
)

TITLE = "dotprompt"

RESERVED = frozenset(
    "role history json media section if unless each with lookup log ifEquals unlessEquals helperMissing "
    "blockHelperMissing else this as true false null undefined".split()
)
"""Names that mean something in a tag of their own."""

_ROLES = {"system": "system", "user": "user", "assistant": "model"}


def write_handlebars(block: Block) -> tuple[str, tuple[str, ...]]:
    """The template, and what of the tree it cannot say."""
    writer = _Writer()
    writer.block(block, ())
    return writer.text, tuple(dict.fromkeys(writer.losses))


@dataclass(slots=True)
class _Writer:
    text: str = ""
    tagged: int = 0
    """How long the text was when a tag ended it last."""
    losses: list[str] = field(default_factory=list)

    def block(self, block: Block, bound: tuple[str, ...]) -> None:
        for node in block:
            self.node(node, bound)

    def node(self, node: Node, bound: tuple[str, ...]) -> None:
        match node:
            case Text(text):
                self._words(text)
            case Value(of):
                self._value(of, bound)
            case Turn(role):
                self._marker(f'{{{{role "{_ROLES[role]}"}}}}\n')
            case Thread():
                self._marker("{{history}}\n")
            case If(branches, otherwise):
                self._if(branches, otherwise, bound)
            case For(name, over, body):
                self._for(name, over, body, bound)

    def _words(self, text: str) -> None:
        if text.startswith("}") and self.text.endswith("}}") and self.tagged == len(self.text):
            self.text = f"{self.text[:-2]}~}}}} "  # three braces would close a tag of three
        if text.startswith("{") and self.text.endswith("{") and not self._ends_escaped():
            self.text += " {{~!}}"
        for index, part in enumerate(re.split(r"(\{\{)", text)):
            if index % 2 == 0:
                self.text += part
            elif self.text.endswith("\\"):
                self.text += " {{~!}}\\{{"  # \\{{ would be a backslash and a tag
            else:
                self.text += "\\{{"

    def _tag(self, inner: str) -> None:
        """A tag, kept apart from a brace or backslashes before it."""
        if self.text.endswith("{") and not self._ends_escaped():
            self.text += f" {{{{~{inner}}}}}"
        else:
            self.text += "\\" if self.text.endswith("\\") else ""
            self.text += f"{{{{{inner}}}}}"
        self.tagged = len(self.text)

    def _ends_escaped(self) -> bool:
        return bool(re.search(r"(?<!\\)\\\{\{\Z", self.text))

    def _marker(self, marker: str) -> None:
        if self.text:
            self.text += "\n" * (2 - (self.text[-2:].count("\n") if self.text.endswith("\n") else 0))
        self.text += marker

    def _value(self, of: Expression, bound: tuple[str, ...]) -> None:
        match of:
            case Constant(value):
                self._words(("true" if value else "false") if isinstance(value, bool) else str(value))
                return
            case Filtered(name, subject):
                self.losses.append(f"the filter `{name}` on `{write_expression(subject)}`: {TITLE} has none")
                self._value(subject, bound)
                return
        path = _path(of, bound)
        if path is None:
            names = [part for part in parts(of) if isinstance(part, Name) and part.name != "loop"]
            self.losses.append(f"the expression `{write_expression(of)}`: {TITLE} has no such")
            path = _path(names[0], bound) if names else None
        if path is not None:
            self._tag(path)

    def _block_tag(self, inner: str, *, alone: bool) -> None:
        """A tag of a block; `alone` says that it may have a line for itself."""
        blank = re.search(r"(?:\A|\n)[ \t]*\Z", self.text)
        if not blank:
            self._tag(inner)
        elif alone and not blank[0].strip("\n"):
            self.text += f"{{{{{inner}}}}}\n"
        else:
            self.text += f"{{{{!}}}}{{{{{inner}}}}}"
            self.tagged = len(self.text)

    def _if(self, branches: tuple[tuple[Expression, Block], ...], otherwise: Block, bound: tuple[str, ...]) -> None:
        test, body = branches[0]
        if isinstance(test, Operation) and test.operator == "and" and len(branches) == 1 and not otherwise:
            self._if(((test.left, (If(((test.right, body),)),)),), (), bound)
            return
        written: list[tuple[str, Block]] = []
        for test, body in branches:
            helper = _test(test, bound)
            if helper is None:
                self.losses.append(
                    f"the condition `{write_expression(test)}`: {TITLE} has no such, and it is taken as true"
                )
                otherwise = body
                break
            written.append((helper, body))
        if not written:
            self.block(otherwise, bound)
            return
        alone = len(written) == 1
        for index, (helper, body) in enumerate(written):
            self._block_tag(f"else {helper}" if index else f"#{helper}", alone=alone)
            self.block(body, bound)
        if otherwise:
            self._block_tag("else", alone=alone)
            self.block(otherwise, bound)
        self._block_tag(f"/{written[0][0].split()[0]}", alone=alone)

    def _for(self, name: str, over: Expression, body: Block, bound: tuple[str, ...]) -> None:
        path = _path(over, bound)
        if path is None:
            self.losses.append(f"the loop over `{write_expression(over)}`: {TITLE} loops over names alone")
            return
        self._block_tag(f"#each {path} as |{_item(name)}|", alone=True)
        self.block(body, (*bound, name))
        self._block_tag("/each", alone=True)


def _item(name: str) -> str:
    return f"{name}_item" if name in RESERVED else name


def _path(of: Expression, bound: tuple[str, ...]) -> str | None:
    """The path to a value; None where there is none."""
    match of:
        case Member(Name("loop"), Constant(key)) if bound:
            return {"index0": "@index", "first": "@first", "last": "@last"}.get(str(key))
        case Name(name) if name in bound:
            return _item(name)
        case Name(name):
            start = "@root." if bound else "this." if name in RESERVED else ""
            return f"{start}{_segment(name)}"
        case Member(owner, Constant(value=str() | int() as key)):
            path = _path(owner, bound)
            return None if path is None or "]" in str(key) else f"{path}.{_segment(str(key))}"
    return None


def _segment(key: str) -> str:
    return key if (key.isidentifier() and key not in RESERVED) or key.isdecimal() else f"[{key}]"


def _test(test: Expression, bound: tuple[str, ...]) -> str | None:
    """The helper that a condition is written with; None where there is none."""
    match test:
        case Negation(inner):
            path = _path(inner, bound)
            return None if path is None else f"unless {path}"
        case Operation(("==" | "!=") as operator, left, right):
            if (
                left == Member(Name("loop"), Constant("index"))
                and isinstance(right, Constant)
                and type(right.value) is int
            ):
                left, right = Member(Name("loop"), Constant("index0")), Constant(right.value - 1)
            operands = [_operand(left, bound), _operand(right, bound)]
            if None in operands:
                return None
            return f"{'ifEquals' if operator == '==' else 'unlessEquals'} {operands[0]} {operands[1]}"
    path = _path(test, bound)
    return None if path is None else f"if {path}"


def _operand(of: Expression, bound: tuple[str, ...]) -> str | None:
    match of:
        case Constant(value=str() as text):
            return '"' + text.replace('"', '\\"') + '"' if "\\" not in text else None
        case Constant(value=bool() as truth):
            return "true" if truth else "false"
        case Constant(None):
            return "null"
        case Constant(value=int() as number):
            return str(number)
        case Constant(value=float() as number) if re.fullmatch(r"-?[0-9]+\.[0-9]+", repr(number)):
            return repr(number)
        case Constant():
            return None
    return _path(of, bound)
