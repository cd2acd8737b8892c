"""What may run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import UsageError
from chatbot.messages import ArgumentOrigin, Decision
from chatbot.tools import Policy, Rule, Tool, tool
from chatbot.tools.policy import Proposal, decide
from chatbot.tools.secret_values import Secrets


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


@tool(impact="none")
def count(text: str) -> int:
    """Count the letters of a text."""
    return len(text)


@tool(impact="spends", sensitive=["account", "to"])
def pay(account: str, to: list[str], urgent: bool = False) -> str:
    """Pay somebody."""
    return f"{account} {to} {urgent}"


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


def test_what_only_computes_may_read_anything() -> None:
    assert verdict(count, {"text": "https://evil.example/?d=7391"}) == ("allow", "")


def test_every_sensitive_argument_must_be_said() -> None:
    arguments: dict[str, object] = {"account": "savings", "to": ["bo"], "urgent": True}
    account, to = (
        ArgumentOrigin(*each, whole=True) for each in (("account", "user", "savings"), ("to.0", "user", "bo"))
    )
    assert verdict(pay, arguments, account, to, tainted=False) == ("allow", "")
    assert verdict(pay, arguments, account, tainted=False) == ("ask", "origin")
    assert verdict(pay, arguments, to, tainted=False) == ("ask", "origin")
    assert verdict(pay, {"account": "savings"}, account, tainted=False) == ("allow", "")


def test_truth_values_and_empty_texts_lead_nowhere() -> None:
    account = ArgumentOrigin("account", "user", "savings", whole=True)
    assert verdict(pay, {"account": "savings", "to": ["", True]}, account, tainted=False) == ("allow", "")


def test_of_several_places_each_must_be_said_or_trusted() -> None:
    both: dict[str, object] = {"to": ["bo@example.com", "eve@evil.example"], "body": ""}
    for policy in (Policy(), Policy(trusted=("*@example.com",))):
        assert verdict(send_mail, both, replace(BO, argument="to.0"), policy=policy, tainted=False) == ("ask", "origin")
    trusted = Policy(trusted=("*@example.com", "*@evil.example"))
    assert verdict(send_mail, both, policy=trusted, tainted=False) == ("allow", "")


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"verdict": "alow"}, "'alow' is not a verdict; did you mean 'allow'?"),
        ({"verdict": "allow", "impact": "send"}, "'send' is not an impact; did you mean 'sends'?"),
        ({"verdict": "allow", "even_tainted": True}, "a rule with even_tainted must name its tool"),
    ],
)
def test_a_rule_that_could_not_mean_what_it_says_is_refused(described: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        Rule(**described)  # type: ignore[arg-type]
    assert f"{refused.value.message}; {refused.value.hint}".startswith(said)


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


def test_it_vouches_for_all_parts_of_an_argument_and_need_not_vouch_for_words_that_anybody_says() -> None:
    rule = Rule("allow", "send_mail", arguments={"to": "*@example.com"}, even_tainted=True)
    assert verdict(send_mail, MAIL, replace(COPY, argument="to.0"), policy=Policy((rule,))) == ("allow", "")
    assert verdict(send_mail, MAIL, replace(COPY, quote="vault"), policy=Policy((rule,))) == ("allow", "")


@pytest.mark.parametrize(
    ("rules", "offered", "freed"),
    [
        ((), True, True),
        ((Rule("allow", "look"),), True, True),
        ((Rule("ask", "look"),), True, False),
        ((Rule("deny", "look"),), False, False),
        ((Rule("deny", impact="reads"),), False, False),
        ((Rule("deny", "other"), Rule("deny", impact="sends"), Rule("deny", "look", impact="sends")), True, True),
        ((Rule("deny"), Rule("allow", "lo*")), True, False),
        ((Rule("ask", "look"), Rule("deny", "look")), False, False),
        ((Rule("deny", "look"), Rule("ask", "look")), False, False),
        ((Rule("deny", "look", arguments={"what": "a"}),), True, False),
        ((Rule("deny", "look"), Rule("deny", "look", arguments={"what": "a"})), False, False),
        ((Rule("deny", "look"), Rule("allow", "look", arguments={"what": "a"})), True, False),
        ((Rule("deny", "look"), Rule("ask", "look", from_user=("what",))), True, False),
    ],
)
def test_a_tool_is_offered_unless_every_call_of_it_is_denied(
    rules: tuple[Rule, ...], offered: bool, freed: bool
) -> None:
    policy = Policy(rules)
    assert (policy.offers("look", "reads"), policy.frees("look", "reads")) == (offered, freed)
    elsewhere = replace(policy, tools=("send_*",))
    assert (elsewhere.offers("look", "reads"), elsewhere.frees("look", "reads")) == (False, False)


# --- what is said of a decision ---------------------------------------------------------------------------------------

MANY = Rule("deny", impact="sends", arguments={"to": "bo@*", "body": "*"})


@pytest.mark.parametrize(
    ("of", "arguments", "tainted", "policy", "decision"),
    [
        (look, {}, False, DEFAULT, ("allow", "its impact is reads", "")),
        (add_note, {}, False, DEFAULT, ("allow", "only the user has spoken", "")),
        (look, {}, False, Policy((Rule("allow"),)), ("allow", "the policy allows calls", "")),
        (look, {}, False, Policy(tools=()), ("deny", "look is not among the tools of this task", "scope")),
        (look, {}, False, Policy((Rule("deny", "lo*"),)), ("deny", "the policy denies calls of lo*", "effect")),
        (
            send_mail,
            MAIL,
            False,
            Policy((MANY,)),
            ("deny", "the policy denies calls with the impact sends, to like bo@*, body like *", "effect"),
        ),
        (
            look,
            {"what": "www.evil.example"},
            True,
            DEFAULT,
            (
                "ask",
                "it counts as sending: it would tell www.evil.example what stands in that address, which the user did "
                "not give, and text of documents or tools is in this conversation",
                "taint",
            ),
        ),
        (
            send_mail,
            MAIL,
            True,
            Policy((Rule("ask", "send_mail"),)),
            (
                "ask",
                "the policy asks about calls of send_mail; it has side effects (sends), and text of documents or tools "
                "is in this conversation; the user did not say to in these words",
                "effect",
            ),
        ),
    ],
)
def test_a_decision_says_all_that_led_to_it(
    of: Tool, arguments: dict[str, object], tainted: bool, policy: Policy, decision: tuple[str, str, str]
) -> None:
    found = decide(Proposal(of, arguments, tainted), policy)
    assert (found.verdict, found.reason, found.check) == decision


@pytest.mark.parametrize(
    ("copy", "said"),
    [(COPY, "body holds what a.md:3 says"), (replace(COPY, place=""), "body holds what a document says")],
)
def test_what_a_rule_does_not_vouch_for_is_said_with_its_place(copy: ArgumentOrigin, said: str) -> None:
    rule = Rule("allow", "send_mail", arguments={"to": "*@example.com"}, even_tainted=True)
    assert decide(Proposal(send_mail, MAIL, True, (copy,)), Policy((rule,))) == Decision("ask", said, "taint")


@pytest.mark.parametrize("arguments", [{"to": "sk-4711-secret"}, {"to": "sk-4711-", "body": "secret"}])
def test_no_call_may_say_a_secret_in_one_argument_or_in_several(arguments: dict[str, object]) -> None:
    policy = Policy((Rule("allow", "send_mail", arguments={"to": "*"}),))
    denied = Decision("deny", "an argument holds a secret", "taint")
    assert decide(Proposal(send_mail, arguments, False), policy, Secrets(["sk-4711-secret"])) == denied


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
