"""How many calls are run, and which of them a second time."""

from __future__ import annotations

from chatbot.effects import ToolSchema
from chatbot.messages import ToolCall, ToolResult
from chatbot.strategies.call_limits import NOT_AGAIN, SAME, TWICE, CallLimits, is_repeated

READ = ToolSchema("read", "Reads.", {"type": "object"})
SEND = ToolSchema("send", "Sends.", {"type": "object"}, changes=True)


def make(limits: CallLimits, *calls: str, result: str = "x") -> list[ToolResult]:
    """Makes calls, `NAME ARGUMENTS` each, in one reply; those that are run come to this result."""
    made = [ToolCall(f"c{at}", *each.split(" ", 1)) for at, each in enumerate(calls)]  # type: ignore[arg-type]
    known = limits.known(made, (READ, SEND))
    return [
        limits.noted(call, ToolResult(call.id, call.name, result)) if before is None else before
        for call, before in zip(made, known, strict=True)
    ]


def test_a_new_call_is_run_and_its_result_is_its_result() -> None:
    limits = CallLimits()
    assert make(limits, "read {}", 'read {"a": 1}') == [
        ToolResult("c0", "read", "x"),
        ToolResult("c1", "read", "x"),
    ]
    assert not limits.over


def test_a_read_is_run_again_and_the_third_time_for_nothing_is_the_last() -> None:
    limits = CallLimits()
    make(limits, "read {}")
    [again] = make(limits, "read { }")
    assert (again.note, again.attempts) == (SAME, 1)
    assert is_repeated(again)
    [third] = make(limits, "read {}")
    assert third.failed and third.attempts == 0
    assert limits.over == "the model made the same call again and again: read {}"
    [other] = make(limits, 'read {"a": 1}')
    assert other.failed


def test_results_that_differ_are_never_held_against_a_call() -> None:
    limits = CallLimits()
    assert [make(limits, "read {}", result=each)[0].note for each in "abcda"] == [""] * 5


def test_what_changes_something_is_not_done_twice() -> None:
    limits = CallLimits()
    make(limits, "send {}", result="sent")
    make(limits, "read {}")
    [again] = make(limits, "send {}", result="sent again")
    assert (again.text, again.note, again.attempts) == ("sent", NOT_AGAIN, 0)
    assert make(limits, "send {}")[0].failed


def test_a_call_is_known_by_either_of_its_names() -> None:
    limits = CallLimits()
    make(limits, 'mail.send {"to": "a"}')
    assert make(limits, 'mail_send {"to": "a"}')[0].note == SAME


def test_twice_in_one_reply_is_once() -> None:
    limits = CallLimits()
    first, second, third = make(limits, "send {}", "send {}", "read {}")
    assert (first.note, second.note, third.note) == ("", TWICE, "")
    assert second.attempts == 0


def test_so_many_calls_are_run_and_no_more() -> None:
    limits = CallLimits(2)
    results = make(limits, *(f'read {{"a": {number}}}' for number in range(4)))
    assert [result.failed for result in results] == [False, False, True, True]
    assert limits.over == "the model made more calls of tools than the 2 it may, and the rest were not run"


def test_arguments_that_are_no_json_are_compared_as_they_stand() -> None:
    limits = CallLimits()
    make(limits, "read {nope")
    assert make(limits, "read {nope ")[0].note == SAME
    assert make(limits, f"read {'[' * 100_000}")[0].note == ""
