"""The one place that renders templates: to segments with provenance, never to one string.

Literal text of the template is the author's; what an expression puts in keeps the origin of its value. Roles are read in
literal text only, so no value can open a message. The sandbox allows the portable subset of Jinja2; loops and output are
bounded, because the sandbox alone lets them run on.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from chatbot.errors import PromptError
from chatbot.messages import Message, Origin, Role, Segment

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

ROLE_LINE = re.compile(r"^[ \t]*#?[ \t]*(system|user|assistant)[ \t]*:[ \t]*$", re.IGNORECASE | re.MULTILINE)

MAX_CHARACTERS = 4_000_000
MAX_STEPS = 200_000
"""Pieces of output; a loop makes at least one a round."""

TRUST: Sequence[Origin] = ("author", "user", "model", "tool", "document")
"""From the most to the least trusted."""


class _Tagged(str):
    """Text with an origin, on its way through the template."""

    __slots__ = ("origin",)
    origin: Origin

    def __str__(self) -> str:
        return self


class _Thread(str):
    """Stands where messages go."""

    __slots__ = ("messages",)
    messages: Sequence[Message]

    def __str__(self) -> str:
        return self


def render(body: str, values: Mapping[str, object], threads: Iterable[str], *, where: str) -> list[Message]:
    """The messages of a template. Raises PromptError, naming file and line."""
    import jinja2

    template = _template(body, where)
    tagged = {name: _thread(value) if name in set(threads) else _tag(value) for name, value in values.items()}
    least = max((o for value in tagged.values() for o in _origins(value)), key=TRUST.index, default="user")
    context = template.new_context(tagged)
    try:
        return list(_messages(_pieces(template.root_render_func(context), least, where)))
    except jinja2.TemplateError as error:
        raise PromptError(f"{where}: {error.message}", hint="declare the variable under inputs") from error
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise PromptError(f"{where}: {error}", hint="mend the expression") from error


def _pieces(rendered: Iterator[str], least: Origin, where: str) -> Iterator[Segment | _Thread]:
    size = 0
    for step, piece in enumerate(rendered):
        size += len(piece)
        if size > MAX_CHARACTERS or step > MAX_STEPS:
            raise PromptError(f"{where}: the prompt grows beyond all bounds", hint="shorten its loops or inputs")
        if isinstance(piece, _Thread):
            yield piece
        elif isinstance(piece, _Tagged):
            yield Segment(str.__str__(piece)[:], piece.origin if piece.origin != "author" else least)
        else:
            yield Segment(piece, "author")


def _messages(pieces: Iterable[Segment | _Thread]) -> Iterator[Message]:
    role: Role = "system"
    parts: list[Segment] = []
    for piece in pieces:
        if isinstance(piece, _Thread):
            yield from _message(role, parts)
            yield from piece.messages
            parts = []
        elif piece.origin != "author":
            parts.append(piece)
        else:
            position = 0
            for match in ROLE_LINE.finditer(piece.text):
                at_line_start = match.start() > 0 or not parts or parts[-1].text.endswith("\n")
                if not at_line_start:
                    continue
                parts.append(Segment(piece.text[position : match.start()], "author"))
                yield from _message(role, parts)
                role, parts, position = _role(match[1]), [], match.end()
            parts.append(Segment(piece.text[position:], "author"))
    yield from _message(role, parts)


def _role(name: str) -> Role:
    role: Role = next(role for role in get_args(Role) if role == name.lower())
    return role


def _message(role: Role, parts: list[Segment]) -> Iterator[Message]:
    """A message without the author's space at its ends, unless it is empty."""
    merged: list[Segment] = []
    for part in parts:
        if merged and merged[-1].origin == part.origin == "author":
            merged[-1] = Segment(merged[-1].text + part.text, "author")
        elif part.text:
            merged.append(part)
    if merged and merged[0].origin == "author":
        merged[0] = Segment(merged[0].text.lstrip(), "author")
    if merged and merged[-1].origin == "author":
        merged[-1] = Segment(merged[-1].text.rstrip(), "author")
    kept = tuple(part for part in merged if part.text)
    if kept:
        yield Message(role, kept)


def _tag(value: object) -> object:
    if isinstance(value, Segment):
        return _tagged(value.text, value.origin)
    if isinstance(value, str):
        return _tagged(value, "user")
    if isinstance(value, Mapping):
        return {key: _tag(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tag(item) for item in value]
    return value


def _thread(value: object) -> object:
    marker = _Thread("\0")
    marker.messages = tuple(value) if isinstance(value, list | tuple) else ()
    return marker


def _tagged(text: str, origin: Origin) -> _Tagged:
    tagged = _Tagged(text)
    tagged.origin = origin
    return tagged


def _origins(value: object) -> Iterator[Origin]:
    if isinstance(value, _Tagged):
        yield value.origin
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _origins(item)
    elif isinstance(value, list):
        for item in value:
            yield from _origins(item)


def _finalize(value: object) -> object:
    """What an expression puts in: never the author's. `author` marks text that lost its origin on the way."""
    if isinstance(value, _Tagged | _Thread):
        return value
    if isinstance(value, int | float):
        return str(value)  # a number can say nothing
    return _tagged("" if value is None else str(value), "author")


@functools.cache
def _template(body: str, where: str) -> Template:
    import jinja2

    environment = _environment()
    try:
        tree = environment.parse(body)
        for kind in ("Include", "Extends", "Import", "FromImport", "Macro", "Block", "CallBlock", "FilterBlock", "AssignBlock"):
            for node in tree.find_all(getattr(jinja2.nodes, kind)):
                raise PromptError(f"{where}: {kind.lower()} in line {node.lineno} of the body is not portable")
        return environment.from_string(body)
    except jinja2.TemplateSyntaxError as error:
        raise PromptError(f"{where}: {error.message}, line {error.lineno} of the body", hint="mend the template") from error


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment: Any = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, finalize=_finalize, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, optimized=False
    )
    environment.globals.clear()
    portable = {"upper", "lower", "trim", "join", "length", "default"}
    environment.filters = {name: work for name, work in environment.filters.items() if name in portable}
    made: ImmutableSandboxedEnvironment = environment
    return made
