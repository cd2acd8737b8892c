"""A policy, written in the settings."""

from __future__ import annotations

import tomllib

import pytest

from chatbot.errors import NotFoundError, ProjectError
from chatbot.tools import Policy, Rule
from chatbot.tools.policy_settings import policy_of

TABLE = """
tools = ["calculate", "send_*"]
allow = ["add_note", "impact:reads"]
ask = ["impact:sends"]
deny = ["delete_*"]
trusted = ["*@example.com"]

[[rules]]
verdict = "allow"
tool = "send_mail"
arguments = {to = "*@example.com"}
from_user = ["subject"]
even_tainted = true

[profiles.billing]
tools = ["look_up"]
trusted = ["*@bank.example"]
deny = ["impact:spends"]

[profiles.reader]
"""


def read(text: str, profile: str = "") -> Policy:
    return policy_of(tomllib.loads(text), "chatbot.toml", profile)


def test_all_that_can_be_written() -> None:
    assert read(TABLE) == Policy(
        (
            Rule("allow", "add_note"),
            Rule("allow", impact="reads"),
            Rule("ask", impact="sends"),
            Rule("deny", "delete_*"),
            Rule("allow", "send_mail", None, {"to": "*@example.com"}, ("subject",), even_tainted=True),
        ),
        ("calculate", "send_*"),
        ("*@example.com",),
    )


def test_nothing_written_is_no_policy() -> None:
    assert read("") == Policy()


def test_a_profile_has_its_own_tools_and_adds_the_rest() -> None:
    usual, billing = read(TABLE), read(TABLE, "billing")
    assert billing.tools == ("look_up",)
    assert billing.rules == (*usual.rules, Rule("deny", impact="spends"))
    assert billing.trusted == ("*@example.com", "*@bank.example")
    assert read(TABLE, "reader") == usual


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alow = []", "[policy]: unknown setting 'alow' (did you mean 'allow'?)"),
        ('allow = "x"', "[policy]: allow is 'x', not a list of strings (mend the setting or leave it out)"),
        ('ask = ["impact:send"]', "[policy]: 'send' is not an impact (did you mean 'sends'?)"),
        ("rules = 3", "[policy]: rules is 3, not a list of tables (write [[policy.rules]])"),
        ("rules = [3]", "[policy.rules] 1 is 3, not a table (write [[policy.rules]])"),
        ("[[rules]]\ntool = 'x'", "[policy.rules] 1 has no verdict (give it one of allow, ask, deny)"),
        ("[[rules]]\nverdict = 'alow'", "[policy.rules] 1: 'alow' is not a verdict (did you mean 'allow'?)"),
        (
            "[[rules]]\nverdict = 'deny'\n[[rules]]\nverdict = 3",
            "[policy.rules] 2: verdict is 3, not a string (mend the setting or leave it out)",
        ),
        (
            "[[rules]]\nverdict = 'allow'\neven_tainted = true",
            "[policy.rules] 1: a rule with even_tainted must name its tool (give it a tool)",
        ),
        (
            "[[rules]]\nverdict = 'allow'\narguments = {to = 3}",
            "[policy.rules] 1: arguments.to is 3, not a pattern (write it as a text)",
        ),
        (
            "[[rules]]\nverdict = 'allow'\nwhen = 1",
            "[policy.rules] 1: unknown setting 'when'"
            " (known: arguments, even_tainted, from_user, impact, tool, verdict)",
        ),
        ("profiles = 3", "[policy]: profiles is 3, not a table (write [policy.profiles.NAME])"),
        ("[profiles]\na = 3", "[policy.profiles.a] is 3, not a table (write its keys below it)"),
        (
            "[profiles.a]\nprofiles = {}",
            "[policy.profiles.a]: unknown setting 'profiles' (known: allow, ask, deny, tools, trusted)",
        ),
        (
            "[profiles.a]\ndeny = 3",
            "[policy.profiles.a]: deny is 3, not a list of strings (mend the setting or leave it out)",
        ),
        (
            "[profiles.a]\nrules = [{tool = 'x'}]",
            "[policy.profiles.a.rules] 1 has no verdict (give it one of allow, ask, deny)",
        ),
    ],
)
def test_what_is_wrong_is_named_once_with_its_place_and_what_to_do(text: str, said: str) -> None:
    with pytest.raises(ProjectError) as wrong:
        read(text)
    assert str(wrong.value) == f"chatbot.toml: {said}"


def test_a_profile_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFoundError) as wrong:
        read(TABLE, "biling")
    assert str(wrong.value) == "chatbot.toml: [policy]: there is no profile 'biling' (did you mean 'billing'?)"


def test_rules_may_be_given_as_values_of_the_program() -> None:
    """TOML gives lists; a table that a program makes may hold tuples."""
    rule = {"verdict": "deny", "tool": "send"}
    assert (
        policy_of({"rules": (rule,)}, "here") == policy_of({"rules": [rule]}, "here") == Policy((Rule("deny", "send"),))
    )


def test_a_profile_without_tools_of_its_own_keeps_the_usual_ones_and_an_empty_list_takes_them_away() -> None:
    text = 'tools = ["add"]\n[profiles.same]\n[profiles.none]\ntools = []'
    assert read(text, "same").tools == ("add",)
    assert read(text, "none").tools == ()
