"""Faults of tool calls: what must not be run, and what is a call although it looks strange."""

from __future__ import annotations

from functools import partial

from chat_server import DONE, delta, streams, usage

from faults.fault import Expected, Fault, calling, completion, cut, fault, lies, only_stream, tool_call, whole

_call = partial(fault, "tool call")

SUM = '{"a": 2, "b": 2}'
"""Arguments of the tool `add`."""

HALF = '{"a": 2, "b'

PARSEABLE = '{"a": 2}'

NONE = ""
"""No text."""


def _runs(*calls: tuple[str, str], runs: int | None = None) -> Expected:
    """A whole reply with these calls, of which so many are run."""
    return whole(NONE, calls=calls, runs=len(calls) if runs is None else runs)


def _one(name: str, arguments: object, *, as_text: str | None = None, runs: int = 0) -> Fault:
    """One call with these arguments."""
    text = str(arguments) if as_text is None else as_text
    return _call(name, lambda form: calling(form, tool_call(arguments)), _runs(("add", text), runs=runs))


def _cut(name: str, arguments: str, finish: str | None, expected: Expected) -> Fault:
    return _call(name, lambda form: calling(form, tool_call(arguments), finish=finish), expected)


_BOTH = (("add", SUM), ("add", '{"a": 1, "b": 1}'))

CUT = (
    _cut("a call cut by the token limit", HALF, "length", cut("length", NONE)),
    _cut("a call cut by the token limit that is JSON by chance", PARSEABLE, "length", cut("length", NONE)),
    _cut("a whole call at the token limit", SUM, "length", cut("length", NONE)),
    _cut("a call that is withheld", SUM, "content_filter", cut("filtered", NONE)),
    _cut("a call without a reason for its end", SUM, None, cut("truncated", NONE)),
    _cut("a call with a reason nobody knows", SUM, "because", cut("truncated", NONE)),
    only_stream("a call in a stream that ends", streams(delta(tool_calls=[tool_call(SUM)])), cut("truncated", NONE)),
    only_stream("a call before [DONE]", streams(delta(tool_calls=[tool_call(SUM)]), DONE), cut("truncated", NONE)),
)

ARGUMENTS = (
    _one("half of the arguments in a finished call", HALF),
    _one("arguments without one that is needed", PARSEABLE),
    _one("arguments with NaN", '{"a": NaN, "b": 2}'),
    _one("arguments with a key twice", '{"a": 1, "a": 2, "b": 2}'),
    _one("arguments in words", "two and two"),
    _one("arguments that are a list", "[2, 2]"),
    _one("arguments with something behind them", SUM + SUM),
    _one("arguments in Python", "{'a': 2, 'b': 2}"),
    _one("arguments nested deeply", "[" * 20_000),
    _one("arguments as an object", {"a": 2, "b": 2}, as_text=SUM, runs=1),
    _call("arguments in a list", lambda form: calling(form, tool_call([2, 2])), lies("is not text")),
    _call("arguments that are a number", lambda form: calling(form, tool_call(5)), lies("is not text")),
)

CALLS = (
    _cut("a call that ends as words do", SUM, "stop", _runs(("add", SUM))),
    _call(
        "two calls of one index",
        lambda form: calling(form, tool_call(SUM), tool_call(_BOTH[1][1], id="c2")),
        _runs(*_BOTH),
    ),
    _call(
        "two calls of one id",
        lambda form: calling(form, tool_call(SUM), tool_call(_BOTH[1][1], index=1)),
        _runs(*_BOTH, runs=0),
    ),
    _call("a call without an id", lambda form: calling(form, tool_call(SUM, id=None)), _runs(("add", SUM))),
    _call("a call with a wrong index", lambda form: calling(form, tool_call(SUM, index=7)), _runs(("add", SUM))),
    _call("a call with a negative index", lambda form: calling(form, tool_call(SUM, index=-1)), _runs(("add", SUM))),
    _call("a call whose index is text", lambda form: calling(form, tool_call(SUM, index="0")), _runs(("add", SUM))),
    _call("a call of nothing", lambda form: calling(form, tool_call(SUM, name="")), _runs(("", SUM), runs=0)),
    _call(
        "a call of a tool that is not there",
        lambda form: calling(form, tool_call(SUM, name="rm")),
        _runs(("rm", SUM), runs=0),
    ),
    _call(
        "a call in the old form",
        lambda form: completion(form, {"function_call": {"name": "add", "arguments": SUM}}, "function_call"),
        _runs(("add", SUM)),
    ),
    _call(
        "a call in the old form and the new",
        lambda form: completion(
            form,
            {"tool_calls": [tool_call(SUM)], "function_call": {"name": "add", "arguments": SUM}},
            "tool_calls",
        ),
        _runs(("add", SUM)),
    ),
    _call(
        "a call in the old form that is text",
        lambda form: completion(form, {"function_call": "add"}, "function_call"),
        lies("a function is"),
    ),
    _call("no call where calls are the reason", lambda form: calling(form), whole(NONE)),
    _call(
        "a call beside words",
        lambda form: completion(form, {"content": "Let me see.", "tool_calls": [tool_call(SUM)]}, "tool_calls"),
        whole("Let me see.", calls=(("add", SUM),), runs=1),
    ),
    only_stream(
        "a call after [DONE]",
        streams(delta("tool_calls"), usage(), DONE, delta(tool_calls=[tool_call(SUM)])),
        whole(NONE),
    ),
)

CALL_FAULTS = (*CUT, *ARGUMENTS, *CALLS)
