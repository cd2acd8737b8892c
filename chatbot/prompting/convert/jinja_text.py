"""Jinja text to a tree and back, in the portable subset; Nunjucks reads the same.

What comes out renders to the same text as what went in. Template syntax in the author's words is written as a value:
`{{ "{{" }}`. Whatever lies outside of the subset is refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes

from chatbot.errors import PromptError, nearest
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
    Value,
    merged,
)
from chatbot.prompting.filters import FILTERS
from chatbot.prompting.inputs import RESERVED
from chatbot.prompting.prompt_file import PromptFile

OPERATORS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
MAX_DEPTH = 100
"""As in `template`: no template that a person can read is nested as deeply."""


def read_jinja(file: PromptFile) -> Block:
    """The body of a file as a tree, in which role lines are still text.

    Raises PromptError with the line of what Jinja cannot parse, or of what is not portable.
    """
    try:
        tree = Environment(keep_trailing_newline=True, autoescape=False).parse(file.body)  # noqa: S701  # parsed only
    except TemplateSyntaxError as error:
        raise file.body_error(error.lineno, f"the template is wrong: {error.message}") from error
    except (ValueError, RecursionError) as error:
        raise file.body_error(
            1, "the template cannot be read: it is nested too deeply, or a number is too long"
        ) from error
    level: list[nodes.Node] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
    if level:
        raise file.body_error(level[0].lineno, f"the template is nested more than {MAX_DEPTH} levels deep")
    return _Reader(file).block(tree.body)


@dataclass(frozen=True, slots=True)
class _Reader:
    file: PromptFile

    def block(self, body: list[nodes.Node]) -> Block:
        return merged(each for node in body for each in self._nodes(node))

    def _nodes(self, node: nodes.Node) -> Iterator[Node]:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    yield from self._nodes(part)
            case nodes.TemplateData():
                yield Text(node.data)
            case nodes.If():
                branches = ((self.expression(each.test), self.block(each.body)) for each in (node, *node.elif_))
                yield If(tuple(branches), self.block(node.else_))
            case nodes.For(target=nodes.Name(name=name)) if not (node.test or node.recursive or node.else_):
                yield For(name, self.expression(node.iter), self.block(node.body))
            case nodes.Expr():
                yield Value(self.expression(node))
            case _:
                raise self._refusal(node)

    def expression(self, node: nodes.Node) -> Expression:
        match node:
            case nodes.Const(value=str() | int() | float() | bool() | None as value):
                return Constant(value)
            case nodes.Name():
                return Constant(None) if node.name == "null" else Name(node.name)
            case nodes.Getattr():
                return Member(self.expression(node.node), Constant(node.attr))
            case nodes.Getitem() if not isinstance(node.arg, nodes.Slice):
                return Member(self.expression(node.node), self.expression(node.arg))
            case nodes.Filter(node=nodes.Expr() as subject) if not (node.kwargs or node.dyn_args or node.dyn_kwargs):
                return self._filtered(node, subject)
            case nodes.Not():
                return Negation(self.expression(node.node))
            case nodes.And() | nodes.Or():
                operator = "and" if isinstance(node, nodes.And) else "or"
                return Operation(operator, self.expression(node.left), self.expression(node.right))
            case nodes.Compare(ops=[nodes.Operand() as one]):
                return Operation(OPERATORS[one.op], self.expression(node.expr), self.expression(one.expr))
            case nodes.Neg(node=nodes.Const(value=int() | float() as number)):
                return Constant(-number)
        raise self._refusal(node)

    def _filtered(self, node: nodes.Filter, subject: nodes.Expr) -> Expression:
        if node.name not in FILTERS:
            hint = nearest(node.name, FILTERS)
            raise self.file.body_error(node.lineno, f"{node.name!r} is not a portable filter", hint=hint)
        return Filtered(node.name, self.expression(subject), tuple(map(self.expression, node.args)))

    def _refusal(self, node: nodes.Node) -> PromptError:
        hint = "there are {{ … }}, {% if %}, {% for %} and {# comments #}"
        what = type(node).__name__.lower()
        return self.file.body_error(node.lineno, f"{what} is not part of the portable templates", hint=hint)


# --- writing ----------------------------------------------------------------------------------------------------------

_SYNTAX = re.compile(r"\{\{|\{%|\{#|#\}|\r")
"""What is written as a value: what begins a tag, the end of a comment, which Nunjucks refuses outside of one, and a
line end that Jinja would change.
"""


def write_jinja(block: Block) -> str:
    """The template of a block in which there are no turns and no threads."""
    written = [_node(node, last=index == len(block) - 1) for index, node in enumerate(block)]
    return "".join(written)


def _node(node: Node, *, last: bool) -> str:
    match node:
        case Text(text):
            return write_text(text, before_tag=not last)
        case Value(of):
            return f"{{{{ {write_expression(of)} }}}}"
        case If(branches, otherwise):
            tests = [
                f"{{% {'elif' if index else 'if'} {write_expression(test)} %}}{_body(body)}"
                for index, (test, body) in enumerate(branches)
            ]
            rest = f"{{% else %}}{_body(otherwise)}" if otherwise else ""
            return f"{''.join(tests)}{rest}{{% endif %}}"
        case For(name, over, body):
            return f"{{% for {name} in {write_expression(over)} %}}{_body(body)}{{% endfor %}}"
    raise ValueError(f"{type(node).__name__} has no Jinja text of its own")


def _body(block: Block) -> str:
    return "".join(_node(node, last=False) for node in block)


def write_text(text: str, *, before_tag: bool) -> str:
    """The author's words; `before_tag` says that `{{` or `{%` follows, which a last brace would join."""
    escaped = _SYNTAX.sub(lambda match: f"{{{{ {quoted(match[0])} }}}}", text)
    if before_tag and escaped.endswith("{"):
        escaped = f'{escaped[:-1]}{{{{ "{{" }}}}'
    return escaped


def quoted(text: str) -> str:
    """A text as a string of the template language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for character, letter in (("\n", "n"), ("\r", "r"), ("\t", "t")):
        escaped = escaped.replace(character, f"\\{letter}")
    return f'"{escaped}"'


def write_expression(expression: Expression) -> str:
    """An expression, with brackets wherever one could doubt."""
    match expression:
        case Constant(value):
            return _constant(value)
        case Name(name):
            return name
        case Member(owner, Constant(value=str() as key)) if key.isidentifier() and key not in RESERVED:
            return f"{_operand(owner)}.{key}"
        case Member(owner, key):
            return f"{_operand(owner)}[{write_expression(key)}]"
        case Filtered(name, subject, arguments):
            given = f"({', '.join(map(write_expression, arguments))})" if arguments else ""
            return f"{_operand(subject)} | {name}{given}"
        case Negation(of):
            return f"not {_operand(of)}"
        case Operation(operator, left, right):
            return f"{_operand(left)} {operator} {_operand(right)}"


def _operand(expression: Expression) -> str:
    written = write_expression(expression)
    plain = isinstance(expression, Name | Member) or (isinstance(expression, Constant) and not written.startswith("-"))
    return written if plain else f"({written})"


def _constant(value: str | int | float | bool | None) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
    return repr(value)
