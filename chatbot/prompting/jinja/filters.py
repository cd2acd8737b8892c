"""Jinja's filters, as far as chat templates have a use for them; none that draws at random or makes links.

A filter takes the rendering's budget, the value and the arguments behind it. Filters that take another by its name
(`map`) find it here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import cast

from chatbot.prompting.budget import Budget
from chatbot.prompting.inputs import MAX_BITS
from chatbot.prompting.jinja import methods
from chatbot.prompting.jinja.access import item
from chatbot.prompting.jinja.formatting import percent_formatted
from chatbot.prompting.jinja.json_text import to_json
from chatbot.prompting.jinja.operators import ARITHMETIC
from chatbot.prompting.jinja.tests import TESTS
from chatbot.prompting.jinja.values import (
    TemplateFault,
    Undefined,
    equal,
    items,
    key_of,
    kind,
    listed,
    literal,
    number_in,
    shown,
    text_in,
    truth,
    whole_in,
)
from chatbot.prompting.provenance import EMPTY, Traced, joined

Filter = Callable[..., object]
"""From the budget, the value and the arguments. Arguments that do not fit are a TypeError of Python's."""

# --- texts ------------------------------------------------------------------------------------------------------------


def _as_method(name: str) -> Filter:
    found = methods.OF_TEXTS[name]
    return lambda budget, value, *args: found(budget, shown(value, budget), *args)


def _default(budget: Budget, value: object, default_value: object = EMPTY, boolean: object = False) -> object:
    return default_value if isinstance(value, Undefined) or (truth(boolean) and not truth(value)) else value


def _join(budget: Budget, value: object, d: object = EMPTY, attribute: object = None) -> object:
    values = (
        items(value, budget) if attribute is None else [_at(each, attribute, budget) for each in items(value, budget)]
    )
    return methods.join(budget, shown(d, budget), [shown(each, budget) for each in values])


def _replace(budget: Budget, value: object, old: object, new: object, count: object = None) -> object:
    most = -1 if count is None else whole_in(count)
    return methods.replaced(budget, shown(value, budget), shown(old, budget), shown(new, budget), most)


def _trim(budget: Budget, value: object, chars: object = None) -> object:
    return methods.OF_TEXTS["strip"](budget, shown(value, budget), chars)


def _indent(budget: Budget, value: object, width: object = 4, first: object = False, blank: object = False) -> object:
    indention = width if isinstance(width, Traced) else cast(Traced, methods.OF_TEXTS["ljust"](budget, EMPTY, width))
    text = shown(value, budget)
    lines = text.lines() + ([EMPTY] if text.text.endswith("\n") or not text else [])
    budget.step(3 * len(lines))
    budget.write(len(text) + len(lines) * len(indention))
    indented = [line if not line and not truth(blank) else joined((indention, line)) for line in lines[1:]]
    start = joined((indention, lines[0])) if truth(first) else lines[0]
    return methods.join(budget, literal("\n"), [start, *indented])


def _escape(budget: Budget, value: object) -> object:
    text = shown(value, budget)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&#34;")):
        text = methods.replaced(budget, text, literal(sign), literal(entity))
    return text


def _format(budget: Budget, value: object, *args: object, **kwargs: object) -> object:
    if args and kwargs:
        raise TemplateFault("the filter 'format' takes places by order or by name, not both")
    return percent_formatted(shown(value, budget), kwargs or args, budget)


def _title(budget: Budget, value: object) -> object:
    text = shown(value, budget)
    budget.write(3 * len(text))
    return text.changed(
        lambda plain: re.sub(r"[^-\s({\[<]+", lambda word: word[0][0].upper() + word[0][1:].lower(), plain)
    )


def _center(budget: Budget, value: object, width: object = 80) -> object:
    return methods.centred(budget, shown(value, budget), width)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _int(budget: Budget, value: object, default: object = 0, base: object = 10) -> object:
    plain: object = value.text.strip() if isinstance(value, Traced) else value
    if isinstance(plain, str) and len(plain) > MAX_BITS // 4:
        return default
    try:
        return int(plain, whole_in(base)) if isinstance(plain, str) else int(cast(float, plain))
    except (TypeError, ValueError, OverflowError):
        try:
            return int(float(cast(str, plain)))
        except (TypeError, ValueError, OverflowError):
            return default


def _float(budget: Budget, value: object, default: object = 0.0) -> object:
    plain: object = value.text if isinstance(value, Traced) else value
    try:
        return float(cast(str, plain))
    except (TypeError, ValueError, OverflowError):
        return default


def _round(budget: Budget, value: object, precision: object = 0, method: object = None) -> object:
    how = "common" if method is None else text_in(method).text
    number, digits = number_in(value), whole_in(precision)
    if how == "common":
        return round(number, digits)
    if how not in ("ceil", "floor") or abs(digits) > 15:
        raise TemplateFault("the filter 'round' rounds 'common', 'ceil' or 'floor', to 15 digits at most")
    scaled = number * 10**digits
    return (-(-scaled // 1) if how == "ceil" else scaled // 1) / 10**digits


def _sum(budget: Budget, value: object, attribute: object = None, start: object = 0) -> object:
    for each in items(value, budget):
        budget.step()
        start = ARITHMETIC["Add"](start, each if attribute is None else _at(each, attribute, budget), budget)
    return start


# --- lists ------------------------------------------------------------------------------------------------------------


def _at(value: object, path: object, budget: Budget) -> object:
    """`a.b.0` of the value, as filters that take an attribute name it."""
    steps: Sequence[object] = [path] if isinstance(path, int) else text_in(path).split(".")
    for step in steps:
        budget.step()
        wanted = int(step.text) if isinstance(step, Traced) and step.text.isdecimal() and len(step) < 9 else step
        value = item(value, wanted, budget)
    return value


def _chooser(budget: Budget, args: tuple[object, ...], *, by_attribute: bool) -> Callable[[object], bool]:
    """What `select('test', …)` and `selectattr('name', 'test', …)` ask of an item; its truth where no test is named."""
    path, named = (args[0], args[1:]) if by_attribute else (None, args)
    name = text_in(named[0]).text if named else "true_like"
    if named and name not in TESTS:
        raise TemplateFault(f"there is no test {name!r}")

    def chosen(value: object) -> bool:
        budget.step()
        asked = _at(value, path, budget) if by_attribute else value
        return bool(TESTS[name](budget, asked, *named[1:])) if named else truth(asked)

    return chosen


def _selecting(*, by_attribute: bool, keep: bool) -> Filter:
    def apply(budget: Budget, value: object, *args: object) -> object:
        chosen = _chooser(budget, args, by_attribute=by_attribute)
        return listed([each for each in _items_if_any(value, budget) if chosen(each) is keep], budget)

    return apply


def _map(budget: Budget, value: object, *args: object, **kwargs: object) -> object:
    if "attribute" in kwargs:
        found = [_at(each, kwargs["attribute"], budget) for each in _items_if_any(value, budget)]
        fallback = kwargs.get("default")
        return [fallback if isinstance(each, Undefined) and "default" in kwargs else each for each in found]
    name = text_in(args[0]).text if args else ""
    if name not in FILTERS:
        raise TemplateFault(f"there is no filter {name!r}")
    values = _items_if_any(value, budget)
    budget.step(len(values))
    return [FILTERS[name](budget, each, *args[1:], **kwargs) for each in values]


def _items_if_any(value: object, budget: Budget) -> Sequence[object]:
    """The items; none of none and other values that are false."""
    return items(value, budget) if truth(value) else ()


def _sort_key(path: object, case_sensitive: object, budget: Budget) -> Callable[[object], object]:
    def key(value: object) -> object:
        budget.step()
        found = value if path is None else _at(value, path, budget)
        if isinstance(found, Traced):
            budget.write(len(found))
            return found if truth(case_sensitive) else found.changed(str.lower)
        return found

    return key


def _sorted(
    values: Iterable[object], key: Callable[[object], object], budget: Budget, *, reverse: bool = False
) -> list[object]:
    keyed = [(key(value), value) for value in values]
    if all(equal(first, keyed[0][0], budget) for first, _ in keyed):
        return [value for _, value in keyed]  # also of what has no order, such as nothing and nothing
    for first, _ in keyed:
        if not isinstance(first, Traced):
            number_in(first)
    if len({isinstance(first, Traced) for first, _ in keyed}) > 1:
        raise TemplateFault("texts and numbers have no order between them")
    return [value for _, value in sorted(keyed, key=lambda pair: cast(Traced, pair[0]), reverse=reverse)]


def _sort(
    budget: Budget, value: object, reverse: object = False, case_sensitive: object = False, attribute: object = None
) -> object:
    values = items(value, budget)
    budget.step(len(values) * len(values).bit_length())
    return _sorted(values, _sort_key(attribute, case_sensitive, budget), budget, reverse=truth(reverse))


def _extreme(*, last: bool) -> Filter:
    def apply(budget: Budget, value: object, case_sensitive: object = False, attribute: object = None) -> object:
        ordered = cast(list[object], _sort(budget, value, last, case_sensitive, attribute))
        return ordered[0] if ordered else Undefined("there is no first item: the list is empty")

    return apply


def _unique(budget: Budget, value: object, case_sensitive: object = False, attribute: object = None) -> object:
    key = _sort_key(attribute, case_sensitive, budget)
    seen: dict[object, object] = {}
    for each in items(value, budget):
        seen.setdefault(key(each), each)
    return listed(tuple(seen.values()), budget)


def _group(budget: Budget, value: object, attribute: object, default: object = None) -> object:
    def key(each: object) -> object:
        found = _at(each, attribute, budget)
        return key_of(default if isinstance(found, Undefined) and default is not None else found)

    fold = _sort_key(None, False, budget)
    ordered = _sorted(items(value, budget), lambda each: fold(key(each)), budget)
    budget.step(2 * len(ordered))
    groups = [list(group) for _, group in groupby(ordered, lambda each: fold(key(each)))]
    return [(key(group[0]), group) for group in groups]


def _dictsort(
    budget: Budget, value: object, case_sensitive: object = False, by: object = None, reverse: object = False
) -> object:
    if not isinstance(value, dict):
        raise TemplateFault(f"the filter 'dictsort' takes a table, not {kind(value)}")
    place = 1 if by is not None and text_in(by).text == "value" else 0
    return _sort(budget, list(value.items()), reverse, case_sensitive, place)


def _end(*, last: bool) -> Filter:
    def apply(budget: Budget, value: object) -> object:
        values = items(value, budget)
        return values[-1 if last else 0] if values else Undefined("there is no first or last item: the list is empty")

    return apply


def _length(budget: Budget, value: object) -> object:
    if isinstance(value, Traced | list | tuple | dict):
        return len(value)
    if isinstance(value, Undefined):
        return 0
    raise TemplateFault(f"{kind(value)} has no length")


def _reverse(budget: Budget, value: object) -> object:
    if isinstance(value, Traced):
        budget.step(len(value))
        return value.slice(slice(None, None, -1))
    return listed(items(value, budget)[::-1], budget)


def _items(budget: Budget, value: object) -> object:
    if isinstance(value, Undefined):
        return []
    if not isinstance(value, dict):
        raise TemplateFault(f"the filter 'items' takes a table, not {kind(value)}")
    return methods.pairs(budget, value)


def _batch(budget: Budget, value: object, linecount: object, fill_with: object = None) -> object:
    values, count = items(value, budget), whole_in(linecount)
    if count < 1:
        raise TemplateFault("the filter 'batch' takes a number from 1")
    rows = [listed(values[start : start + count], budget) for start in range(0, len(values), count)]
    if rows and fill_with is not None:
        rows[-1] += listed((fill_with,) * _counted(count - len(rows[-1]), budget), budget)
    return rows


def _slice(budget: Budget, value: object, slices: object, fill_with: object = None) -> object:
    values, count = items(value, budget), whole_in(slices)
    if count < 1:
        raise TemplateFault("the filter 'slice' takes a number from 1")
    each, longer = divmod(len(values), _counted(count, budget))
    starts = [index * each + min(index, longer) for index in range(count + 1)]
    rows = [listed(values[starts[index] : starts[index + 1]], budget) for index in range(count)]
    if fill_with is not None:
        return [row if index < longer else [*row, fill_with] for index, row in enumerate(rows)]
    return rows


def _counted(count: int, budget: Budget) -> int:
    budget.step(count)
    return count


FILTERS: Mapping[str, Filter] = {
    **{name: _as_method(name) for name in ("upper", "lower", "capitalize")},
    "abs": lambda budget, value: abs(number_in(value)),
    "batch": _batch,
    "center": _center,
    **dict.fromkeys(("default", "d"), _default),
    "dictsort": _dictsort,
    **dict.fromkeys(("escape", "e"), _escape),
    "first": _end(last=False),
    "float": _float,
    "format": _format,
    "groupby": _group,
    "indent": _indent,
    "int": _int,
    "items": _items,
    "join": _join,
    "last": _end(last=True),
    **dict.fromkeys(("length", "count"), _length),
    "list": lambda budget, value: listed(items(value, budget), budget),
    "map": _map,
    "max": _extreme(last=True),
    "min": _extreme(last=False),
    "reject": _selecting(by_attribute=False, keep=False),
    "rejectattr": _selecting(by_attribute=True, keep=False),
    "replace": _replace,
    "reverse": _reverse,
    "round": _round,
    "safe": lambda budget, value: shown(value, budget),
    "select": _selecting(by_attribute=False, keep=True),
    "selectattr": _selecting(by_attribute=True, keep=True),
    "slice": _slice,
    "sort": _sort,
    "string": lambda budget, value: shown(value, budget),
    "sum": _sum,
    "title": _title,
    "tojson": to_json,
    "trim": _trim,
    "unique": _unique,
    "wordcount": lambda budget, value: len(cast(list[object], methods.OF_TEXTS["split"](budget, shown(value, budget)))),
}
