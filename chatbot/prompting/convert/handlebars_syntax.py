r"""Handlebars as its own tree: texts, tags and blocks, with the white space that the language removes removed.

The rules are those of Handlebars 4: a tag that opens, parts or closes a block, and a comment, take their line with them
where nothing else stands on it; `~` takes all white space on its side; `\{{` is text. What stands in a tag is only cut
into words here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from chatbot.prompting.prompt_file import PromptFile

MAX_DEPTH = 50
"""Blocks within each other."""


@dataclass(slots=True)
class Content:
    """Text; `original` is what stood in the file."""

    text: str
    original: str


@dataclass(frozen=True, slots=True)
class Tag:
    """What stands between braces, cut into words; `left` and `right` say that it takes the white space there."""

    words: tuple[str, ...]
    line: int
    left: bool = False
    right: bool = False


@dataclass(slots=True)
class Branch:
    """A tag that begins a part of a block (the opening one, or an else), and the part."""

    tag: Tag
    body: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Conditional:
    """A block: its branches, the first of which has the tag that opens it, and the tag that closes it."""

    branches: list[Branch]
    closing: Tag | None = None


Piece: TypeAlias = Content | Tag | Conditional

_WORD = re.compile(r"""\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\|[^|]*\||[^\s"'|=]+=?)""", re.DOTALL)


def parse(file: PromptFile) -> list[Piece]:
    """The body of a file. Raises PromptError with the line of what is no Handlebars."""
    root: list[Piece] = []
    open_blocks: list[Conditional] = []
    body = root
    for piece in _lexed(file):
        if (
            isinstance(piece, Content)
            or not piece.words
            or (piece.words[0][0] not in "#/^" and piece.words[0] != "else")
        ):
            body.append(piece)
            continue
        word = piece.words[0]
        if word[0] == "#":
            block = Conditional([Branch(piece)])
            body.append(block)
            open_blocks.append(block)
            if len(open_blocks) > MAX_DEPTH:
                raise file.body_error(piece.line, f"blocks are nested more than {MAX_DEPTH} levels deep")
        elif not open_blocks:
            raise file.body_error(piece.line, f"{{{{{word}}}}} belongs to no block")
        elif word[0] == "/":
            opened = open_blocks.pop()
            name = opened.branches[0].tag.words[0][1:]
            if word[1:] != name:
                raise file.body_error(piece.line, f"{{{{{word}}}}} closes {{{{#{name}}}}}")
            opened.closing = piece
        else:
            open_blocks[-1].branches.append(Branch(piece))
        body = open_blocks[-1].branches[-1].body if open_blocks else root
    if open_blocks:
        tag = open_blocks[-1].branches[0].tag
        raise file.body_error(tag.line, f"{{{{{tag.words[0]}}}}} is not closed")
    _trim(root, is_root=True)
    return root


def _lexed(file: PromptFile) -> Iterator[Content | Tag]:
    text, at = file.body, 0
    escaped = False
    while at < len(text):
        found = text.find("{{", at + 2 if escaped else at)
        if escaped:
            slashes = re.compile(r"\\{1,2}\{\{").search(text, at + 2)
            stop = min(each for each in (found, slashes.start() if slashes else -1, len(text)) if each >= 0)
            yield Content(text[at:stop], text[at:stop])
            at, escaped = stop, False
            continue
        before = text[at:] if found < 0 else text[at:found]
        escaped = found >= 0 and before.endswith("\\") and not before.endswith("\\\\")
        if found >= 0 and before.endswith("\\"):
            before = before[:-1]
        if before:
            yield Content(before, before)
        if found < 0:
            return
        if escaped:
            at = found
            continue
        tag, at = _tag(file, found)
        yield tag


def _tag(file: PromptFile, start: int) -> tuple[Tag, int]:
    """The tag that begins at an offset, and the offset behind it. A comment has no words."""
    text = file.body
    line = text.count("\n", 0, start) + 1
    if text.startswith("{{{{", start):
        raise file.body_error(line, "raw blocks are not taken", hint="write \\{{ for braces in the text")
    comment = re.compile(r"\{\{(~?)!(?:--.*?--(~?)\}\}|.*?(~?)\}\})", re.DOTALL).match(text, start)
    if comment:
        return Tag((), line, bool(comment[1]), bool(comment[2] or comment[3])), comment.end()
    opening, closing = ("{{{", "}}}") if text.startswith("{{{", start) else ("{{", "}}")
    found = re.compile(
        r"""(~?)[&]?\s*((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\[[^\]]*\]|[^"'~}])*?)\s*(~?)""" + re.escape(closing)
    ).match(text, start + len(opening))
    if not found:
        raise file.body_error(line, "a tag is not closed, or holds what is not understood")
    words = tuple(_words(found[2]))
    if not words:
        raise file.body_error(line, "an empty tag")
    if words[0] in "#/^" and len(words) > 1:
        words = (words[0] + words[1], *words[2:])
    if words[0] == "^":
        words = ("else",)
    return Tag(words, line, bool(found[1]), bool(found[3])), found.end()


def _words(text: str) -> Iterator[str]:
    at = 0
    while match := _WORD.match(text, at):
        at = match.end()
        word = match[1]
        while word.count("[") > word.count("]") and at < len(text):  # a name in brackets may hold spaces
            end = text.find("]", at)
            end = len(text) if end < 0 else end + 1
            word, at = word + text[at:end], end
        yield word
    if rest := text[at:].strip():
        yield rest


# --- white space ------------------------------------------------------------------------------------------------------


def _trim(body: list[Piece], *, is_root: bool = False) -> None:
    """Removes the white space that tags take with them, inner blocks first, as Handlebars does."""
    for index, piece in enumerate(body):
        match piece:
            case Conditional():
                for branch in piece.branches:
                    _trim(branch.body)
                _trim_block(body, index, piece, is_root=is_root)
            case Tag():
                if not piece.words and _blank_before(body, index, is_root) and _blank_behind(body, index, is_root):
                    _cut_right(body, index + 1)
                    _cut_left(body, index - 1)
                _take(piece, body, index - 1, body, index + 1)


def _trim_block(body: list[Piece], index: int, block: Conditional, *, is_root: bool) -> None:
    assert block.closing is not None
    first, last = block.branches[0], block.branches[-1]
    opens = _blank_before(body, index, is_root) and _blank_behind(first.body, -1, False)
    closes = _blank_before(last.body, len(last.body), False) and _blank_behind(body, index, is_root)
    for branch, following in zip(block.branches, block.branches[1:], strict=False):
        if _blank_before(branch.body, len(branch.body), False) and _blank_behind(following.body, -1, False):
            _cut_left(branch.body, len(branch.body) - 1)
            _cut_right(following.body, 0)
        _take(following.tag, branch.body, len(branch.body) - 1, following.body, 0)
    if opens:
        _cut_left(body, index - 1)
        _cut_right(first.body, 0)
    if closes:
        _cut_left(last.body, len(last.body) - 1)
        _cut_right(body, index + 1)
    _take(first.tag, body, index - 1, first.body, 0)
    _take(block.closing, last.body, len(last.body) - 1, body, index + 1)


def _take(tag: Tag, before: list[Piece], left: int, behind: list[Piece], right: int) -> None:
    """What `~` removes."""
    if tag.left and (content := _content(before, left)):
        content.text = content.text.rstrip()
    if tag.right and (content := _content(behind, right)):
        content.text = content.text.lstrip()


def _content(body: list[Piece], index: int) -> Content | None:
    piece = body[index] if 0 <= index < len(body) else None
    return piece if isinstance(piece, Content) else None


def _blank_before(body: list[Piece], index: int, is_root: bool) -> bool:
    if index == 0:
        return is_root
    content = _content(body, index - 1)
    if content is None:
        return False
    at_start = is_root and index == 1
    return bool(re.search(r"(^|\n)\s*?\Z" if at_start else r"\n\s*?\Z", content.original))


def _blank_behind(body: list[Piece], index: int, is_root: bool) -> bool:
    if index + 1 >= len(body):
        return is_root
    content = _content(body, index + 1)
    if content is None:
        return False
    at_end = is_root and index + 2 >= len(body)
    return bool(re.match(r"\s*?(\n|\Z)" if at_end else r"\s*?\n", content.original))


def _cut_left(body: list[Piece], index: int) -> None:
    if content := _content(body, index):
        content.text = re.sub(r"[ \t]+\Z", "", content.text)


def _cut_right(body: list[Piece], index: int) -> None:
    if content := _content(body, index):
        content.text = re.sub(r"\A[ \t]*\n?", "", content.text)
