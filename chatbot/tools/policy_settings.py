"""A policy as the settings write it.

    [policy]
    tools = ["calculate", "send_*"]        # the tools that there are at all; left out: those that are given
    allow = ["add_note"]                   # names of tools, or impacts: "impact:reads"
    ask = ["impact:sends"]
    deny = ["delete_*", "impact:spends"]
    trusted = ["*@example.com"]            # what sensitive arguments may be without the user having said it

    [[policy.rules]]
    verdict = "allow"
    tool = "send_mail"
    arguments = {to = "*@example.com"}     # patterns (`pattern`)
    from_user = ["subject"]
    even_tainted = true

    [policy.profiles.billing]              # for a task of its own: the same keys, beside those above
    tools = ["look_up_invoice"]            # but these instead

What is wrong is named with the file, the key and the nearest that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from chatbot.errors import NotFoundError, ProjectError, UsageError, nearest
from chatbot.tools.policy import VERDICTS, Policy, Rule, Verdict
from chatbot.workspace import Table, checked

_LISTS: Mapping[str, object] = {"tools": (), "trusted": (), **dict.fromkeys(VERDICTS, ())}

_RULE: Mapping[str, object] = {
    "verdict": "",
    "tool": "*",
    "impact": "",
    "arguments": {},
    "from_user": (),
    "even_tainted": False,
}

_IMPACT = "impact:"


def policy_of(table: Table, where: str, profile: str = "") -> Policy:
    """The policy that a table of the settings writes, or that of one of its profiles.

    where: what the messages begin with, such as the file's name. Raises ProjectError for what is wrong in it, and
    NotFoundError for a profile that there is not.
    """
    where = f"{where}: [policy]"
    profiles = table.get("profiles", {})
    if not isinstance(profiles, Mapping):
        raise ProjectError(f"{where}: profiles is {profiles!r}, not a table", hint="write [policy.profiles.NAME]")
    made = {name: _read(inner, f"{where[:-1]}.profiles.{name}]") for name, inner in profiles.items()}
    usual = _read({key: value for key, value in table.items() if key != "profiles"}, where)
    if not profile:
        return usual
    if profile not in made:
        raise NotFoundError(f"{where}: there is no profile {profile!r}", hint=nearest(profile, made))
    chosen = made[profile]
    tools = usual.tools if chosen.tools is None else chosen.tools
    return Policy((*usual.rules, *chosen.rules), tools, (*usual.trusted, *chosen.trusted))


def _read(table: object, where: str) -> Policy:
    if not isinstance(table, Mapping):
        raise ProjectError(f"{where} is {table!r}, not a table", hint="write its keys below it")
    rules = table.get("rules", ())
    if not isinstance(rules, tuple | list):
        raise ProjectError(f"{where}: rules is {rules!r}, not a list of tables", hint="write [[policy.rules]]")
    plain = {key: value for key, value in table.items() if key != "rules"}
    given = cast(dict[str, tuple[str, ...]], checked(plain, _LISTS, where=where))
    by_name = (_by_name(verdict, name, where) for verdict in VERDICTS for name in given.get(verdict, ()))
    by_argument = (_rule(rule, f"{where[:-1]}.rules] {number}") for number, rule in enumerate(rules, 1))
    return Policy((*by_name, *by_argument), given.get("tools"), given.get("trusted", ()))


def _by_name(verdict: Verdict, name: str, where: str) -> Rule:
    """`send_*`, or `impact:sends`."""
    if not name.startswith(_IMPACT):
        return Rule(verdict, name)
    return _made({"verdict": verdict, "impact": name.removeprefix(_IMPACT)}, where)


def _rule(table: object, where: str) -> Rule:
    if not isinstance(table, Mapping):
        raise ProjectError(f"{where} is {table!r}, not a table", hint="write [[policy.rules]]")
    given = checked(table, _RULE, where=where)
    patterns = cast(Mapping[str, object], given.get("arguments", {}))
    for name, pattern in patterns.items():
        if not isinstance(pattern, str):
            raise ProjectError(f"{where}: arguments.{name} is {pattern!r}, not a pattern", hint="write it as a text")
    return _made(given, where)


def _made(given: Mapping[str, object], where: str) -> Rule:
    if "verdict" not in given:
        raise ProjectError(f"{where} has no verdict", hint=f"give it one of {', '.join(VERDICTS)}")
    try:
        return Rule(**cast(dict[str, object], given))  # type: ignore[arg-type]  # `checked` against _RULE
    except UsageError as error:
        raise ProjectError(f"{where}: {error.message}", hint=error.hint) from error
