"""Source code: the file as it stands, with the place of each function and class, at which it is split.

In: bytes, and the language. Python is read by its own parser; the other languages by how their definitions begin and
how far they are indented, which holds for all code that people lay out: see `definitions`. Refuses what is no text, and
code that was written by a program, as its lines of a thousand characters show.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from chatbot.anchors import Anchor
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.definitions import Definition, definitions
from chatbot.retrieval.formats.plain_text import text_of
from chatbot.retrieval.outline import LINE

_LONGEST_LINE = 1_000
"""Characters of a line on average; people write thirty."""


def convert(data: bytes, language: str) -> Converted:
    """The code with its functions and classes. Raises KnowledgeError."""
    text = text_of(data)
    lines = [match[0] for match in LINE.finditer(text)]
    starts = [match.start() for match in LINE.finditer(text)]
    if len(text) > _LONGEST_LINE * max(1, len(lines)):
        raise KnowledgeError("written by a program, as its long lines show")
    found = _of_python(text) if language == "python" else None
    if found is None:
        found = definitions(lines, language)
    return Converted(text, anchors=tuple(_anchors(found, lines, starts)), language=language)


def _of_python(text: str) -> list[Definition] | None:
    """The functions and classes of a Python file, outermost first; None where it is not valid Python of today."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # of strings with odd backslashes
            tree = ast.parse(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " "))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return list(_within(tree.body, "", is_class=False))


def _within(body: Sequence[ast.stmt], above: str, *, is_class: bool) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            kind = "class" if isinstance(node, ast.ClassDef) else "method" if is_class else "function"
            yield Definition(first - 1, node.end_lineno or node.lineno, kind, above + node.name)
            if kind == "class":  # a function within a function is a part of it
                yield from _within(node.body, f"{above}{node.name}.", is_class=True)
        elif isinstance(node, ast.If | ast.Try):
            yield from _within([*node.body, *node.orelse], above, is_class=is_class)


def _anchors(found: Sequence[Definition], lines: Sequence[str], starts: Sequence[int]) -> Iterator[Anchor]:
    """An anchor where a definition begins, and one where what is around it goes on."""
    open_: list[Definition] = []
    for definition in [*found, None]:
        begin = definition.first if definition else len(lines)
        while open_ and open_[-1].after <= begin:
            closed = open_.pop()
            around = open_[-1] if open_ else Definition(0, len(lines), "", "")
            if any(line.strip() for line in lines[closed.after : min(begin, around.after)]):
                yield Anchor(starts[closed.after], around.kind, around.name)
        if definition:
            open_.append(definition)
            yield Anchor(starts[definition.first], definition.kind, definition.name)
