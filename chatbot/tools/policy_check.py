"""What a policy says of tools that there are not: a rule that is misspelt denies nothing, and nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatbot.errors import nearest
from chatbot.tools.pattern import matches
from chatbot.tools.policy import Policy, Rule
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE
from chatbot.tools.tool import Tool


def mistakes(policy: Policy, tools: Sequence[Tool]) -> Iterator[str]:
    """For people: each name of a tool or an argument in the policy that is none of these tools'."""
    known = {tool.name: tool for tool in tools}
    names = (*known, SEARCH_KNOWLEDGE.name)
    for pattern in dict.fromkeys((*(policy.tools or ()), *(rule.tool for rule in policy.rules if rule.tool != "*"))):
        if not any(matches(pattern, name) for name in names):
            yield f"the policy speaks of {pattern!r}, and there is no such tool ({nearest(pattern, names)})"
    for rule in policy.rules:
        described = [tool for tool in tools if matches(rule.tool, tool.name)]
        yield from _arguments(rule, described)


def _arguments(rule: Rule, described: Sequence[Tool]) -> Iterator[str]:
    properties = [tool.parameters.get("properties") for tool in described]
    known = {name for each in properties if isinstance(each, dict) for name in each}
    for name in (*rule.arguments, *rule.from_user):
        if described and name not in known:
            yield f"the policy speaks of {name!r} of {rule.tool}, which takes no such argument ({nearest(name, known)})"
