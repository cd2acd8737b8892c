"""Strategies by name: `get("self_consistency over few_shot_cot", samples=20)`.

Options are the fields of each strategy; they are checked here, wherever they come from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, Protocol, Union, cast, get_args, get_origin, get_type_hints

from chatbot.errors import NotFoundError, UsageError, nearest
from chatbot.prompting import Prompt
from chatbot.strategies.chain_of_thought import FewShotCot, ZeroShotCot
from chatbot.strategies.few_shot import FewShot, OneShot
from chatbot.strategies.least_to_most import LeastToMost
from chatbot.strategies.react import React
from chatbot.strategies.self_consistency import SelfConsistency
from chatbot.strategies.self_refine import SelfRefine
from chatbot.strategies.structured import Structured
from chatbot.strategies.task import Strategy
from chatbot.strategies.tree_of_thoughts import TreeOfThoughts
from chatbot.strategies.zero_shot import ZeroShot

STRATEGIES: Mapping[str, type[Strategy]] = {
    strategy.name: strategy
    for strategy in (
        ZeroShot,
        OneShot,
        FewShot,
        ZeroShotCot,
        FewShotCot,
        SelfConsistency,
        TreeOfThoughts,
        React,
        LeastToMost,
        SelfRefine,
        Structured,
    )
}

OVER = " over "


class LoadPrompt(Protocol):
    """Finds a prompt that a strategy names, such as the one that proposes thoughts."""

    def __call__(self, prompt: str, /) -> Prompt:
        """The prompt of a name or a path."""


def get(name: str, *, load: LoadPrompt = Prompt.load, **options: object) -> Strategy:
    """The strategy of that name, with these options; `A over B` is A of what B does.

    Raises NotFoundError with the nearest name for one that does not exist, UsageError for an option that it does not
    have or that does not fit.
    """
    name, over, inner = name.strip().partition(OVER)
    if name not in STRATEGIES:
        raise NotFoundError(f"there is no strategy {name!r}", hint=nearest(name, STRATEGIES))
    kind = STRATEGIES[name]
    known = _types(kind)
    if over:
        if "over" not in known:
            composing = ", ".join(each.name for each in STRATEGIES.values() if "over" in _types(each))
            raise UsageError(f"{name} is not made of another strategy", hint=f"these are: {composing}")
        options = {"over": inner, **options}
    for option in options:
        if option not in known:
            raise UsageError(f"{name} has no option {option!r}", hint=nearest(option, known))
    hints = _types(kind)
    return kind(**{key: _value(f"{name}: {key}", hints[key], value, load) for key, value in options.items()})


@functools.cache
def _types(kind: type[Strategy]) -> Mapping[str, Any]:
    """The options of a strategy and their types."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(cast(Any, kind))}


def _value(place: str, kind: Any, value: object, load: LoadPrompt) -> object:
    """An option's value, if it fits the field's type; names of strategies and prompts become what they name."""
    choices = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    for choice in choices:
        read = _READERS.get(choice) or _plain(choice)
        found = read(value, load)
        if found is not _UNFIT:
            return found
    wanted = " or ".join(_named(choice) for choice in choices if choice is not NoneType)
    raise UsageError(f"{place} must be {wanted}, not {value!r}"[:300])


_UNFIT = object()


def _strategy(value: object, load: LoadPrompt) -> object:
    match value:
        case str():
            return get(value, load=load)
        case {"name": str(name), **options}:
            return get(name, load=load, **{str(key): option for key, option in options.items()})
    return value if callable(value) else _UNFIT


def _prompt(value: object, load: LoadPrompt) -> object:
    return load(value) if isinstance(value, str) else value if isinstance(value, Prompt) else _UNFIT


def _plain(choice: Any) -> Callable[[object, LoadPrompt], object]:
    if get_origin(choice) is Literal:
        return lambda value, _: value if value in get_args(choice) else _UNFIT
    if choice is NoneType:
        return lambda value, _: None if value is None else _UNFIT
    if get_origin(choice) is type:
        return lambda value, _: value if isinstance(value, type) else _UNFIT
    kind = get_origin(choice) or choice
    wide = (float, int) if kind is float else kind
    exact = kind is bool

    def read(value: object, _: LoadPrompt) -> object:
        return value if isinstance(value, wide) and (exact or not isinstance(value, bool)) else _UNFIT

    return read


_READERS: Mapping[object, Callable[[object, LoadPrompt], object]] = {Strategy: _strategy, Prompt: _prompt}


def _named(choice: Any) -> str:
    if get_origin(choice) is Literal:
        return " or ".join(map(repr, get_args(choice)))
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Strategy: "a strategy"}
    return words.get(choice, "a prompt" if choice is Prompt else "a JSON Schema or a pydantic class")
