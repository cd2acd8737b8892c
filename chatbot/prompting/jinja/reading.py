"""Reads a chat template: Jinja's parser with the settings of transformers, and a check of everything the template uses.

What cannot be rendered is refused here, with its line, be it in a branch that no conversation takes: unknown filters
and tests, `include`, `import`, `extends`, and whatever nests deeper than a person writes.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension, LoopControlExtension
from jinja2.parser import Parser

from chatbot.errors import PromptError, nearest
from chatbot.prompting.jinja.expressions import EXPRESSIONS
from chatbot.prompting.jinja.filters import FILTERS
from chatbot.prompting.jinja.statements import STATEMENTS
from chatbot.prompting.jinja.tests import TESTS

MAX_SOURCE = 1_000_000
"""Characters of a template; those in use have some ten thousand."""

MAX_NESTING = 100
"""Blocks and expressions within each other, as they are written."""


class _Generation(Extension):
    """`{% generation %} … {% endgeneration %}`: marks what the model says, for training, and changes nothing."""

    tags = {"generation"}  # noqa: RUF012  # Jinja declares it so

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


def read_tree(source: str, name: str) -> nodes.Template:
    """The tree of a template. Raises PromptError, with its name and the line, for what cannot be rendered."""
    if len(source) > MAX_SOURCE:
        raise PromptError(f"{name}: the template is longer than {MAX_SOURCE:,} characters")
    extensions = [LoopControlExtension, _Generation]
    settings = Environment(trim_blocks=True, lstrip_blocks=True, extensions=extensions)  # noqa: S701  # parsed only
    try:
        tree = settings.parse(source)
    except TemplateSyntaxError as error:
        raise PromptError(f"{name}:{error.lineno}: the template is wrong: {error.message}") from error
    except ValueError as error:  # Python reads no number of more than some thousand digits
        raise PromptError(f"{name}: the template is wrong: it holds a number of too many digits") from error
    except RecursionError:
        raise PromptError(f"{name}: the template is nested too deeply") from None
    for node, depth in _walk(tree):
        if depth > MAX_NESTING:
            raise PromptError(f"{name}:{node.lineno}: the template is nested more than {MAX_NESTING} levels deep")
        _check(node, name)
    return tree


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _check(node: nodes.Node, name: str) -> None:
    known = {"filter": FILTERS, "test": TESTS}
    for kind, table in known.items():
        if type(node).__name__.lower() == kind and (word := getattr(node, "name", "")) not in table:
            raise PromptError(f"{name}:{node.lineno}: there is no {kind} {word!r}", hint=nearest(word, table))
    if not isinstance(node, (*EXPRESSIONS, *STATEMENTS)):
        word = type(node).__name__.lower()
        raise PromptError(f"{name}:{node.lineno}: {word!r} is not supported in chat templates")
