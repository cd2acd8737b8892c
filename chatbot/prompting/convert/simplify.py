"""Bodies for formats that can insert a variable and nothing else: conditions, loops and filters become sentences."""

from __future__ import annotations

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
    Node,
    Text,
    Value,
    merged,
    parts,
)


def simplified(block: Block, title: str) -> tuple[Block, tuple[str, ...]]:
    """A block of texts and plain inputs, and what had to go; `title` names the format that has no more.

    A condition is taken as true, a loop becomes the one value it goes over.
    """
    simplifier = _Simplifier(title)
    return merged(tuple(simplifier.nodes(block))), tuple(dict.fromkeys(simplifier.losses))


@dataclass(frozen=True, slots=True)
class _Simplifier:
    title: str
    losses: list[str] = field(default_factory=list)

    def nodes(self, block: Block) -> list[Node]:
        return [found for node in block for found in self.one(node)]

    def one(self, node: Node) -> list[Node]:
        match node:
            case Value(of):
                return [self.value(of)]
            case If(branches):
                test, body = branches[0]
                self.losses.append(
                    f"the condition `{write_expression(test)}`: {self.title} has none, and it is taken as true"
                )
                return self.nodes(body)
            case For(_, over):
                self.losses.append(
                    f"the loop over `{write_expression(over)}`: {self.title} has none, and it is to be given as text"
                )
                return [self.value(over)]
        return [node]

    def value(self, of: Expression) -> Node:
        match of:
            case Name():
                return Value(of)
            case Constant(value):
                return Text(
                    {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
                )
            case Member():
                name = "_".join(str(part) for part in _path(of))
                self.losses.append(
                    f"`{write_expression(of)}`: {self.title} knows plain names, so it is to be given as `{name}`"
                )
                return Value(Name(name))
            case Filtered(name, subject):
                self.losses.append(f"the filter `{name}` on `{write_expression(subject)}`: {self.title} has none")
                return self.value(subject)
        names = [part for part in parts(of) if isinstance(part, Name)]
        self.losses.append(f"the expression `{write_expression(of)}`: {self.title} knows plain names")
        return Value(names[0]) if names else Text("")


def _path(of: Expression) -> list[object]:
    match of:
        case Member(owner, Constant(key)):
            return [*_path(owner), key]
        case Member(owner):
            return [*_path(owner), "item"]
        case Name(name):
            return [name]
    return []
