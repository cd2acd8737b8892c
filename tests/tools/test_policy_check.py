"""A policy that speaks of what there is not is told, since its rules do nothing."""

from __future__ import annotations

import pytest

from chatbot.tools import Policy, Rule, Tool, tool
from chatbot.tools.policy_check import mistakes


@tool(impact="sends", sensitive=["to"])
def send_mail(to: str, body: str) -> str:
    """Send a mail."""
    return to + body


TOOLS: list[Tool] = [send_mail]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy((Rule("deny", "send_mial"),)), "'send_mial', and there is no such tool (did you mean 'send_mail'?)"),
        (Policy(tools=("delete_*",)), "'delete_*', and there is no such tool"),
        (Policy((Rule("deny", "send_mail", arguments={"bdy": "*"}),)), "'bdy' of send_mail"),
        (Policy((Rule("deny", arguments={"recipient": "*"}),)), "'recipient' of *"),
        (Policy((Rule("allow", "send_*", from_user=("too",)),)), "(did you mean 'to'?)"),
    ],
)
def test_a_name_that_nothing_has_is_told_with_the_nearest(policy: Policy, words: str) -> None:
    [said] = mistakes(policy, TOOLS)
    assert words in said


def test_what_there_is_is_not_told() -> None:
    rules = (
        Rule("deny", "send_*"),
        Rule("ask"),
        Rule("ask", impact="spends"),
        Rule("allow", "send_mail", arguments={"to": "*"}),
    )
    assert list(mistakes(Policy((*rules, Rule("allow", "search_knowledge")), ("*",)), TOOLS)) == []
    assert list(mistakes(Policy((Rule("ask"),)), [])) == []
