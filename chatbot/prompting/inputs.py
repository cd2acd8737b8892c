"""What a prompt declares as its inputs, and the check of what it is given: everything wrong is said at once.

Kinds are those of the format: string, integer, float, boolean, array, object, thread. Images, files and audio are
refused. A `Segment` stands wherever a string may, and keeps its origin.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from chatbot.errors import PromptError, UsageError, nearest
from chatbot.messages import Message, Origin, Role, Segment, message
from chatbot.prompting.text import Missing, Thread, as_value

Kind = Literal["string", "integer", "float", "boolean", "array", "object", "thread"]

MAX_DEPTH = 32
"""How deep arrays and objects may nest."""

MAX_BITS = 3_300
"""Of a whole number, about a thousand digits: Python refuses to print those of some thousand."""

RESERVED = frozenset("true false none null True False None and or not in is if else loop".split())
"""Words of the template language: no input can have such a name."""

_ORIGINS: Mapping[str, Origin] = {"user": "user", "assistant": "model", "system": "user", "tool": "tool"}


@dataclass(frozen=True, slots=True)
class Input:
    """An input that a prompt declares."""

    name: str
    kind: Kind = "string"
    required: bool = False
    default: object = None
    """Used where no value is given; None for no default."""
    choices: tuple[object, ...] = ()
    """The only values allowed; empty for any."""
    description: str = ""


def bind(inputs: Mapping[str, Input], given: Mapping[str, object]) -> Mapping[str, object]:
    """The values that a template sees, one for each declared input.

    Text given by the caller is the user's, a default is the author's. Raises PromptError that lists every mistake.
    """
    missing = [name for name, declared in inputs.items() if declared.required and given.get(name) is None]
    wrong = [*_missing(missing, inputs), *_unknown(given, inputs)]
    wrong += [found for name, value in given.items() if name in inputs and (found := complaint(inputs[name], value))]
    if wrong:
        raise PromptError("; ".join(wrong), hint=f"inputs: {_listed(inputs)}")
    return {name: _value(declared, given.get(name)) for name, declared in inputs.items()}


def complaint(declared: Input, value: object) -> str:
    """What is wrong with a value for this input, or nothing."""
    if value is None:
        return ""
    wanted, fits = _CHECKS[declared.kind]
    if not fits(value):
        return f"{declared.name} must be {wanted}, not {brief(value)}"
    if declared.kind in ("array", "object") and (found := _strange(value, declared.name, MAX_DEPTH)):
        return found
    plain = value.text if isinstance(value, Segment) else value
    if declared.choices and plain not in declared.choices:
        return f"{declared.name} must be one of {', '.join(map(repr, declared.choices))}, not {brief(value)}"
    return ""


def parse_value(declared: Input, text: str) -> object:
    """A value written as text, as on a command line: strings as they are, the rest as JSON.

    A thread is a list of `{"role": …, "text": …}`. Raises UsageError for text that is no such value.
    """
    if declared.kind == "string":
        return text
    try:
        value = json.loads(text)
        if declared.kind == "thread":
            value = thread_of(value)
    except (ValueError, TypeError, KeyError, RecursionError):
        value = None
    found = complaint(declared, value)
    if value is None or found:
        wanted = _CHECKS[declared.kind][0]
        raise UsageError(found or f"{declared.name} must be {wanted}, written as JSON, not {text[:60]!r}")
    return value


def thread_of(items: Iterable[Mapping[str, object]]) -> list[Message]:
    """Messages from tables with role and text. Raises TypeError or KeyError for what is none."""
    return [_message(item) for item in items]


def _message(item: Mapping[str, object]) -> Message:
    """Raises TypeError or KeyError for what is no `{"role": …, "text": …}`."""
    role, text = item["role"], item["text"]
    if not isinstance(role, str) or not isinstance(text, str):
        raise TypeError
    return message(cast(Role, role), text, _ORIGINS[role])


def _value(declared: Input, given: object) -> object:
    value = declared.default if given is None else given
    if value is None:
        return Missing(f"the input {declared.name!r} was not given", "give it a default, or test it with {% if %}")
    if declared.kind == "thread":
        return Thread(tuple(cast(Iterable[Message], value)))
    return as_value(value, "author" if given is None else "user")


def _missing(names: Sequence[str], inputs: Mapping[str, Input]) -> list[str]:
    return [f"missing: {', '.join(f'{name} ({inputs[name].kind})' for name in names)}"] if names else []


def _unknown(given: Mapping[str, object], inputs: Mapping[str, Input]) -> list[str]:
    return [f"unknown input {name!r} ({nearest(name, inputs)})" for name in given if name not in inputs]


def _listed(inputs: Mapping[str, Input]) -> str:
    return ", ".join(f"{name} ({declared.kind})" for name, declared in inputs.items()) or "none"


def _strange(value: object, place: str, depth: int) -> str:
    """The first thing in an array or object that a template cannot show."""
    if depth == 0:
        return f"{place} is nested deeper than {MAX_DEPTH} levels"
    if isinstance(value, str | Segment | bool | None) or _is_integer(value):
        return ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{place} must be a finite number"
    if isinstance(value, Mapping):
        if odd := next((key for key in value if not isinstance(key, str)), None):
            return f"{place} has a key that is not text: {odd!r}"
        inner = ((f"{place}.{key}", item) for key, item in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        inner = ((f"{place}[{index}]", item) for index, item in enumerate(value))
    else:
        return f"{place} is {brief(value)}, which no template can show"
    return next(filter(None, (_strange(item, name, depth - 1) for name, item in inner)), "")


def _is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= MAX_BITS


def _is_float(value: object) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _is_thread(value: object) -> bool:
    return _is_sequence(value) and all(isinstance(item, Message) for item in cast(Sequence[object], value))


_CHECKS: Mapping[Kind, tuple[str, Callable[[object], bool]]] = {
    "string": ("text", lambda value: isinstance(value, str | Segment)),
    "integer": ("a whole number", _is_integer),
    "float": ("a finite number", _is_float),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "array": ("a list", _is_sequence),
    "object": ("a table of keys and values", lambda value: isinstance(value, Mapping)),
    "thread": ("a list of messages", _is_thread),
}

KINDS: tuple[str, ...] = get_args(Kind)


def brief(value: object) -> str:
    """A value for a message: its first characters, and its type."""
    try:
        text = repr(value.text if isinstance(value, Segment) else value)
    except ValueError:  # Python prints no number of more than some thousand digits
        text = "a value with too many digits to print"
    return f"{text if len(text) <= 60 else text[:57] + '…'} ({type(value).__name__})"
