"""Templates: the body of a prompt file as functions that write pieces, never a string.

What the author wrote, what was inserted and threads of messages come out as different kinds of pieces, so that roles
can be read in the author's text alone (`roles`). There are `{{ … }}`, `if`, `for` and comments; whatever else Jinja has
(include, extends, import, macro, set, block, call, filter and with blocks) is refused by name, with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes

from chatbot.errors import PromptError
from chatbot.prompting.budget import Budget
from chatbot.prompting.expressions import ExpressionReader, Scope
from chatbot.prompting.filters import shown
from chatbot.prompting.inputs import RESERVED
from chatbot.prompting.pieces import Inserted, Literal, Piece, Placed
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.text import Text, Thread, text_of

Emit = Callable[[Scope], Iterator[Piece]]

MAX_DEPTH = 100
"""Blocks and expressions within each other: no template that a person can read has as many, and Python's stack ends at
about a thousand calls, of which a level takes three."""


@dataclass(frozen=True, slots=True)
class Template:
    """A body that was read and found good."""

    emit: Emit

    def pieces(self, values: Mapping[str, object]) -> Iterator[Piece]:
        """The body with these values. Raises OverBudget, and PromptError for a value that does not fit its place."""
        return self.emit(Scope(values, Budget()))


def read_template(file: PromptFile, names: frozenset[str]) -> Template:
    """The body of a file, in which the inputs `names` may stand.

    Raises PromptError with the line of what Jinja cannot parse, or of what is not portable.
    """
    try:
        tree = Environment(keep_trailing_newline=True, autoescape=False).parse(file.body)  # noqa: S701  # parsed only
    except TemplateSyntaxError as error:
        raise file.body_error(error.lineno, f"the template is wrong: {error.message}") from error
    except ValueError as error:  # Python reads no number of more than some thousand digits
        raise file.body_error(1, "the template is wrong: it holds a number of too many digits") from error
    except RecursionError:
        raise _too_deep(file, 1) from None
    _check_depth(tree, file)
    return Template(_TemplateReader(file, ExpressionReader(file)).block(tree.body, names))


def _check_depth(tree: nodes.Template, file: PromptFile) -> None:
    """So that a template that was read can be rendered, however deep in a program's calls."""
    level: list[nodes.Node] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
    if level:
        raise _too_deep(file, level[0].lineno)


def _too_deep(file: PromptFile, line: int) -> PromptError:
    return file.body_error(line, f"the template is nested more than {MAX_DEPTH} levels deep")


@dataclass(frozen=True, slots=True)
class _TemplateReader:
    file: PromptFile
    expressions: ExpressionReader

    def block(self, body: Sequence[nodes.Node], known: frozenset[str]) -> Emit:
        emits = [self._statement(node, known) for node in body]

        def emit(scope: Scope) -> Iterator[Piece]:
            for part in emits:
                yield from part(scope)

        return emit

    def _statement(self, node: nodes.Node, known: frozenset[str]) -> Emit:
        match node:
            case nodes.Output():
                return self.block(node.nodes, known)
            case nodes.TemplateData():
                return _literal(node)
            case nodes.If():
                return self._if(node, known)
            case nodes.For():
                return self._for(node, known)
            case nodes.Expr():
                return self._insertion(node, known)
        word = _STATEMENTS.get(type(node).__name__, type(node).__name__.lower())
        hint = "there are {{ … }}, {% if %}, {% for %} and {# comments #}"
        raise self.file.body_error(node.lineno, f"{{% {word} %}} is not part of the portable templates", hint=hint)

    def _insertion(self, node: nodes.Expr, known: frozenset[str]) -> Emit:
        evaluate = self.expressions.value(node, self.expressions.read(node, known))

        def emit(scope: Scope) -> Iterator[Piece]:
            value = evaluate(scope)
            if isinstance(value, Thread):
                scope.budget.write(sum(len(message.text) for message in value.messages))
                yield Placed(value.messages, node.lineno)
                return
            try:
                yield Inserted(shown(value, scope.budget).parts, node.lineno)
            except TypeError as error:
                raise self.file.body_error(node.lineno, str(error)) from None

        return emit

    def _if(self, node: nodes.If, known: frozenset[str]) -> Emit:
        branches = [
            (self.expressions.read(branch.test, known), self.block(branch.body, known))
            for branch in (node, *node.elif_)
        ]
        otherwise = self.block(node.else_, known)

        def emit(scope: Scope) -> Iterator[Piece]:
            scope.budget.step()
            chosen = next((block for test, block in branches if test(scope)), otherwise)
            yield from chosen(scope)

        return emit

    def _for(self, node: nodes.For, known: frozenset[str]) -> Emit:
        if node.test or node.recursive or node.else_ or not isinstance(node.target, nodes.Name):
            message = "a portable loop is {% for NAME in LIST %} … {% endfor %}, without if, else or recursion"
            raise self.file.body_error(node.lineno, message)
        name = node.target.name
        if name in RESERVED:
            raise self.file.body_error(node.lineno, f"{name!r} means something in templates; name the items otherwise")
        sequence = self.expressions.value(node, self.expressions.read(node.iter, known))
        body = self.block(node.body, known | {name, "loop"})

        def emit(scope: Scope) -> Iterator[Piece]:
            items = self._items(sequence(scope), node.lineno)
            for index, item in enumerate(items):
                scope.budget.step()
                yield from body(scope.inner(**{name: item, "loop": _position(index, len(items))}))

        return emit

    def _items(self, value: object, line: int) -> Sequence[object]:
        match value:
            case tuple():
                return value
            case Thread(messages):
                return [{"role": text_of(said.role, "author"), "text": Text(said.parts)} for said in messages]
            case dict():
                return [text_of(key, "user") for key in value]
        raise self.file.body_error(line, "a loop goes over a list, a table or a thread, and this is none")


def _literal(node: nodes.TemplateData) -> Emit:
    piece = Literal(node.data, node.lineno)

    def emit(scope: Scope) -> Iterator[Piece]:
        scope.budget.write(len(piece.text))
        yield piece

    return emit


def _position(index: int, length: int) -> Mapping[str, object]:
    """What `loop` is inside a loop."""
    return {
        "index": index + 1,
        "index0": index,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
    }


_STATEMENTS = {
    "FromImport": "from … import",
    "CallBlock": "call",
    "FilterBlock": "filter",
    "Assign": "set",
    "AssignBlock": "set",
    "ScopedEvalContextModifier": "autoescape",
}
