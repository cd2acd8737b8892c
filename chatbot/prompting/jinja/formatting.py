"""Texts with places for values: `"%s" % x` and `"{}".format(x)`, without attributes, items or endless widths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.values import TemplateFault, literal, number_in, shown
from chatbot.prompting.provenance import Traced, joined, traced

MAX_WIDTH = 1_000
"""Characters that a place may be padded to."""

_PLACE = re.compile(
    r"%(?:\((?P<name>\w+)\))?(?P<form>[-+ #0]*(?P<width>\d*)(?:\.(?P<digits>\d*))?)(?P<type>[sdifgeEGxXr%])"
)


def percent_formatted(text: Traced, values: object, budget: Budget) -> Traced:
    """`text % values`. Raises TemplateFault where values and places do not fit."""
    queue = iter(values) if isinstance(values, tuple) else iter((values,))
    budget.write(len(text))
    pieces, at = [], 0
    for place in _PLACE.finditer(text.text):
        pieces.append(text.cut(at, place.start()))
        at = place.end()
        if place["type"] == "%":
            pieces.append(literal("%"))
            continue
        value = _named(values, place["name"]) if place["name"] else next(queue, _NONE_LEFT)
        if value is _NONE_LEFT:
            raise TemplateFault("a text has more places than there are values for them")
        pieces.append(_in_place(value, place, budget))
    rest = text.cut(at, len(text))
    if "%" in rest.text or any("%" in piece.text for piece in pieces[::2]):
        raise TemplateFault("a text has a % that is no place for a value")
    if isinstance(values, tuple) and next(queue, _NONE_LEFT) is not _NONE_LEFT:
        raise TemplateFault("a text has fewer places than there are values for them")
    return joined([*pieces, rest])


_NONE_LEFT = object()


def _named(values: object, name: str) -> object:
    if isinstance(values, Mapping) and name in values:
        return values[name]
    raise TemplateFault(f"there is no value for the place {name!r} of a text")


def _in_place(value: object, place: re.Match[str], budget: Budget) -> Traced:
    form = place["form"]
    _check_widths(form)
    if place["type"] == "r":
        raise TemplateFault("%r is not supported here")
    if place["type"] != "s":
        number = number_in(value)
        whole = int(number) if place["type"] in "dixX" else number
        return _counted(literal(f"%{form}{place['type']}" % whole), budget)
    return _counted(shown(value, budget).changed(lambda text: f"%{form}s" % text), budget)


def brace_formatted(text: Traced, args: Sequence[object], kwargs: Mapping[str, object], budget: Budget) -> Traced:
    """`text.format(*args, **kwargs)`. Raises TemplateFault for places that are more than a name or a number."""
    budget.write(len(text))
    try:
        places = list(Formatter().parse(text.text))
    except ValueError as error:
        raise TemplateFault(f"a text cannot be formatted: {error}") from None
    return joined(_filled(places, text, [*args], kwargs, budget))


def _filled(
    places: Sequence[tuple[str, str | None, str | None, str | None]],
    text: Traced,
    args: list[object],
    kwargs: Mapping[str, object],
    budget: Budget,
) -> Iterator[Traced]:
    counted = iter(range(len(args)))
    if len({bool(name) for _, name, _, _ in places if name == "" or (name or "").isdecimal()}) > 1:
        raise TemplateFault("places are counted by hand or by themselves, not both")
    for before, name, form, conversion in places:
        yield traced(before, text.writer)
        if name is None:
            continue
        if conversion or "{" in (form or ""):
            raise TemplateFault("conversions and nested places are not supported in a format")
        key = name or str(next(counted, len(args)))
        if key.isdecimal() and int(key) < len(args):
            value = args[int(key)]
        elif key in kwargs:
            value = kwargs[key]
        else:
            raise TemplateFault(f"there is no value for the place {key!r} of a text")
        yield _counted(_by_form(value, form or "", budget), budget)


def _by_form(value: object, form: str, budget: Budget) -> Traced:
    _check_widths(form)
    try:
        if isinstance(value, int | float) and form:
            return literal(format(value, form))
        return shown(value, budget).changed(lambda text: format(text, form))
    except ValueError:
        raise TemplateFault(f"{form!r} is no format for this value") from None


def _check_widths(form: str) -> None:
    if any(len(width) > 4 or int(width) > MAX_WIDTH for width in re.findall(r"\d+", form)):
        raise TemplateFault(f"a place in a text can be {MAX_WIDTH:,} characters wide at most")


def _counted(text: Traced, budget: Budget) -> Traced:
    budget.write(len(text))
    return text
