"""Parameters that the app fills and the model never sees: who the user is, which conversation this is, a key.

    @tool(impact="reads")
    def orders(status: str, customer: Annotated[str, Injected("user")]) -> list[str]: ...

    Chatbot(tools=[orders], tool_context={"user": "c-1042"})

An injected parameter is in no schema, a model that gives it a value is refused, and its value is in no journal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from chatbot.errors import ToolError, UsageError, nearest


@dataclass(frozen=True, slots=True)
class Injected:
    """Marks a parameter as the app's to fill: `Annotated[str, Injected("user")]`."""

    name: str = ""
    """Under which the app's `tool_context` holds the value; empty for the parameter's own name."""
    secret: bool = False
    """The value is masked wherever the tool's result, progress or error repeats it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Refuses to be a part of a larger type, where a model would be asked for the value."""
        raise TypeError("Injected must mark the whole parameter: Annotated[TYPE, Injected(…)]")


@dataclass(frozen=True, slots=True)
class Injection:
    """A parameter of a tool, and what of the app's it is filled with."""

    parameter: str
    name: str
    required: bool = True
    secret: bool = False


def injection_of(parameter: str, hint: Any, *, required: bool) -> Injection | None:
    """How this parameter is injected; None for one that the model fills."""
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    for note in notes:
        mark = Injected() if note is Injected else note
        if isinstance(mark, Injected):
            return Injection(parameter, mark.name or parameter, required, mark.secret)
    return None


def values_for(tool: str, injections: Sequence[Injection], context: Mapping[str, object]) -> dict[str, object]:
    """What the app fills in. Raises ToolError where it holds no such value, and the function has no default."""
    missing = [each.name for each in injections if each.required and each.name not in context]
    if missing:
        raise ToolError(f"{tool} cannot run here: the app gives no {missing[0]!r}", hint="tell the user")
    return {each.parameter: context[each.name] for each in injections if each.name in context}


def check_context(tool: str, injections: Sequence[Injection], context: Mapping[str, object]) -> None:
    """Raises UsageError where the app would leave a parameter of this tool unfilled."""
    for each in injections:
        if each.required and each.name not in context:
            hint = nearest(each.name, context) if context else f"pass tool_context={{{each.name!r}: …}}"
            raise UsageError(f"{tool} needs {each.name!r} of the app for its parameter {each.parameter!r}", hint=hint)


def masked(text: str, injections: Sequence[Injection], context: Mapping[str, object]) -> str:
    """The text with the secrets that were injected made unreadable, also as JSON and addresses write them."""
    secrets = [_text(context.get(each.name)) for each in injections if each.secret]
    for form in sorted({form for secret in secrets if secret for form in _forms(secret)}, key=len, reverse=True):
        text = text.replace(form, "[secret]")
    return text


def _forms(secret: str) -> set[str]:
    from urllib.parse import quote, quote_plus

    as_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, *as_json, quote(secret), quote(secret, safe=""), quote_plus(secret)}


def _text(value: object) -> str:
    """A secret as text: itself, bytes decoded, or what a `SecretStr` holds."""
    reveal = getattr(value, "get_secret_value", None)
    inner = reveal() if callable(reveal) else value
    if isinstance(inner, bytes):
        return inner.decode(errors="replace")
    return "" if inner is None else str(inner)
