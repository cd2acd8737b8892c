"""Handlebars to a tree of ours: `if`, `unless`, `each`, `ifEquals`, `role`, `history` and values.

Names are looked up as Handlebars does: in a loop without a named item they are the item's. Partials, `with`, other
helpers and calls in brackets are refused with their line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from chatbot.errors import PromptError, nearest
from chatbot.prompting.convert.handlebars_syntax import Branch, Conditional, Content, Piece, Tag, parse
from chatbot.prompting.convert.tree import (
    Block,
    Constant,
    Expression,
    For,
    If,
    Member,
    Name,
    Negation,
    Node,
    Operation,
    Role,
    Text,
    Thread,
    Turn,
    Value,
    merged,
)
from chatbot.prompting.prompt_file import PromptFile

ROLES: dict[str, Role] = {"system": "system", "user": "user", "model": "assistant", "assistant": "assistant"}

HISTORY = "history"
"""The thread that `{{history}}` stands for."""

_TESTS = ("if", "unless", "ifEquals", "unlessEquals")
_DATA = {"@index": "index0", "@first": "first", "@last": "last"}
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "undefined": None}


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop that a tag stands in: the item's name, and the names that its tag gives to item and index."""

    item: str
    given: bool
    index: str = ""


@dataclass(frozen=True, slots=True)
class _Reader:
    file: PromptFile
    losses: list[str] = field(default_factory=list)

    def block(self, pieces: Sequence[Piece], loops: tuple[_Loop, ...]) -> Block:
        return merged(tuple(node for piece in pieces for node in self.nodes(piece, loops)))

    def nodes(self, piece: Piece, loops: tuple[_Loop, ...]) -> list[Node]:
        match piece:
            case Content(text):
                return [Text(text)]
            case Conditional():
                return self.conditional(piece, loops)
            case Tag(()):
                return []
        return self.tag(piece, loops)

    def tag(self, tag: Tag, loops: tuple[_Loop, ...]) -> list[Node]:
        word, *rest = tag.words
        if word == "role" and len(rest) == 1:
            name = rest[0].strip("\"'")
            if name not in ROLES:
                raise self.error(tag, f"there is no role {name!r}", nearest(name, ROLES))
            return [Turn(ROLES[name])]
        if word == HISTORY and not rest:
            return [Thread(HISTORY)]
        if word in ("media", "section"):
            self.losses.append(f"{{{{{' '.join(tag.words)}}}}}, for which there is nothing here")
            return []
        if rest or word[0] in ">(":
            raise self.error(
                tag, f"{{{{{' '.join(tag.words)}}}}} is not taken", "there are role, history and plain values"
            )
        return [Value(self.path(word, tag, loops))]

    def conditional(self, block: Conditional, loops: tuple[_Loop, ...]) -> list[Node]:
        first = block.branches[0]
        if first.tag.words[0] == "#each":
            return [self.loop(block, loops)]
        branches: list[tuple[Expression, Block]] = []
        otherwise: Block = ()
        for branch in block.branches:
            words = branch.tag.words
            if words == ("else",):
                otherwise = self.block(branch.body, loops)
                continue
            name, given = (words[0][1:], words[1:]) if branch is first else (words[1], words[2:])
            branches.append((self.test(name, given, branch.tag, loops), self.block(branch.body, loops)))
        return [If(tuple(branches), otherwise)]

    def test(self, name: str, given: tuple[str, ...], tag: Tag, loops: tuple[_Loop, ...]) -> Expression:
        if name not in _TESTS or len(given) != (2 if name.endswith("Equals") else 1):
            hint = nearest(name, (*_TESTS, "each"))
            raise self.error(tag, f"{{{{#{' '.join((name, *given))}}}}} is not taken", hint)
        values = [self.operand(word, tag, loops) for word in given]
        match name:
            case "if":
                return values[0]
            case "unless":
                return Negation(values[0])
        return Operation("==" if name == "ifEquals" else "!=", values[0], values[1])

    def loop(self, block: Conditional, loops: tuple[_Loop, ...]) -> Node:
        first, *others = block.branches
        words = first.tag.words
        if len(words) not in (2, 4) or (len(words) == 4 and words[2] != "as"):
            raise self.error(first.tag, "a loop is {{#each LIST}} or {{#each LIST as |ITEM|}}")
        names = words[3].strip("|").split() if len(words) == 4 else []
        over = self.path(words[1], first.tag, loops)
        item = names[0] if names else self.unused("item", loops)
        inside = _Loop(item, bool(names), names[1] if len(names) > 1 else "")
        loop = For(item, over, self.block(first.body, (*loops, inside)))
        otherwise = self._empty(others, loops)
        return If(((over, (loop,)),), otherwise) if otherwise else loop

    def _empty(self, others: Sequence[Branch], loops: tuple[_Loop, ...]) -> Block:
        if len(others) > 1 or (others and others[0].tag.words != ("else",)):
            raise self.error(others[0].tag, "a loop has one else at most")
        return self.block(others[0].body, loops) if others else ()

    def unused(self, name: str, loops: tuple[_Loop, ...]) -> str:
        taken = {loop.item for loop in loops}
        number = 1
        while name in taken or re.search(rf"\b{name}\b", self.file.body):
            number += 1
            name = f"item_{number}"
        return name

    def operand(self, word: str, tag: Tag, loops: tuple[_Loop, ...]) -> Expression:
        if word[0] in "\"'":
            return Constant(re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL))
        if word in _LITERALS:
            return Constant(_LITERALS[word])
        if re.fullmatch(r"-?[0-9]+", word):
            return Constant(int(word))
        if re.fullmatch(r"-?[0-9]+\.[0-9]+", word):
            return Constant(float(word))
        return self.path(word, tag, loops)

    def path(self, word: str, tag: Tag, loops: tuple[_Loop, ...]) -> Expression:
        """What a path leads to from inside of these loops."""
        if word.startswith("@root."):
            return self.path(word.removeprefix("@root."), tag, ())
        if word in _DATA and loops:
            return Member(Name("loop"), Constant(_DATA[word]))
        while word.startswith("../") and loops:
            word, loops = word.removeprefix("../"), loops[:-1]
        keys = [key.strip("[]") for key in re.findall(r"\[[^\]]*\]|[^./\[\]]+", word.removeprefix("./"))]
        if (word[0] in "@." and word not in (".", "./") and not word.startswith("./")) or "(" in word or "=" in word:
            raise self.error(tag, f"{word} is not taken", "there are names, a.b, this, @root, @index, @first and @last")
        return self._looked_up(keys if word != "." else ["this"], tag, loops)

    def _looked_up(self, keys: list[str], tag: Tag, loops: tuple[_Loop, ...]) -> Expression:
        if not keys:
            raise self.error(tag, "an empty name")
        for loop in reversed(loops):
            if loop.given and keys[0] == loop.item:
                return _members(Name(loop.item), keys[1:])
            if loop.index and keys == [loop.index]:
                return Member(Name("loop"), Constant("index0"))
        if keys[0] == "this":
            if loops:
                return _members(Name(loops[-1].item), keys[1:])
            if len(keys) == 1:
                raise self.error(tag, "this is all inputs at once here, which is not taken")
            keys = keys[1:]
        elif loops:
            return _members(Name(loops[-1].item), keys)
        if not keys[0].isidentifier():
            raise self.error(tag, f"no input can be named {keys[0]!r}")
        return _members(Name(keys[0]), keys[1:])

    def error(self, tag: Tag, message: str, hint: str = "") -> PromptError:
        return self.file.body_error(tag.line, message, hint=hint)


def _members(owner: Expression, keys: Sequence[str]) -> Expression:
    for key in keys:
        owner = Member(owner, Constant(int(key) if key.isdecimal() and key.isascii() else key))
    return owner


def read_handlebars(file: PromptFile) -> tuple[Block, tuple[str, ...]]:
    """The body of a file, and what of it was lost. Raises PromptError with the line of what is not taken."""
    reader = _Reader(file)
    return reader.block(parse(file), ()), tuple(reader.losses)
