"""An approval is good for exactly what was approved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chatbot.errors import ToolError
from chatbot.tools import Approval, ApprovalRequest, tool
from chatbot.tools.approval import LIFETIME, Approvals, accepted


@tool(impact="sends", sensitive=["to"])
def send(to: str, body: str = "", cc: str = "") -> str:
    """Send a mail."""
    return to


CALL: dict[str, object] = {"to": "bo", "body": "hello"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def request(approvals: Approvals, arguments: dict[str, object] = CALL, conversation: str = "c") -> ApprovalRequest:
    number = approvals.permit(send, arguments, conversation).hash
    return ApprovalRequest("send", "", "sends", "", (), "", "id", conversation, number)


def test_a_permit_serves_once() -> None:
    approvals = Approvals()
    permit = approvals.permit(send, CALL, "c")
    approvals.redeem(permit, send, dict(reversed(CALL.items())), "c")
    with pytest.raises(ToolError, match="no approval"):
        approvals.redeem(permit, send, CALL, "c")


@pytest.mark.parametrize(
    "change",
    [
        lambda approvals, permit: approvals.redeem(permit, send, {**CALL, "body": "hello "}, "c"),
        lambda approvals, permit: approvals.redeem(permit, send, {**CALL, "cc": ""}, "c"),
        lambda approvals, permit: approvals.redeem(permit, send, CALL, "d"),
        lambda approvals, permit: approvals.redeem(permit, replace(send, name="other"), CALL, "c"),
        lambda approvals, permit: approvals.redeem(permit, replace(send, origin="mcp:x"), CALL, "c"),
        lambda approvals, permit: approvals.redeem(replace(permit, hash="0" * 64), send, CALL, "c"),
    ],
)
def test_it_serves_no_other_call_and_is_spent_by_the_attempt(change: Callable[..., None]) -> None:
    approvals = Approvals()
    permit = approvals.permit(send, CALL, "c")
    with pytest.raises(ToolError, match="no approval"):
        change(approvals, permit)


def test_it_lapses() -> None:
    clock = Clock()
    approvals = Approvals(clock)
    late, in_time = approvals.permit(send, CALL, "c"), approvals.permit(send, CALL, "c")
    clock.now = LIFETIME
    approvals.permit(send, CALL, "another")
    approvals.redeem(in_time, send, CALL, "c")
    clock.now = LIFETIME + 0.1
    with pytest.raises(ToolError, match="lapsed"):
        approvals.redeem(late, send, CALL, "c")


def test_many_are_open_side_by_side_and_those_that_lapsed_are_forgotten() -> None:
    clock = Clock()
    clock.now = 1e6
    approvals = Approvals(clock)
    old = approvals.permit(send, CALL, "c")
    clock.now += LIFETIME + 1
    first, second = approvals.permit(send, CALL, "c"), approvals.permit(send, CALL, "c")
    with pytest.raises(ToolError, match="no approval"):
        approvals.redeem(old, send, CALL, "c")
    approvals.redeem(first, send, CALL, "c")
    approvals.redeem(second, send, CALL, "c")


def test_what_was_withdrawn_serves_no_more() -> None:
    approvals = Approvals()
    permit = approvals.permit(send, CALL, "c")
    approvals.withdraw(permit)
    approvals.withdraw(permit)
    with pytest.raises(ToolError, match="no approval") as refused:
        approvals.redeem(permit, send, CALL, "c")
    assert refused.value.hint == "it was not run"


def test_a_no_says_why() -> None:
    approvals = Approvals()
    mine, other = request(approvals), request(approvals)
    both = replace(mine.edit(CALL), verdict="allow")
    for answer, said in (
        (False, "the user did not approve"),
        (mine.reject(), "the user did not approve"),
        (mine.reject("too early"), "the user did not approve: too early"),
        (other.allow(), "what was approved is another call"),
        (both, "an edit needs arguments, and only an edit has some"),
    ):
        with pytest.raises(ToolError) as refused:
            accepted(answer, mine)
        assert refused.value.message == said


def test_only_a_yes_to_this_question_is_a_yes() -> None:
    approvals = Approvals()
    mine, other = request(approvals), request(approvals)
    assert accepted(True, mine) == mine.allow()
    assert accepted(mine.allow(), mine) == mine.allow()
    for answer in (False, None, 1, "yes", other.allow(), mine.reject("no"), Approval(mine.hash, "maybe")):  # type: ignore[arg-type]
        with pytest.raises(ToolError):
            accepted(answer, mine)
    with pytest.raises(ToolError, match="edit"):
        accepted(Approval(mine.hash, "edit"), mine)


def test_once_reaches_no_further() -> None:
    approvals = Approvals()
    approvals.grant(request(approvals).allow(), send, CALL, "c")
    assert not approvals.granted(send, CALL, "c")


def test_for_a_conversation_reaches_calls_to_the_same_place() -> None:
    approvals = Approvals()
    approvals.grant(request(approvals).allow("conversation"), send, CALL, "c")
    assert approvals.granted(send, {"to": "bo", "body": "more"}, "c")
    assert not approvals.granted(send, {"to": "eve", "body": "hello"}, "c")
    assert not approvals.granted(send, {"body": "hello"}, "c")
    assert not approvals.granted(send, CALL, "d")
    assert not approvals.granted(replace(send, name="other"), CALL, "c")


def test_for_a_conversation_what_was_said_is_no_pattern() -> None:
    approvals = Approvals()
    approvals.grant(request(approvals).allow("conversation"), send, {**CALL, "to": "*"}, "c")
    assert approvals.granted(send, {"to": "*", "body": "more"}, "c")
    assert not approvals.granted(send, {"to": "eve", "body": "hello"}, "c")


def test_a_pattern_reaches_calls_that_match_it_in_every_argument() -> None:
    approvals = Approvals()
    approvals.grant(request(approvals).allow("pattern", {"to": "*@example.com", "body": "*"}), send, CALL, "c")
    assert approvals.granted(send, {"to": "a@example.com", "body": "x y"}, "c")
    assert not approvals.granted(send, {"to": "a@example.com", "body": "x", "cc": "eve"}, "c")
    assert not approvals.granted(send, {"to": "a@example.com"}, "c")
    assert not approvals.granted(send, {"to": "a@example.com"}, "d")


def test_without_a_pattern_it_reaches_the_same_arguments() -> None:
    approvals = Approvals()
    approvals.grant(request(approvals).allow("pattern"), send, {"to": "*", "body": ""}, "c")
    assert approvals.granted(send, {"body": "", "to": "*"}, "c")
    assert not approvals.granted(send, {"to": "eve", "body": ""}, "c")


def test_numbers_and_lists_are_held_to_what_was_approved_as_texts_are() -> None:
    approvals = Approvals()
    call: dict[str, object] = {"to": ["bo"], "amount": 10}
    approvals.grant(request(approvals).allow("conversation"), send, call, "c")
    approvals.grant(request(approvals).allow("pattern", {"amount": "1*"}), send, call, "d")
    assert approvals.granted(send, {"to": ["bo"], "amount": 99}, "c")
    assert not approvals.granted(send, {"to": ["eve"], "amount": 10}, "c")
    assert approvals.granted(send, {"amount": 19}, "d")
    assert not approvals.granted(send, {"amount": 91}, "d")
    approvals.grant(request(approvals).allow("pattern", {"to": '["*"]'}), send, call, "e")
    assert approvals.granted(send, {"to": ["bo"]}, "e") and not approvals.granted(send, {"to": "bo"}, "e")
