"""Function declarations and right calls of a public set, and calls made wrong on purpose.

`items` reads ../shared/data/bfcl, if it is there. `right_calls` are the calls that an item accepts; `wrong_calls` are
made of one right call, each with what must come of it: a refusal that names the parameter, or the value that the
argument is coerced to. What must come of a call is read from the declaration as it was published, not from our schema.
`measured` does all that with the tools that our code makes, and counts.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.effects import CallTool
from chatbot.errors import ToolArgumentError, UsageError
from chatbot.messages import ToolCall
from chatbot.tools import Tool, Toolbox

DATA = Path(__file__).parents[3] / "shared" / "data" / "bfcl" / "items.jsonl"

Call = dict[str, Any]

_KINDS = {"dict": "object", "float": "number", "tuple": "array"}
_WRONG = {
    "string": {"not": "text"},
    "integer": "many",
    "number": "many",
    "boolean": "maybe",
    "array": {"not": "a list"},
    "object": "not an object",
}
"""Of each kind, what cannot be meant."""


@dataclass(frozen=True)
class WrongCall:
    """A call with something wrong in it."""

    mutation: str
    arguments: Call
    parameter: str
    """What the refusal must name, where it is to be refused."""
    coerced: Call | None = None
    """What the arguments become, where they are to be coerced."""


def items() -> list[dict[str, Any]]:
    """The items of the set; none where it is absent."""
    return [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()] if DATA.is_file() else []


def named_calls(item: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The function of each right call of an item, and the acceptable values of its arguments."""
    functions = {function["name"]: function for function in item["function"]}
    for call in item["ground_truth"] or ():
        for name, acceptable in call.items():
            yield functions[name], acceptable


def right_calls(acceptable: Mapping[str, Any]) -> Iterator[Call]:
    """The call with the first values, the one with what can be omitted left out, and each with one value exchanged."""
    first = _first(acceptable)
    yield first
    yield {name: value for name, value in first.items() if "" not in acceptable[name]}
    for name, values in acceptable.items():
        for value in values[1:]:
            if value != "":
                yield {**first, name: _plain(value)}


def _first(acceptable: Mapping[str, Any]) -> Call:
    """The first value of each argument that is one; where none is listed, an empty list is meant."""
    given = {name: [value for value in values or [[]] if value != ""] for name, values in acceptable.items()}
    return {name: _plain(values[0]) for name, values in given.items() if values}


def _plain(value: Any) -> Any:
    """A value without the lists of choices that the set puts into objects."""
    if isinstance(value, dict):
        return _first({name: each if isinstance(each, list) else [each] for name, each in value.items()})
    return [_plain(each) for each in value] if isinstance(value, list) else value


def kind_of(schema: Mapping[str, Any]) -> str:
    """The kind of a parameter by JSON Schema's names, "any" for one that takes any."""
    kind = schema.get("type", "any")
    return _KINDS.get(kind, kind)


def wrong_calls(function: Mapping[str, Any], right: Call) -> Iterator[WrongCall]:
    """Calls made of a right one, each with one thing wrong."""
    properties = function["parameters"]["properties"]
    required = _required(function["parameters"])
    yield WrongCall("extra", {**right, "surplus_argument": 1}, "surplus_argument")
    for name in right:
        if name in required:
            yield WrongCall("missing", {key: value for key, value in right.items() if key != name}, name)
    for name, value in right.items():
        yield from _of_parameter(name, properties[name], value, right, is_required=name in required)


def _required(parameters: Mapping[str, Any]) -> set[str]:
    """What must be given: what is listed, less what says of itself that it is optional."""
    flags = {name for name, schema in parameters["properties"].items() if schema.get("optional") in (True, "true")}
    return set(parameters.get("required", ())) - flags


def _of_parameter(
    name: str, schema: Mapping[str, Any], value: Any, right: Call, *, is_required: bool
) -> Iterator[WrongCall]:
    kind = kind_of(schema)

    def refused(mutation: str, wrong: Any, path: Sequence[object] = ()) -> WrongCall:
        return WrongCall(mutation, {**right, name: wrong}, ".".join(map(str, (name, *path))))

    if kind == "any":
        return
    yield refused("wrong type", _WRONG[kind])
    if kind not in ("array", "object"):
        yield refused("list for scalar", [value])
    if "enum" in schema and kind != "array":
        yield refused("wrong enum", "no such choice")
    if kind == "integer" and "enum" not in schema:
        yield refused("3.7 for an integer", "3.7")
    if kind in ("integer", "number") and isinstance(value, int | float):
        yield WrongCall("3 as text", {**right, name: str(value)}, name, {**right, name: value})
    yield from (refused("nested wrong type", wrong, path) for wrong, path in _nested(schema, value))
    if not ("default" in schema and schema["default"] is None):
        without = {key: each for key, each in right.items() if key != name}
        yield WrongCall("null", {**right, name: None}, name, None if is_required else without)


def _nested(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Any, tuple[object, ...]]]:
    """The value with something in it that is of the wrong type, and where."""
    if isinstance(value, list) and value and kind_of(items := schema.get("items", {})) != "any":
        yield [*value[:-1], _WRONG[kind_of(items)]], (len(value) - 1,)
        yield from (([*value[:-1], inner], (len(value) - 1, *path)) for inner, path in _nested(items, value[-1]))
    if isinstance(value, dict):
        for key, inner in (schema.get("properties") or {}).items():
            if key in value and kind_of(inner) != "any":
                yield {**value, key: _WRONG[kind_of(inner)]}, (key,)
                yield from (({**value, key: deep}, (key, *path)) for deep, path in _nested(inner, value[key]))


# --- what our tools make of them --------------------------------------------------------------------------------------

TOOL, FIRST, OTHER, UNKNOWN = (
    "function becomes a tool",
    "right call, first values",
    "right call, others",
    "unknown tool",
)


@dataclass
class Outcomes:
    """How many cases of each kind there are, how many come out right, and what was wrong with the others."""

    cases: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, kind: str, where: str, problem: str) -> None:
        """Counts a case; without a problem it came out right."""
        self.cases[kind] += 1
        self.right[kind] += not problem
        if problem:
            self.problems.append(f"{kind}: {where}: {problem}")

    def share(self, kind: str) -> float:
        """Of the cases of this kind, those that came out right."""
        return self.right[kind] / self.cases[kind]

    def mutations(self) -> list[str]:
        """The kinds that are calls made wrong."""
        return [kind for kind in self.cases if kind not in (TOOL, FIRST, OTHER)]


def measured(chosen: Iterable[Mapping[str, Any]]) -> Outcomes:
    """What becomes of the functions of these items, of their right calls, and of the wrong ones made of them."""
    found = Outcomes()
    for item in chosen:
        tools: dict[str, Tool] = {}
        for function in item["function"]:
            try:
                tools[function["name"]] = Tool.from_schema(function)
            except UsageError as error:
                found.add(TOOL, item["id"], str(error))
            else:
                found.add(TOOL, item["id"], "")
        for function, acceptable in named_calls(item):
            for kind, problem in _outcomes(tools[function["name"]], function, acceptable):
                found.add(kind, item["id"], problem)
    return found


def _outcomes(tool: Tool, function: Mapping[str, Any], acceptable: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    calls = list(right_calls(acceptable))
    for at, call in enumerate(calls):
        yield FIRST if at == 0 else OTHER, refusal(tool, call)
    yield UNKNOWN, "" if _is_told_the_name(tool) else "it was not told the name"
    if not refusal(tool, calls[0]):
        for wrong in wrong_calls(function, _without_null(calls[0])):
            yield wrong.mutation, failure(tool, wrong)


def _without_null(call: Call) -> Call:
    return {name: value for name, value in call.items() if value is not None}


def refusal(tool: Tool, call: Call) -> str:
    """Why a right call is not accepted unchanged, null being nothing given; empty where it is."""
    try:
        read = tool.arguments.read(json.dumps(call))
    except ToolArgumentError as error:
        return str(error)
    return "" if _without_null(read) == _without_null(call) else f"it became {read}"


def failure(tool: Tool, wrong: WrongCall) -> str:
    """Why what came of a wrong call is not what must come of it; empty where it is."""
    try:
        read = tool.arguments.read(json.dumps(wrong.arguments))
    except ToolArgumentError as error:
        named = error.parameter == wrong.parameter and wrong.parameter in error.message
        return "" if named and wrong.coerced is None else f"refused: {error}"
    return "" if read == wrong.coerced else f"accepted as {read}"


def _is_told_the_name(tool: Tool) -> bool:
    """Whether a call of a name that is slightly wrong is answered with the right one."""
    result = asyncio.run(Toolbox([tool]).run(CallTool(ToolCall("1", f"{tool.name}_x", "{}"))))
    return result.failed and tool.name in result.text
