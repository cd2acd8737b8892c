"""The functions that every chat template may call: range, dict, namespace, raise_exception and strftime_now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.values import (
    Function,
    Namespace,
    TemplateFault,
    items,
    key_of,
    listed,
    literal,
    shown,
    text_in,
    whole_in,
)

LONGEST_MESSAGE = 300
"""Characters of what a template says when it refuses."""

LONGEST_FORMAT = 200
"""Characters of the form of a date."""


def functions(budget: Budget, now: datetime | None) -> Mapping[str, Function]:
    """The functions by name. Without `now` there is no `strftime_now`, and templates that ask for it fall back."""

    def span(*bounds: object) -> object:
        numbers = range(*map(whole_in, bounds))
        try:
            budget.step(len(numbers))
        except OverflowError:
            raise TemplateFault("range goes through too many numbers") from None
        return list(numbers)

    def table(*given: object, **named: object) -> object:
        found: dict[object, object] = {}
        for source in given:
            pairs = listed(tuple(source.items()), budget) if isinstance(source, dict) else items(source, budget)
            for pair in pairs:
                key, value = items(pair, budget)
                found[key_of(key)] = value
        return found | {literal(key): value for key, value in named.items()}

    def namespace(*given: object, **named: object) -> object:
        if not all(isinstance(each, dict) for each in given):
            raise TemplateFault("a namespace is made of names and their values")
        pairs = [pair for each in given if isinstance(each, dict) for pair in each.items()]
        return Namespace({**{shown(key, budget).text: value for key, value in pairs}, **named})

    def refuse(message: object = "") -> object:
        said = " ".join(shown(message, budget).text[:LONGEST_MESSAGE].split())
        raise TemplateFault(f"the template refuses the conversation: {said}")

    def today(form: object) -> object:
        if now is None or len(text_in(form)) > LONGEST_FORMAT:
            raise TemplateFault(f"the form of a date has {LONGEST_FORMAT} characters at most")
        return literal(now.strftime(text_in(form).text))

    calls: dict[str, Callable[..., object]] = {
        "range": span,
        "dict": table,
        "namespace": namespace,
        "raise_exception": refuse,
    }
    if now is not None:
        calls["strftime_now"] = today
    return {name: Function(name, call) for name, call in calls.items()}
