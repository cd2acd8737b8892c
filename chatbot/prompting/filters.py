"""What templates can do with values: write them as text, compare them, and change them with filters.

Origins stay with their text in all of it. Work and text are counted on the rendering's budget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chatbot.messages import Segment
from chatbot.prompting.budget import Budget
from chatbot.prompting.text import Missing, Text, Thread, text_of

Filter = Callable[[Sequence[object], Budget], object]
"""From the value and the filter's arguments. Raises TypeError that says what is wrong with a value."""


def shown(value: object, budget: Budget) -> Text:
    """A value as text. Numbers and booleans can say nothing of their own and count as the author's words.

    Raises TypeError, with what to do, for what has no text.
    """
    match value:
        case Text():
            text = value
        case bool():
            text = text_of("true" if value else "false", "author")
        case int() | float():
            text = text_of(_number(value), "author")
        case None:
            raise TypeError("null cannot be written as text; test it with {% if %}")
        case Thread():
            raise TypeError("a thread cannot be changed; it stands on a line of its own")
        case _:
            raise TypeError(f"{kind(value)} cannot be written as text; write its items with a loop or the filter join")
    budget.write(sum(len(part.text) for part in text.parts))
    return text


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return repr(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def plain(value: object, budget: Budget) -> object:
    """A value as Python compares it: texts without their origins."""
    match value:
        case Text():
            text = str(value)
            budget.write(len(text))
            return text
        case tuple():
            budget.step(len(value))
            return tuple(plain(item, budget) for item in value)
        case dict():
            budget.step(len(value))
            return {key: plain(item, budget) for key, item in value.items()}
    return value


def _contains(item: object, container: object) -> bool:
    if isinstance(container, str) and not isinstance(item, str):
        raise TypeError
    if isinstance(container, str | tuple | dict):
        return item in container
    raise TypeError


COMPARISONS: Mapping[str, Callable[..., object]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "lteq": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gteq": lambda left, right: left >= right,
    "in": _contains,
    "notin": lambda item, container: not _contains(item, container),
}


def _changing(change: Callable[[Text], Text]) -> Filter:
    def apply(operands: Sequence[object], budget: Budget) -> object:
        return change(shown(operands[0], budget))

    return apply


def _join(operands: Sequence[object], budget: Budget) -> object:
    items, separator = operands[0], shown(operands[1], budget) if len(operands) > 1 else Text()
    if not isinstance(items, tuple):
        raise TypeError(f"it takes a list, not {kind(items)}")
    parts: list[Segment] = []
    for index, item in enumerate(items):
        budget.step()
        parts += [*(separator.parts if index else ()), *shown(item, budget).parts]
    return Text(tuple(parts))


def _length(operands: Sequence[object], budget: Budget) -> object:
    match operands[0]:
        case Text() as text:
            return sum(len(part.text) for part in text.parts)
        case Thread(messages):
            return len(messages)
        case tuple() | dict() as items:
            return len(items)
    raise TypeError(f"it takes a text, a list, a table or a thread, not {kind(operands[0])}")


def _default(operands: Sequence[object], budget: Budget) -> object:
    value, fallback = operands[0], operands[1] if len(operands) > 1 else Text()
    return fallback if value is None or isinstance(value, Missing) else value


FILTERS: Mapping[str, tuple[Filter, int]] = {
    "upper": (_changing(lambda text: text.changed(str.upper)), 0),
    "lower": (_changing(lambda text: text.changed(str.lower)), 0),
    "trim": (_changing(Text.stripped), 0),
    "join": (_join, 1),
    "length": (_length, 0),
    "default": (_default, 1),
}


def kind(value: object) -> str:
    """What a value is, in a word, for messages."""
    match value:
        case Text() | str():
            return "a text"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case None:
            return "null"
        case Thread():
            return "a thread"
        case Mapping():
            return "a table"
    return "a list"
