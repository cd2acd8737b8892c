"""What an entry of a suite expects, as values with templates: `"{{ answer }}"`, rendered over an item's fields.

A text that is one expression gives the field's own value, so that a list stays a list and a number a number; any other
text gives text. Templates stand in lists and tables too. They are read when the suite is loaded, by the sandboxed
renderer of prompts: a mistake, and a field that the dataset does not have, is an error with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from jinja2 import Environment, TemplateSyntaxError, nodes

from chatbot.errors import UsageError, nearest
from chatbot.evaluation.records import Item
from chatbot.prompting.budget import Budget
from chatbot.prompting.expressions import ExpressionReader, Scope
from chatbot.prompting.filters import plain
from chatbot.prompting.json_values import as_text, loads
from chatbot.prompting.pieces import Literal, Piece, Placed
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.section import Section
from chatbot.prompting.strict_yaml import Place
from chatbot.prompting.template import read_template
from chatbot.prompting.text import Missing, as_value

Fields = Collection[str]
Fill = Callable[[Mapping[str, object]], object]
"""From an item's fields to a value. Raises ChatbotError where a field is missing or cannot be shown."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A value that depends on the item, or on nothing."""

    fill: Fill
    constant: bool
    """It is the same for all items."""

    def value(self, item: Item) -> object:
        """The value for an item: texts, numbers, lists (as tuples) and tables. Raises ChatbotError."""
        return self.fill(item.fields)


def as_texts(value: object) -> tuple[str, ...]:
    """A value as texts in normal form, one for each of a list. Raises UsageError where one is missing or empty."""
    found = [as_text(each) for each in (value if isinstance(value, list | tuple) else (value,))]
    if not found or None in found:
        raise UsageError("there is no expected value")
    return tuple(text for text in found if text is not None)


def structured(value: object) -> object:
    """A value that data sets without lists and tables, such as CSV, hold as JSON text; any other as it is."""
    if isinstance(value, str) and value.strip().startswith(("[", "{")):
        return loads(value)
    return value


def read_expected(section: Section, key: str, fields: Fields | None) -> Expected:
    """What stands under a key. `fields` are those of the dataset; None where they are not known yet.

    Raises PromptError with the line of a template that is wrong.
    """
    value = section.table[key]
    reader = _Reader(section.file, fields)
    return Expected(reader.read(value, (*section.at, key)), constant=not _has_template(value))


def _has_template(value: object) -> bool:
    match value:
        case str():
            return "{{" in value or "{%" in value or "{#" in value
        case Mapping():
            return any(map(_has_template, value.values()))
        case list():
            return any(map(_has_template, value))
    return False


@dataclass(frozen=True, slots=True)
class _Reader:
    file: PromptFile
    fields: Fields | None

    def read(self, value: object, at: Place) -> Fill:
        if isinstance(value, date):
            raise self.file.error(f"{value!s} is not text", at=at, hint="put it in quotes")
        match value:
            case Mapping():
                entries = {key: self.read(each, (*at, key)) for key, each in value.items()}
                return lambda fields: {key: fill(fields) for key, fill in entries.items()}
            case list():
                fills = [self.read(each, (*at, number)) for number, each in enumerate(value)]
                return lambda fields: tuple(fill(fields) for fill in fills)
        if not _has_template(value):
            return lambda fields: value
        return self._template(PromptFile(self.file.path, {}, str(value), self.file.line_of(at)))

    def _template(self, file: PromptFile) -> Fill:
        names = self._names(file)
        template = read_template(file, names)
        body = _parsed(file).body
        if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
            node = body[0].nodes[0]
            expressions = ExpressionReader(file)
            evaluate = expressions.value(node, expressions.read(node, names))

            def field(fields: Mapping[str, object]) -> object:
                budget = Budget()
                return plain(evaluate(Scope(_values(names, fields), budget)), budget)

            return field
        return lambda fields: "".join(map(_written, template.pieces(_values(names, fields))))

    def _names(self, file: PromptFile) -> frozenset[str]:
        """The fields that a template names. Raises PromptError for one that the dataset does not have."""
        found = [node for node in _parsed(file).find_all(nodes.Name) if node.name not in ("loop", "null")]
        own = {node.name for node in found if node.ctx == "store"}
        named = [node for node in found if node.name not in own]
        for node in named:
            if self.fields is not None and node.name not in self.fields:
                message = f"{node.name!r} is not a field of the dataset"
                raise file.body_error(node.lineno, message, hint=nearest(node.name, self.fields))
        return frozenset(node.name for node in named)


def _parsed(file: PromptFile) -> nodes.Template:
    try:
        return Environment(keep_trailing_newline=True, autoescape=False).parse(file.body)  # noqa: S701  # parsed only
    except (TemplateSyntaxError, ValueError, RecursionError):
        read_template(file, frozenset())  # says what is wrong, with its line
        raise


def _values(names: Collection[str], fields: Mapping[str, object]) -> Mapping[str, object]:
    return {
        name: as_value(fields[name], "user")
        if name in fields
        else Missing(f"the item has no field {name!r}", nearest(name, fields))
        for name in names
    }


def _written(piece: Piece) -> str:
    if isinstance(piece, Literal):
        return piece.text
    if isinstance(piece, Placed):
        return "".join(message.text for message in piece.messages)
    return "".join(part.text for part in piece.parts)
