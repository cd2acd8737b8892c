"""The body of a prompt file as turns of words and slots, without any values: what a reader sees who reads the file.

Both arms of an `if` and the body of a loop stand in it once, in the order of the file. Lines are those of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, count
from typing import cast

from jinja2 import Environment, nodes

from chatbot.messages import Role
from chatbot.prompting.inputs import Input
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.roles import ROLE_LINE

Arms = tuple[tuple[int, int], ...]
"""The arms of `if` blocks that something stands in: number of the block, number of the arm."""


@dataclass(frozen=True, slots=True)
class Words:
    """The author's own text."""

    text: str
    line: int
    arms: Arms = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in which a value will stand."""

    name: str
    """The input from which the value comes, be it by way of a loop; empty for none."""
    written: str
    """As the file has it: `passage.text`."""
    line: int
    arms: Arms = ()
    guarded: bool = False
    """An `if` or the filter `default` takes care of a value that is not given."""
    looped: bool = False

    @property
    def text(self) -> str:
        """How it stands in the text of its turn."""
        return f"{{{{ {self.written} }}}}"

    @property
    def member(self) -> str:
        """What of the value is shown: `text` of `passage.text`; empty for the whole."""
        return self.written.rpartition(".")[2] if "." in self.written else ""


Part = Words | Slot


@dataclass(frozen=True, slots=True)
class Turn:
    """What stands between two role lines, or a thread by itself."""

    role: Role | None
    """None for a thread."""
    line: int
    """Of the role line, or of the first text where there is none."""
    parts: tuple[Part, ...]
    marked: bool = True
    """The file has a role line for it; text before the first one is the system's without any."""

    @property
    def text(self) -> str:
        """Words and slots in one."""
        return "".join(part.text for part in self.parts)

    @property
    def words(self) -> str:
        """The author's text alone."""
        return "".join(part.text for part in self.parts if isinstance(part, Words))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots alone."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    def at(self, offset: int) -> Part:
        """The part in which a character of `text` stands."""
        return self.parts[self._index(offset)[0]]

    def line_at(self, offset: int) -> int:
        """The line of a character of `text`."""
        index, start = self._index(offset)
        part = self.parts[index]
        return part.line + (part.text.count("\n", 0, offset - start) if isinstance(part, Words) else 0)

    def around(self, slot: Slot) -> tuple[str, str]:
        """The text before a slot of this turn, and the text behind it."""
        index = next(number for number, part in enumerate(self.parts) if part is slot)
        return (
            "".join(part.text for part in self.parts[:index]),
            "".join(part.text for part in self.parts[index + 1 :]),
        )

    def _index(self, offset: int) -> tuple[int, int]:
        starts = list(accumulate((len(part.text) for part in self.parts), initial=0))
        index = max(number for number, start in enumerate(starts[:-1]) if start <= offset)
        return index, starts[index]


def parse(file: PromptFile) -> nodes.Template:
    """The tree of a body. Raises jinja2.TemplateSyntaxError, ValueError or RecursionError for what cannot be read."""
    return Environment(keep_trailing_newline=True, autoescape=False).parse(file.body)  # noqa: S701  # parsed only


def outline(file: PromptFile, inputs: Mapping[str, Input]) -> tuple[Turn, ...]:
    """The turns of a body that was found good."""
    parts = list(_Reader(file.body_line - 1).block(parse(file).body, _Place({name: name for name in inputs})))
    threads = {name for name, declared in inputs.items() if declared.kind == "thread"}
    return tuple(_turns(parts, threads))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree the reader is."""

    names: Mapping[str, str]
    """For each name the input that it stands for."""
    arms: Arms = ()
    tested: frozenset[str] = frozenset()
    looped: bool = False


@dataclass(frozen=True, slots=True)
class _Reader:
    before: int
    """Lines of the file before the body."""
    blocks: Iterator[int] = field(default_factory=count)

    def block(self, body: Sequence[nodes.Node], place: _Place) -> Iterator[Part]:
        for node in body:
            match node:
                case nodes.Output():
                    yield from self.block(node.nodes, place)
                case nodes.TemplateData():
                    yield Words(node.data, node.lineno + self.before, place.arms)
                case nodes.If():
                    yield from self._if(node, place)
                case nodes.For():
                    yield from self._for(node, place)
                case nodes.Expr():
                    yield self._slot(node, place)

    def _if(self, node: nodes.If, place: _Place) -> Iterator[Part]:
        number = next(self.blocks)
        tests = [branch.test for branch in (node, *node.elif_)]
        tested = place.tested | {name.name for test in tests for name in _names(test)}
        for arm, body in enumerate([node.body, *(branch.body for branch in node.elif_), node.else_]):
            yield from self.block(body, replace(place, arms=(*place.arms, (number, arm)), tested=tested))

    def _for(self, node: nodes.For, place: _Place) -> Iterator[Part]:
        source = next((place.names.get(name.name, "") for name in _names(node.iter)), "")
        names = {**place.names, cast(nodes.Name, node.target).name: source}
        yield from self.block(node.body, replace(place, names=names, looped=True))

    def _slot(self, node: nodes.Expr, place: _Place) -> Slot:
        filters = {each.name for each in node.find_all(nodes.Filter)} | {getattr(node, "name", "")}
        root = next((name.name for name in _names(node)), "")
        return Slot(
            place.names.get(root, ""),
            _written(node),
            node.lineno + self.before,
            place.arms,
            guarded="default" in filters or root in place.tested,
            looped=place.looped,
        )


def _names(node: nodes.Node) -> list[nodes.Name]:
    return [node] if isinstance(node, nodes.Name) else list(node.find_all(nodes.Name))


def _written(node: nodes.Node | None) -> str:
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{_written(node.node)}.{node.attr}"
        case nodes.Getitem(arg=nodes.Const(value=key)):
            return f"{_written(node.node)}.{key}"
        case nodes.Filter():
            return _written(node.node)
        case nodes.Const():
            return repr(node.value)
    return "…"


def _turns(parts: Sequence[Part], threads: set[str]) -> Iterator[Turn]:
    """The parts, cut at role lines and threads; role lines are read as in `chatbot.prompting.roles`."""
    turn = Turn("system", parts[0].line if parts else 1, (), marked=False)
    for index, part in enumerate(parts):
        if isinstance(part, Slot):
            if part.name in threads and not part.looped:
                yield from _kept(turn)
                yield Turn(None, part.line, (part,))
                turn = Turn("system", part.line, (), marked=False)
            else:
                turn = replace(turn, parts=(*turn.parts, part))
            continue
        start = 0
        for match in ROLE_LINE.finditer(part.text):
            before = parts[index - 1] if index and match.start() == 0 else None
            after = parts[index + 1] if index + 1 < len(parts) and match.end() == len(part.text) else None
            if isinstance(after, Slot) or not (before is None or before.text.endswith("\n")):
                continue
            yield from _kept(_with(turn, part, start, match.start()))
            line = part.line + part.text.count("\n", 0, match.start(1))
            turn, start = Turn(cast(Role, match[1].lower()), line, ()), match.end()
        turn = _with(turn, part, start, len(part.text))
    yield from _kept(turn)


def _with(turn: Turn, part: Words, start: int, end: int) -> Turn:
    if start == end:
        return turn
    words = replace(part, text=part.text[start:end], line=part.line + part.text.count("\n", 0, start))
    return replace(turn, parts=(*turn.parts, words))


def _kept(turn: Turn) -> Iterator[Turn]:
    if turn.slots or turn.words.strip():
        yield turn
