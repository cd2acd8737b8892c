"""What texts, tables and lists can be asked for by name: `content.split('</think>')`, `tool.items()`.

Nothing that changes a value is among them, and nothing that leads out of the template's values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.formatting import brace_formatted
from chatbot.prompting.jinja.values import (
    Function,
    TemplateFault,
    equal,
    items,
    key_of,
    listed,
    literal,
    text_in,
    whole_in,
)
from chatbot.prompting.provenance import Traced, between, joined

Method = Callable[..., object]
"""From the budget, the value and the call's arguments. A call that does not fit is a TypeError of Python's."""


def method(value: object, name: str, budget: Budget) -> Function | None:
    """The method of that name, bound to the value."""
    table = next((methods for types, methods in _METHODS if isinstance(value, types)), {})
    found = table.get(name)
    if found is None:
        return None
    return Function(name, lambda *args, **kwargs: found(budget, value, *args, **kwargs))


# --- texts ------------------------------------------------------------------------------------------------------------


def _changing(change: Callable[[str], str]) -> Method:
    def apply(budget: Budget, text: Traced) -> object:
        budget.write(3 * len(text))  # no character becomes more than three in another case
        return text.changed(change)

    return apply


def _saying(ask: Callable[[str], bool]) -> Method:
    def apply(budget: Budget, text: Traced) -> object:
        budget.write(len(text))
        return ask(text.text)

    return apply


def _stripping(*, left: bool, right: bool) -> Method:
    def apply(budget: Budget, text: Traced, chars: object = None) -> object:
        characters = None if chars is None else text_in(chars).text
        budget.write(len(text) + len(characters or ""))
        return text.strip(characters, left=left, right=right)

    return apply


def _splitting(*, from_right: bool) -> Method:
    def apply(budget: Budget, text: Traced, sep: object = None, maxsplit: object = -1) -> object:
        separator = None if sep is None else text_in(sep).text
        if separator == "":
            raise TemplateFault("a text cannot be split at an empty text")
        budget.write(len(text))
        budget.step(text.text.count(separator) if separator else len(text) // 2)
        return text.split(separator, whole_in(maxsplit), from_right=from_right)

    return apply


def _lines(budget: Budget, text: Traced, keepends: object = False) -> object:
    budget.write(len(text))
    return listed(text.lines(keep_ends=bool(keepends)), budget)


def replaced(budget: Budget, text: Traced, old: object, new: object, count: object = -1) -> Traced:
    """`text.replace(old, new, count)`."""
    wanted, replacement, most = text_in(old).text, text_in(new), whole_in(count)
    times = text.text.count(wanted) if most < 0 else min(most, text.text.count(wanted))
    budget.write(len(text) + times * len(replacement))
    budget.step(times * (1 + len(replacement.runs)))
    return text.replaced(wanted, replacement, most)


def _edge(ask: Callable[..., bool]) -> Method:
    def apply(budget: Budget, text: Traced, wanted: object, start: object = 0, end: object = None) -> object:
        choices = wanted if isinstance(wanted, tuple) else (wanted,)
        budget.step(len(choices))
        budget.write(sum(len(text_in(choice)) for choice in choices))
        within = (whole_in(start), None if end is None else whole_in(end))
        return ask(text.text, tuple(text_in(choice).text for choice in choices), *within)

    return apply


def _searching(search: Callable[..., int]) -> Method:
    def apply(budget: Budget, text: Traced, wanted: object, start: object = 0, end: object = None) -> object:
        budget.write(len(text))
        within = (whole_in(start), None if end is None else whole_in(end))
        try:
            return search(text.text, text_in(wanted).text, *within)
        except ValueError:
            raise TemplateFault("the text that is looked for is not there") from None

    return apply


def _parting(*, from_right: bool) -> Method:
    def apply(budget: Budget, text: Traced, sep: object) -> object:
        separator = text_in(sep)
        if not separator:
            raise TemplateFault("a text cannot be split at an empty text")
        budget.write(len(text))
        at = text.text.rfind(separator.text) if from_right else text.text.find(separator.text)
        if at < 0:
            return (literal(""), literal(""), text) if from_right else (text, literal(""), literal(""))
        end = at + len(separator)
        return text.cut(0, at), text.cut(at, end), text.cut(end, len(text))

    return apply


def _without_start(budget: Budget, text: Traced, prefix: object) -> object:
    wanted = text_in(prefix)
    return text.cut(len(wanted), len(text)) if text.text.startswith(wanted.text) else text


def _without_end(budget: Budget, text: Traced, suffix: object) -> object:
    wanted = text_in(suffix)
    return text.cut(0, len(text) - len(wanted)) if text.text.endswith(wanted.text) else text


def join(budget: Budget, separator: Traced, values: object) -> Traced:
    """`separator.join(values)`."""
    pieces = [text_in(value) for value in items(values, budget)]
    budget.step(len(pieces) + sum(len(piece.runs) + len(separator.runs) for piece in pieces))
    budget.write(sum(map(len, pieces)) + len(separator) * len(pieces))
    return joined(between(pieces, separator))


def _padding(*, left: bool, right: bool) -> Method:
    def apply(budget: Budget, text: Traced, width: object, fillchar: object = None) -> Traced:
        fill = literal(" ") if fillchar is None else text_in(fillchar)
        if len(fill) != 1:
            raise TemplateFault("a text is filled up with a single character")
        missing = max(whole_in(width) - len(text), 0)
        budget.write(len(text) + missing)
        budget.step(missing)
        before = missing // 2 + (missing & whole_in(width) & 1) if left and right else missing * left
        return joined((*[fill] * before, text, *[fill] * (missing - before)))

    return apply


centred = _padding(left=True, right=True)
"""`text.center(width)`."""


def _zero_filled(budget: Budget, text: Traced, width: object) -> object:
    budget.write(max(whole_in(width), len(text)))
    return text.changed(lambda plain: plain.zfill(whole_in(width)))


def _formatted(budget: Budget, text: Traced, *args: object, **kwargs: object) -> object:
    return brace_formatted(text, args, kwargs, budget)


OF_TEXTS: Mapping[str, Method] = {
    **{name: _changing(getattr(str, name)) for name in "upper lower title capitalize casefold swapcase".split()},
    **{
        name: _saying(getattr(str, name))
        for name in "isalnum isalpha isascii isdecimal isdigit islower isnumeric isspace istitle isupper".split()
    },
    "strip": _stripping(left=True, right=True),
    "lstrip": _stripping(left=True, right=False),
    "rstrip": _stripping(left=False, right=True),
    "split": _splitting(from_right=False),
    "rsplit": _splitting(from_right=True),
    "splitlines": _lines,
    "partition": _parting(from_right=False),
    "rpartition": _parting(from_right=True),
    "replace": replaced,
    "removeprefix": _without_start,
    "removesuffix": _without_end,
    "startswith": _edge(str.startswith),
    "endswith": _edge(str.endswith),
    **{name: _searching(getattr(str, name)) for name in "find rfind index rindex count".split()},
    "join": join,
    "center": centred,
    "ljust": _padding(left=False, right=True),
    "rjust": _padding(left=True, right=False),
    "zfill": _zero_filled,
    "format": _formatted,
}

# --- tables and lists -------------------------------------------------------------------------------------------------

Table = dict[object, object]


def pairs(budget: Budget, table: Table) -> object:
    """`table.items()`."""
    return listed(tuple(table.items()), budget)


def _get(budget: Budget, table: Table, key: object, default: object = None) -> object:
    return table.get(key_of(key), default)


def _copied(budget: Budget, table: Table) -> object:
    budget.step(len(table))
    return dict(table)


def _position(budget: Budget, values: list[object], wanted: object) -> object:
    for index, value in enumerate(values):
        if equal(value, wanted, budget):
            return index
    raise TemplateFault("what is looked for is not in the list")


def _times(budget: Budget, values: list[object], wanted: object) -> object:
    return sum(equal(value, wanted, budget) for value in values)


OF_TABLES: Mapping[str, Method] = {
    "items": pairs,
    "keys": lambda budget, table: listed(tuple(table), budget),
    "values": lambda budget, table: listed(tuple(table.values()), budget),
    "get": _get,
    "copy": _copied,
}
OF_LISTS: Mapping[str, Method] = {
    "index": _position,
    "count": _times,
    "copy": lambda budget, values: listed(values, budget),
}

_METHODS: tuple[tuple[type | tuple[type, ...], Mapping[str, Method]], ...] = (
    (Traced, OF_TEXTS),
    (dict, OF_TABLES),
    ((list, tuple), OF_LISTS),
)
