"""Scorer of tool calls: are they those that are expected, by name and by each argument's acceptable values.

The form of the expected calls is that of the Berkeley Function Calling Leaderboard, a list of
`{function: {argument: [acceptable values]}}`, in which `""` says that the argument may be left out; no list, or an
empty one, says that no call is right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot.errors import UsageError
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import structured
from chatbot.evaluation.scoring.outcomes import brief, has_declined, refused, right_or_wrong
from chatbot.messages import ToolCall
from chatbot.tools.strict_json import strict_json
from chatbot.wire_names import wire_name

_LEFT_OUT = ""
_LOOSE = re.compile(r"[ ,./\-_*^]")
"""Characters that do not tell texts apart, as in the leaderboard's own checker."""


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """A call that should be made."""

    name: str
    arguments: Mapping[str, Sequence[object]]
    """Acceptable values, by argument."""

    def complaint(self, call: ToolCall) -> str:
        """How a call is not this one; empty where it is."""
        if wire_name(call.name) != wire_name(self.name):
            return f"expected a call of {self.name}, not of {call.name}"
        try:
            given = strict_json(call.arguments or "{}")
        except ValueError as error:
            return f"the arguments of {call.name} are no JSON: {error}"
        if not isinstance(given, Mapping):
            return f"the arguments of {call.name} are no table"
        return next(iter(_complaints(given, self.arguments, call.name)), "")


def tool_call(entry: Entry) -> Scorer:
    """Whether the calls made are the expected ones, each once and no other; in this order with `order: strict`."""
    calls_of = entry.made("expect", entry.expected(default="ground_truth"), read_calls)
    strict = entry.choice("order", ("free", "strict"), "free") == "strict"

    def judge(item: Item, response: Response) -> Score:
        expected, made = calls_of(item), [use.call for use in response.tool_uses]
        if expected and has_declined(response):
            return refused(response)
        fits = [[not wanted.complaint(call) for call in made] for wanted in expected]
        matched = sum(row[at : at + 1] == [True] for at, row in enumerate(fits)) if strict else _most_pairs(fits)
        details = {"expected": len(expected), "made": len(made), "matched": matched}
        right = matched == len(expected) == len(made)
        return right_or_wrong(right, "" if right else _reason(expected, made), details)

    return judge


def read_calls(value: object) -> tuple[ExpectedCall, ...]:
    """The expected calls. Raises UsageError for what is no list of them."""
    given = structured(value)
    listed: Sequence[object] = given if isinstance(given, list | tuple) else [] if given in (None, "") else [given]
    calls = []
    for each in listed:
        if not isinstance(each, Mapping) or len(each) != 1:
            raise UsageError(f"{brief(each)} is no expected call", hint="{function: {argument: [acceptable values]}}")
        ((name, arguments),) = each.items()
        if not isinstance(arguments, Mapping):
            raise UsageError(f"the arguments of {name} must be a table, not {brief(arguments)}")
        calls.append(ExpectedCall(str(name), {str(key): _acceptable(given) for key, given in arguments.items()}))
    return tuple(calls)


def _acceptable(value: object) -> Sequence[object]:
    """The acceptable values; without any the empty list is, as the leaderboard's data means it."""
    return value if isinstance(value, list | tuple) and value else (value,)


def _complaints(given: Mapping[str, object], expected: Mapping[str, Sequence[object]], where: str) -> list[str]:
    """All that is wrong with a table of values."""
    extra = [f"{where}: {name} is not expected" for name in given if name not in expected]
    missing = [
        f"{where}: {name} is missing" for name, some in expected.items() if name not in given and _LEFT_OUT not in some
    ]
    wrong = [
        f"{where}: {name} is {brief(given[name])}, not {' or '.join(map(brief, some[:5]))}"
        for name, some in expected.items()
        if name in given and not any(_same(given[name], each) for each in some)
    ]
    return [*missing, *wrong, *extra]


def _same(given: object, wanted: object) -> bool:
    """Whether a value is acceptable; the inner values of an acceptable table are lists of acceptable ones again."""
    match wanted:
        case bool() | None:
            return given is wanted
        case int() | float():
            return isinstance(given, int | float) and not isinstance(given, bool) and given == wanted
        case str():
            return isinstance(given, str) and _loose(given) == _loose(wanted)
        case Mapping():
            inner = {str(name): _acceptable(each) for name, each in wanted.items()}
            return isinstance(given, Mapping) and not _complaints(given, inner, "")
        case list() | tuple():
            return isinstance(given, list) and len(given) == len(wanted) and all(map(_same, given, wanted))
    return given == wanted


def _loose(text: str) -> str:
    return _LOOSE.sub("", text).casefold().replace("'", '"') or text


def _most_pairs(fits: Sequence[Sequence[bool]]) -> int:
    """How many expected calls can each have a made call of its own: the largest matching, by augmenting paths."""
    taken: dict[int, int] = {}

    def place(wanted: int, tried: set[int]) -> bool:
        for call, fit in enumerate(fits[wanted]):
            if not fit or call in tried:
                continue
            tried.add(call)
            if call not in taken or place(taken[call], tried):
                taken[call] = wanted
                return True
        return False

    return sum(place(wanted, set()) for wanted in range(len(fits)))


def _reason(expected: Sequence[ExpectedCall], made: Sequence[ToolCall]) -> str:
    """What is wrong first: with the call that comes nearest to an expected one, else with the calls as a whole."""
    if not expected:
        return f"no call is right, and {made[0].name} was called"
    if not made:
        return f"no call was made; expected {', '.join(wanted.name for wanted in expected)}"
    for wanted in expected:
        complaints = [wanted.complaint(call) for call in made]
        if all(complaints):
            same_name = [each for each in complaints if not each.startswith("expected a call")]
            return (same_name or complaints)[0]
    if surplus := [call.name for call in made if all(wanted.complaint(call) for wanted in expected)]:
        return f"not expected: {', '.join(surplus)}"
    return f"{len(made)} calls were made, not {len(expected)}" if len(made) != len(expected) else "not in this order"
