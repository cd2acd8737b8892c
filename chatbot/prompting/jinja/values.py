"""What a template's values are, and what Python's operators say of them: truth, equality, membership, items, text.

Values are None, booleans, numbers, `Traced` texts, lists, tuples, tables (dict), `Undefined`, `Namespace` and
`Function`. All work is counted before it is done. Whatever a value cannot do is a `TemplateFault`; the line is known to
whoever runs the template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.errors import ChatbotError
from chatbot.messages import Segment
from chatbot.prompting.budget import Budget
from chatbot.prompting.inputs import MAX_BITS
from chatbot.prompting.provenance import EMPTY, Traced, Writer, between, from_parts, joined, traced


class TemplateFault(ChatbotError):
    """A template does what its values cannot; whoever renders says where."""


@dataclass(frozen=True, slots=True)
class Undefined:
    """A value that is not there: false, empty, and an error in any other use."""

    what: str

    def fault(self) -> TemplateFault:
        """The error of using it."""
        return TemplateFault(self.what)


@dataclass(slots=True, eq=False)
class Namespace:
    """Names that a template may set from within its loops."""

    names: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A macro, a method of a value, or one of the functions every template has."""

    name: str
    call: Callable[..., object]
    """Arguments that do not fit are a TypeError of Python's."""


def kind(value: object) -> str:
    """What a value is, in a word or two, for messages."""
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return "a function"


_KINDS: Sequence[tuple[type | tuple[type, ...], str]] = (
    (Traced, "a text"),
    (type(None), "none"),
    (bool, "true or false"),
    ((int, float), "a number"),
    ((list, tuple), "a list"),
    (dict, "a table"),
    (Undefined, "undefined"),
    (Namespace, "a namespace"),
)


def literal(text: str) -> Traced:
    """A text of the template's own."""
    return traced(text, "template")


def as_traced(value: object, origin: Writer, budget: Budget) -> object:
    """Plain data as templates see it: texts get `origin`, segments keep theirs, keys are texts too.

    Raises TypeError for what is no data.
    """
    budget.step()
    match value:
        case str():
            budget.write(len(value))
            return traced(value, origin)
        case Segment():
            return from_parts((value,))
        case Mapping():
            return {as_traced(key, origin, budget): as_traced(item, origin, budget) for key, item in value.items()}
        case Traced():
            budget.write(len(value))
            return value
        case bool() | int() | float() | None:
            return value
        case list() | tuple():
            return [as_traced(item, origin, budget) for item in value]
    raise TypeError(f"a template cannot be given {type(value).__name__}")


def truth(value: object) -> bool:
    """Whether a condition with this value holds."""
    return False if isinstance(value, Undefined) else bool(value)


def items(value: object, budget: Budget) -> Sequence[object]:
    """What a loop over the value goes through: items, keys, or characters."""
    match value:
        case list() | tuple():
            return value
        case dict():
            budget.step(len(value))
            return list(value)
        case Traced():
            budget.step(len(value))
            return list(value.characters())
        case Undefined():
            return ()
    raise TemplateFault(f"{kind(value)} has no items to go through")


def key_of(value: object) -> Traced | int | float | None:
    """A value as the key of a table."""
    if value is None or isinstance(value, Traced | int | float):
        return value
    raise TemplateFault(f"{kind(value)} cannot be the key of a table")


def equal(left: object, right: object, budget: Budget) -> bool:
    """Whether two values are the same, as Python sees it."""
    budget.step()
    match left, right:
        case list(), list():
            return _all_equal(left, right, budget)
        case tuple(), tuple():
            return _all_equal(left, right, budget)
        case dict(), dict():
            return left.keys() == right.keys() and all(equal(left[key], right[key], budget) for key in left)
        case Undefined(), Undefined():
            return True
        case Traced(), Traced():
            if len(left) == len(right):
                budget.write(len(left))
    return left is right if isinstance(left, list | tuple | dict | Undefined) else left == right


def _all_equal(left: Sequence[object], right: Sequence[object], budget: Budget) -> bool:
    pairs = zip(left, right, strict=False)
    return len(left) == len(right) and all(equal(one, other, budget) for one, other in pairs)


def contains(container: object, item: object, budget: Budget) -> bool:
    """Whether `item in container` holds."""
    match container:
        case Traced():
            if not isinstance(item, Traced):
                raise TemplateFault(f"{kind(item)} cannot be in a text")
            budget.write(len(container))
            return item.text in container.text
        case dict():
            return not isinstance(item, Undefined) and key_of(item) in container
        case list() | tuple() | Undefined():
            return any(equal(item, each, budget) for each in items(container, budget))
    raise TemplateFault(f"nothing can be in {kind(container)}")


# --- as text ----------------------------------------------------------------------------------------------------------


def shown(value: object, budget: Budget) -> Traced:
    """The value as `{{ … }}` writes it. Lists and tables are written as Python does."""
    match value:
        case Traced():
            return value
        case Undefined():
            return EMPTY
    return joined(_written(value, budget))


def _written(value: object, budget: Budget) -> Iterator[Traced]:
    budget.step()
    match value:
        case Traced():
            budget.write(len(value) + 2)
            yield value.changed(repr)
        case None | bool() | float():
            yield literal(repr(value))
        case int():
            yield literal(repr(bounded(value)))
        case Undefined():
            yield literal("Undefined")
        case list():
            yield from _enclosed("[", [joined(_written(item, budget)) for item in value], "]")
        case tuple():
            closing = ",)" if len(value) == 1 else ")"
            yield from _enclosed("(", [joined(_written(item, budget)) for item in value], closing)
        case dict():
            pairs = [joined((*_written(key, budget), literal(": "), *_written(value[key], budget))) for key in value]
            yield from _enclosed("{", pairs, "}")
        case _:
            raise TemplateFault(f"{kind(value)} cannot be written as text")


def _enclosed(opening: str, inner: Sequence[Traced], closing: str) -> Iterator[Traced]:
    yield literal(opening)
    yield from between(inner, literal(", "))
    yield literal(closing)


# --- what is asked of arguments ---------------------------------------------------------------------------------------


def text_in(value: object) -> Traced:
    """The value where a text is needed."""
    if isinstance(value, Traced):
        return value
    raise _needed("a text", value)


def number_in(value: object) -> int | float:
    """The value where a number is needed; true and false are 1 and 0."""
    if isinstance(value, int | float):
        return value
    raise _needed("a number", value)


def whole_in(value: object) -> int:
    """The value where a whole number is needed."""
    number = number_in(value)
    if isinstance(number, int):
        return number
    raise _needed("a whole number", number)


def _needed(what: str, value: object) -> TemplateFault:
    return value.fault() if isinstance(value, Undefined) else TemplateFault(f"{what} is needed here, not {kind(value)}")


def bounded(number: int) -> int:
    """A whole number that is not too long to be written."""
    if number.bit_length() > MAX_BITS:
        raise TemplateFault("a number has too many digits")
    return number


def listed(values: Sequence[object], budget: Budget) -> list[object]:
    """A new list, counted."""
    budget.step(len(values))
    return list(values)
