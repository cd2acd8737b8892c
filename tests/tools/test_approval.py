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
    approvals.redeem(in_time, send, CALL, "c")
    clock.now = LIFETIME + 0.1
    with pytest.raises(ToolError, match="lapsed"):
        approvals.redeem(late, send, CALL, "c")


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
