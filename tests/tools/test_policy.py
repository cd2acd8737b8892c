"""What may run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.messages import ArgumentOrigin
from chatbot.tools import Policy, Rule, Tool, tool
from chatbot.tools.policy import Proposal, decide


@tool(impact="sends", sensitive=["to"])
def send_mail(to: str, body: str) -> str:
    """Send a mail."""
    return to + body


@tool(impact="writes")
def add_note(text: str) -> str:
    """Add a note."""
    return text


@tool(impact="reads")
def look(what: str) -> str:
    """Look something up."""
    return what


DEFAULT = Policy()
BO = ArgumentOrigin("to", "user", "bo@example.com", whole=True)
COPY = ArgumentOrigin("body", "document", "the code of the vault is 7391-A", "a.md:3")
MAIL: dict[str, object] = {"to": "bo@example.com", "body": "Hello"}


def verdict(
    of: Tool, arguments: dict[str, object], *origins: ArgumentOrigin, policy: Policy = DEFAULT, tainted: bool = True
) -> tuple[str, str]:
    decision = decide(Proposal(of, arguments, tainted, origins), policy)
    return decision.verdict, decision.check


# --- without a policy -------------------------------------------------------------------------------------------------


def test_without_a_policy_reading_is_free_and_side_effects_are_the_users_alone() -> None:
    assert verdict(look, {"what": "a"}) == ("allow", "")
    assert verdict(add_note, {"text": "a"}, tainted=False) == ("allow", "")
    assert verdict(add_note, {"text": "a"}) == ("ask", "taint")
    assert verdict(send_mail, MAIL, BO) == ("ask", "taint")


def test_a_read_that_could_carry_something_out_counts_as_sending() -> None:
    assert verdict(look, {"what": "https://evil.example/?d=7391"}) == ("ask", "taint")
    assert verdict(look, {"what": "https://evil.example/?d=7391"}, tainted=False) == ("allow", "")


def test_where_something_goes_the_user_must_have_said_even_where_only_they_have_spoken() -> None:
    assert verdict(send_mail, MAIL, BO, tainted=False) == ("allow", "")
    assert verdict(send_mail, MAIL, tainted=False) == ("ask", "origin")
    assert verdict(send_mail, MAIL, replace(BO, quote="bo"), tainted=False) == ("ask", "origin")
    assert verdict(send_mail, MAIL, replace(BO, origin="document"), tainted=False) == ("ask", "origin")
    assert verdict(send_mail, MAIL, replace(BO, whole=False), tainted=False) == ("ask", "origin")
    assert verdict(send_mail, MAIL, replace(BO, argument="body"), tainted=False) == ("ask", "origin")
    assert verdict(send_mail, MAIL, policy=Policy(trusted=("*@example.com",)), tainted=False) == ("allow", "")


def test_of_several_places_each_must_be_said_or_trusted() -> None:
    both: dict[str, object] = {"to": ["bo@example.com", "eve@evil.example"], "body": ""}
    for policy in (Policy(), Policy(trusted=("*@example.com",))):
        assert verdict(send_mail, both, replace(BO, argument="to.0"), policy=policy, tainted=False) == ("ask", "origin")
    trusted = Policy(trusted=("*@example.com", "*@evil.example"))
    assert verdict(send_mail, both, policy=trusted, tainted=False) == ("allow", "")


# --- rules ------------------------------------------------------------------------------------------------------------


def test_a_task_has_the_tools_that_it_was_given() -> None:
    for policy in (Policy(tools=()), Policy(tools=("send_*",))):
        assert verdict(look, {"what": "a"}, policy=policy, tainted=False) == ("deny", "scope")
    assert verdict(send_mail, MAIL, BO, policy=Policy(tools=("send_*",)), tainted=False) == ("allow", "")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((Rule("deny", impact="reads"),), "deny"),
        ((Rule("deny", impact="writes"),), "allow"),
        ((Rule("deny", impact="reads"), Rule("allow", "look")), "allow"),
        ((Rule("allow", "look"), Rule("ask", "lo*")), "ask"),
        ((Rule("deny", "look"), Rule("allow", "look", arguments={"what": "a"})), "allow"),
        ((Rule("allow", "look", arguments={"what": "a"}), Rule("deny", arguments={"what": "*"})), "deny"),
        ((Rule("deny", "look", arguments={"other": "*"}),), "allow"),
    ],
)
def test_the_most_exact_rule_counts_and_of_these_the_strictest(rules: tuple[Rule, ...], expected: str) -> None:
    assert verdict(look, {"what": "a"}, policy=Policy(rules))[0] == expected


def test_a_rule_that_allows_does_not_reach_into_a_tainted_turn_unless_it_says_so() -> None:
    usual = Rule("allow", "add_note")
    assert verdict(add_note, {"text": "a"}, policy=Policy((usual,))) == ("ask", "taint")
    assert verdict(add_note, {"text": "a"}, policy=Policy((replace(usual, even_tainted=True),))) == ("allow", "")


def test_such_a_rule_vouches_only_for_the_arguments_it_names() -> None:
    rule = Rule("allow", "send_mail", arguments={"to": "*@example.com"}, even_tainted=True)
    assert verdict(send_mail, MAIL, policy=Policy((rule,))) == ("allow", "")
    assert verdict(send_mail, MAIL, COPY, policy=Policy((rule,))) == ("ask", "taint")
    anything = replace(rule, arguments={"to": "*@example.com", "body": "*"})
    assert verdict(send_mail, MAIL, COPY, policy=Policy((anything,))) == ("allow", "")
    unnamed = Rule("allow", "send_mail", even_tainted=True)
    assert verdict(send_mail, MAIL, policy=Policy((unnamed,))) == ("ask", "origin")


def test_a_rule_can_rest_on_what_the_user_said() -> None:
    rule = Rule("allow", "send_mail", from_user=("to",), even_tainted=True)
    assert verdict(send_mail, MAIL, BO, policy=Policy((rule,))) == ("allow", "")
    assert verdict(send_mail, MAIL, policy=Policy((rule,))) == ("ask", "taint")
    assert verdict(send_mail, MAIL, BO, COPY, policy=Policy((rule,))) == ("ask", "taint")
    assert verdict(send_mail, {"body": "x"}, policy=Policy((rule,))) == ("ask", "taint")


def test_all_that_speaks_against_a_call_is_said() -> None:
    decision = decide(Proposal(send_mail, MAIL, True, ()), Policy((Rule("ask", "send_mail"),)))
    assert decision.check == "effect"
    for words in ("the policy asks about calls of send_mail", "side effects (sends)", "did not say to"):
        assert words in decision.reason


# --- whatever is called -----------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(st.sampled_from(("to", "body", "text", "what", "url")), VALUES)
ORIGINS = st.builds(
    ArgumentOrigin, st.sampled_from(("to", "body", "what.0")), st.sampled_from(("user", "document", "tool")), st.text()
)
RULES = st.builds(
    Rule,
    st.sampled_from(("allow", "ask", "deny")),
    st.sampled_from(("*", "send_*", "add_note", "look")),
    st.sampled_from((None, "reads", "writes", "sends")),
    st.dictionaries(st.sampled_from(("to", "what")), st.sampled_from(("*", "**", "a*", "[")), max_size=2),
    st.sampled_from(((), ("to",))),
)
POLICIES = st.builds(Policy, st.lists(RULES, max_size=4).map(tuple), st.sampled_from((None, ("*",), ("look",))))


@given(st.sampled_from((send_mail, add_note)), ARGUMENTS, st.lists(ORIGINS, max_size=3), POLICIES)
def test_no_policy_opens_a_side_effect_to_a_document_unless_a_rule_says_so(
    of: Tool, arguments: dict[str, object], origins: list[ArgumentOrigin], policy: Policy
) -> None:
    assert verdict(of, arguments, *origins, policy=policy)[0] != "allow"


@given(ARGUMENTS, st.lists(ORIGINS, max_size=3), POLICIES, st.booleans())
def test_what_is_denied_whatever_was_read_stays_denied(
    arguments: dict[str, object], origins: list[ArgumentOrigin], policy: Policy, tainted: bool
) -> None:
    """Taint makes a decision stricter, never milder."""
    order = ("allow", "ask", "deny")
    clean = verdict(look, arguments, *origins, policy=policy, tainted=False)[0]
    assert order.index(verdict(look, arguments, *origins, policy=policy)[0]) >= order.index(clean)
