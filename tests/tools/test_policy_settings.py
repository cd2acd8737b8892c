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
    with pytest.raises(NotFoundError, match=r"no profile 'biling'.*did you mean 'billing'"):
        read(TABLE, "biling")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alow = []", r"unknown setting 'alow' \(did you mean 'allow'"),
        ('allow = "x"', "allow is 'x', not a list"),
        ('ask = ["impact:send"]', "'send' is not an impact.*did you mean 'sends'"),
        ("rules = 3", r"rules is 3, not a list of tables.*write \[\[policy.rules\]\]"),
        ("rules = [3]", r"rules. 1 is 3, not a table.*write \[\[policy.rules\]\]"),
        ("[[rules]]\ntool = 'x'", "rules. 1.*give it a verdict"),
        ("[[rules]]\nverdict = 'alow'", "rules. 1: 'alow' is not a verdict.*did you mean 'allow'"),
        ("[[rules]]\nverdict = 'allow'\neven_tainted = true", "must name its tool"),
        ("[[rules]]\nverdict = 'allow'\narguments = {to = 3}", "arguments.to is 3, not a pattern.*write it as a text"),
        ("[[rules]]\nverdict = 'allow'\nwhen = 1", "unknown setting 'when'"),
        ("profiles = 3", r"profiles is 3, not a table.*write \[policy.profiles.NAME\]"),
        ("[profiles]\na = 3", r"profiles.a\] is 3, not a table.*write its keys below it"),
        ("[profiles.a]\nprofiles = {}", r"profiles.a.*unknown setting 'profiles'"),
        ("[profiles.a]\ndeny = 3", r"profiles.a\]: deny is 3"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ProjectError, match=f"chatbot.toml: .policy.*{words}"):
        read(text)
