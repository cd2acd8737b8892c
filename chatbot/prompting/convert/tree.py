"""A prompt's body as a tree that belongs to no template language: text, values, conditions, loops, turns and threads.

Every format is read into it and written from it. It holds the portable templates of this program and nothing else, so
a format that can say more is refused, or loses something, where it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, TypeAlias, cast

Role: TypeAlias = Literal["system", "user", "assistant"]

ROLES: tuple[Role, ...] = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, number, truth value or null, written out."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """An input, or the item of a loop."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """What a table has under a key, or a list at an index."""

    owner: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class Filtered:
    """A value changed by a filter."""

    filter: str
    subject: Expression
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Negation:
    """The opposite of a truth value."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    """Two values and what stands between them: and, or, in, not in, or a comparison."""

    operator: str
    left: Expression
    right: Expression


Expression: TypeAlias = Constant | Name | Member | Filtered | Negation | Operation


@dataclass(frozen=True, slots=True)
class Text:
    """The author's words."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value in its place."""

    of: Expression


@dataclass(frozen=True, slots=True)
class If:
    """The first branch whose test holds, or else `otherwise`."""

    branches: tuple[tuple[Expression, Block], ...]
    otherwise: Block = ()


@dataclass(frozen=True, slots=True)
class For:
    """A body for each item."""

    name: str
    over: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class Turn:
    """Here a message of this role begins."""

    role: Role


@dataclass(frozen=True, slots=True)
class Thread:
    """Here the messages of a thread stand, and no message goes on behind them."""

    name: str


Node: TypeAlias = Text | Value | If | For | Turn | Thread
Block: TypeAlias = tuple[Node, ...]


def merged(nodes: Iterator[Node] | Block) -> Block:
    """The nodes with neighbouring texts joined and empty ones left out."""
    kept: list[Node] = []
    for is_text, group in groupby(nodes, lambda node: isinstance(node, Text)):
        if not is_text:
            kept += group
        elif text := "".join(cast(Text, node).text for node in group):
            kept.append(Text(text))
    return tuple(kept)


def folded(block: Block) -> Block:
    """The block with texts that stand in it as constants made a part of the author's words.

    Those with white space at an end stay what they are: at the end of a message it would be taken for the author's, and
    removed.
    """

    def one(node: Node) -> Node:
        match node:
            case Value(Constant(str() as text)) if text == text.strip():
                return Text(text)
            case If(branches, otherwise):
                return If(tuple((test, folded(body)) for test, body in branches), folded(otherwise))
            case For(_, _, body):
                return replace(node, body=folded(body))
        return node

    return merged(tuple(map(one, block)))


def tidied(block: Block) -> Block:
    """A whole body without what no message shows: white space at the ends of messages, and turns that are empty."""
    nodes = list(merged(block))
    for index, node in enumerate(nodes):
        if isinstance(node, Text):
            opens = index == 0 or isinstance(nodes[index - 1], Turn | Thread)
            closes = index == len(nodes) - 1 or isinstance(nodes[index + 1], Turn | Thread)
            text = node.text.lstrip() if opens else node.text
            nodes[index] = Text(text.rstrip() if closes else text)
    nodes = [node for node in nodes if node != Text("")]
    follows = [*nodes[1:], Turn("user")]
    return tuple(
        node
        for node, after in zip(nodes, follows, strict=False)
        if not (isinstance(node, Turn) and isinstance(after, Turn | Thread))
    )


def mapped(block: Block, change: Callable[[Expression], Expression]) -> Block:
    """The block with every outermost expression changed."""

    def one(node: Node) -> Node:
        match node:
            case Value(of):
                return Value(change(of))
            case If(branches, otherwise):
                changed = tuple((change(test), mapped(body, change)) for test, body in branches)
                return If(changed, mapped(otherwise, change))
            case For(_, over, body):
                return replace(node, over=change(over), body=mapped(body, change))
        return node

    return tuple(map(one, block))


def inner(node: Node) -> tuple[Block, ...]:
    """The blocks in a node."""
    match node:
        case If(branches, otherwise):
            return (*(body for _, body in branches), otherwise)
        case For(_, _, body):
            return (body,)
    return ()


def walk(block: Block) -> Iterator[Node]:
    """All nodes, at any depth."""
    for node in block:
        yield node
        for part in inner(node):
            yield from walk(part)


def expressions(block: Block) -> Iterator[Expression]:
    """The outermost expressions of all nodes."""
    for node in walk(block):
        match node:
            case Value(of):
                yield of
            case If(branches):
                yield from (test for test, _ in branches)
            case For(_, over):
                yield over


def parts(expression: Expression) -> Iterator[Expression]:
    """An expression and all in it."""
    yield expression
    match expression:
        case Member(owner, key):
            within: tuple[Expression, ...] = (owner, key)
        case Filtered(_, subject, arguments):
            within = (subject, *arguments)
        case Negation(of):
            within = (of,)
        case Operation(_, left, right):
            within = (left, right)
        case _:
            within = ()
    for part in within:
        yield from parts(part)


def makes_messages(node: Node) -> bool:
    """Whether turns or threads stand in a node: then whole messages depend on a condition, or are repeated."""
    return any(isinstance(each, Turn | Thread) for block in inner(node) for each in walk(block))


def free_names(block: Block, bound: frozenset[str] = frozenset({"loop"})) -> list[str]:
    """The inputs a block needs, each once, in the order in which they stand."""
    found: dict[str, None] = {}

    def note(expression: Expression, bound: frozenset[str]) -> None:
        found.update(
            (part.name, None) for part in parts(expression) if isinstance(part, Name) and part.name not in bound
        )

    def visit(block: Block, bound: frozenset[str]) -> None:
        for node in block:
            match node:
                case Value(of):
                    note(of, bound)
                case Thread(name):
                    found[name] = None
                case If(branches, otherwise):
                    for test, body in branches:
                        note(test, bound)
                        visit(body, bound)
                    visit(otherwise, bound)
                case For(name, over, body):
                    note(over, bound)
                    visit(body, bound | {name})

    visit(block, bound)
    return list(found)
