"""Bodies as lists of messages, for the formats in which a prompt is one.

A list has no messages that depend on a condition: those come out apart, so that a format can say what it drops. Foreign
messages are read here too, in the form that OpenAI made usual: `{role, content}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from chatbot.errors import nearest
from chatbot.prompting.convert.tree import Block, Node, Role, Text, Thread, Turn, makes_messages, tidied, walk
from chatbot.prompting.section import Section

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
}
"""Names of roles in the formats, and ours."""

ReadText: TypeAlias = Callable[[str, Section, str], Block]
"""A text in a section, under a key, as a block. Raises PromptError with its line."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    role: Role
    block: Block


def listed(body: Block) -> tuple[tuple[Said | Thread, ...], tuple[str, ...]]:
    """The messages of a body, and a sentence for each that could not be listed."""
    found: list[Said | Thread] = []
    losses: list[str] = []
    role: Role = "system"
    part: list[Node] = []

    def close() -> None:
        block = tidied(tuple(part))
        if block:
            found.append(Said(role, block))
        part.clear()

    for node in body:
        match node:
            case Turn():
                close()
                role = node.role
            case Thread():
                close()
                found.append(node)
            case _ if makes_messages(node):
                count = sum(isinstance(each, Turn | Thread) for each in walk((node,)))
                losses.append(f"{count} message{'s' if count > 1 else ''} that depend on a condition or a loop")
            case _:
                part.append(node)
    close()
    return tuple(found), tuple(losses)


def joined(messages: Sequence[Said | Thread]) -> Block:
    """The body that a list of messages makes."""
    nodes: list[Node] = []
    for each in messages:
        nodes += [each] if isinstance(each, Thread) else [Turn(each.role), *tidied(each.block)]
    return tidied(tuple(nodes))


def without_threads(messages: Sequence[Said | Thread], title: str) -> tuple[list[Said], list[str]]:
    """The messages that are written out, and a sentence for each place of earlier messages."""
    losses = [
        f"the place of the earlier messages `{each.name}`: {title} has none"
        for each in messages
        if isinstance(each, Thread)
    ]
    return [each for each in messages if isinstance(each, Said)], losses


def read_messages(part: Section, key: str, read: ReadText) -> tuple[list[Said], list[str]]:
    """The messages of a list `{role, content}` under a key, and what of them was lost.

    Raises PromptError with the line of what is no message.
    """
    found: list[Said] = []
    losses: list[str] = []
    for number, item in enumerate(part.items(key)):
        at = (*part.at, key, number)
        if not isinstance(item, Mapping):
            raise part.file.error("a message is a table of role and content", at=at)
        one = Section(part.file, item, at)
        role = one.text("role") or ""
        if role in ("tool", "function"):
            losses.append(f"message {number + 1}, which is the result of a tool")
            continue
        if role not in _ROLES:
            raise one.error(f"there is no role {role!r}", "role", hint=nearest(role, _ROLES))
        text, dropped = _content(one, number + 1)
        losses += [*dropped, *(f"what message {number + 1} says under `{odd}`" for odd in _odd(one))]
        block = tidied(read(text, one, "content"))
        if block:
            found.append(Said(_ROLES[role], block))
        else:
            losses.append(f"message {number + 1}, which is empty")
    return found, losses


def _odd(one: Section) -> list[str]:
    return [key for key, value in one.table.items() if key not in ("role", "content") and value]


def _content(one: Section, number: int) -> tuple[str, list[str]]:
    """The text of a message, and what beside text it holds."""
    if not isinstance(one.table.get("content"), list):
        return one.text("content") or "", []
    texts: list[str] = []
    losses: list[str] = []
    for item in cast(Sequence[object], one.table["content"]):
        if isinstance(item, Mapping) and isinstance(item.get("text"), str):
            texts.append(item["text"])
        else:
            losses.append(f"a part of message {number} that is no text")
    return "".join(texts), losses


def literal(text: str, part: Section, key: str) -> Block:
    """A text in which nothing is a template."""
    return (Text(text),) if text else ()
