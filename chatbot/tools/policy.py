"""What may run: a pure decision about one call, from a policy that an app or a workspace wrote.

Ten checks stand between a model's wish and a tool that runs, in this order; the first that fails decides, and what
cannot be decided is denied. `known` (1) and `complete` (2) are the dispatcher's, as are `approval` (7), `limits` (8),
`result` (9) and `audit` (10). Here are

- `scope` (3): the tool is among those enabled for this task;
- `effect` (4): what the rules say of the tool, its impact and its arguments;
- `taint` (5): once text of a document or a tool is in the context, side effects need a person, or a rule that allows
  exactly that (`even_tainted`); so do reads that could carry data out; and no argument may hold a secret;
- `origin` (6): arguments that decide where something goes were said by the user, or stand on the list of `trusted`.

Without a policy: computing and reading is allowed. Side effects are allowed where only the user has spoken, since the
user asked; else a person is asked, and where nobody can be asked the call is denied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from chatbot.errors import UsageError, nearest
from chatbot.messages import ArgumentOrigin, Decision
from chatbot.tools.argument_origins import is_copy, said_by_user
from chatbot.tools.canonical import leaves
from chatbot.tools.outward import carries_out
from chatbot.tools.pattern import matches, matches_any
from chatbot.tools.secret_values import Secrets
from chatbot.tools.tool import Impact, Tool

Verdict = Literal["allow", "ask", "deny"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From the mildest to the strictest."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of calls that it describes: all that is given must hold.

    Raises UsageError for a verdict or an impact that there is not, and for leave to act on a document's word that does
    not name its tool.
    """

    verdict: Verdict
    tool: str = "*"
    """Pattern of the tool's name."""
    impact: Impact | None = None
    arguments: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Patterns (see `pattern`) by argument; every text in the argument must match. A missing argument does not."""
    from_user: tuple[str, ...] = ()
    """Arguments that the user must have said word for word."""
    even_tainted: bool = False
    """An `allow` holds also where text of documents or tools is in the context. It vouches for the arguments that it
    names, and for no others."""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise UsageError(f"{self.verdict!r} is not a verdict", hint=nearest(str(self.verdict), VERDICTS))
        if self.impact is not None and self.impact not in get_args(Impact):
            raise UsageError(f"{self.impact!r} is not an impact", hint=nearest(str(self.impact), get_args(Impact)))
        if self.even_tainted and self.tool == "*":
            raise UsageError("a rule with even_tainted must name its tool", hint="give it a tool")

    @property
    def detail(self) -> int:
        """How exactly it says what it means: of the rules that hold the most exact count."""
        if self.arguments or self.from_user or self.even_tainted:
            return 2
        return 0 if self.tool == "*" else 1

    def holds(self, call: Proposal) -> bool:
        """Whether the call is one that it describes."""
        return (
            matches(self.tool, call.tool.name)
            and self.impact in (None, call.tool.impact)
            and all(call.matches(name, pattern) for name, pattern in self.arguments.items())
            and all(call.from_user(name) for name in self.from_user)
        )

    def vouches(self, name: str) -> bool:
        """Whether it says something of this argument."""
        return name in self.arguments or name in self.from_user


def _weight(rule: Rule) -> tuple[int, int]:
    return rule.detail, VERDICTS.index(rule.verdict)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a task's calls may do. The default is what holds without a policy."""

    rules: tuple[Rule, ...] = ()
    """Of those that hold for a call the most exact count (patterns of arguments before names of tools before impacts),
    and of these the strictest."""
    tools: tuple[str, ...] | None = None
    """Patterns of the names of the tools that this task needs; None for all that are there."""
    trusted: tuple[str, ...] = ()
    """Patterns of what sensitive arguments may be without the user having said it: addresses, hosts, folders."""

    def rule(self, call: Proposal) -> Rule | None:
        """The rule that counts for the call."""
        held = [rule for rule in self.rules if rule.holds(call)]
        return max(held, key=_weight, default=None)

    def offers(self, name: str, impact: Impact) -> bool:
        """Whether there are calls of the tool that may run: one that is denied whatever its arguments is not shown."""
        named = [rule for rule in self.rules if matches(rule.tool, name) and rule.impact in (None, impact)]
        plain = max((rule for rule in named if rule.detail < 2), key=_weight, default=None)
        allowed = plain is None or plain.verdict != "deny" or any(r.detail == 2 and r.verdict != "deny" for r in named)
        return self.enables(name) and allowed

    def frees(self, name: str, impact: Impact) -> bool:
        """Whether every call of the tool may run as far as the rules go, whatever its arguments."""
        named = (rule for rule in self.rules if matches(rule.tool, name) and rule.impact in (None, impact))
        return self.enables(name) and all(rule.verdict == "allow" for rule in named)

    def enables(self, name: str) -> bool:
        """Whether a task with this policy has the tool."""
        return self.tools is None or matches_any(self.tools, name)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A call that is to be decided, and what is known of where its arguments came from."""

    tool: Tool
    arguments: Mapping[str, object]
    """Validated, as JSON (`canonical.as_json`)."""
    tainted: bool
    origins: Sequence[ArgumentOrigin] = ()

    def texts(self, name: str) -> list[tuple[str, object]]:
        """The texts and numbers in an argument, with their paths; truth values say nothing about where things go."""
        found = leaves(self.arguments.get(name), name)
        return [(path, value) for path, value in found if not isinstance(value, bool) and value != ""]

    def matches(self, name: str, pattern: str) -> bool:
        """Whether all texts of the argument match."""
        return name in self.arguments and all(matches(pattern, str(text)) for _, text in self.texts(name))

    def from_user(self, name: str) -> bool:
        """Whether the user said all of the argument word for word."""
        said = (said_by_user(self.origins, path, text) for path, text in self.texts(name))
        return name in self.arguments and all(said)


def decide(call: Proposal, policy: Policy, secrets: Secrets = Secrets()) -> Decision:  # noqa: B008  # unchanging
    """What becomes of the call: allow it, deny it, or ask a person, and why. No call may say one of the `secrets`."""
    if not policy.enables(call.tool.name):
        return Decision("deny", f"{call.tool.name} is not among the tools of this task", "scope")
    rule = policy.rule(call)
    if rule is not None and rule.verdict == "deny":
        return Decision("deny", f"the policy denies {_described(rule)}", "effect")
    if any(secrets.within(text) for text in _said(call.arguments)):
        return Decision("deny", "an argument holds a secret", "taint")
    doubts = [*_by_rule(rule), *_by_taint(call, rule, policy), *_by_origin(call, rule, policy)]
    if not doubts:
        return Decision("allow", _ground(call, rule))
    return Decision("ask", "; ".join(dict.fromkeys(reason for _, reason in doubts)), doubts[0][0])


def _said(arguments: Mapping[str, object]) -> Iterator[str]:
    """Everything in the arguments, each part on its own and all of them in one."""
    found = [str(value) for _, value in leaves(arguments)]
    yield from found
    yield "".join(found)


_Doubt = tuple[str, str]
"""The check that a call did not pass, and why."""


def _by_rule(rule: Rule | None) -> Iterator[_Doubt]:
    if rule is not None and rule.verdict == "ask":
        yield "effect", f"the policy asks about {_described(rule)}"


def _by_taint(call: Proposal, rule: Rule | None, policy: Policy) -> Iterator[_Doubt]:
    """Doubts because a document or a tool may have caused the call."""
    if not call.tainted or call.tool.impact == "none":
        return
    why = f"it has side effects ({call.tool.impact})"
    if not call.tool.needs_approval:
        outward = carries_out(call.tool, call.arguments, call.origins, policy.trusted)
        if not outward:
            return
        why = f"it counts as sending: {outward}"
    if rule is None or rule.verdict != "allow" or not rule.even_tainted:
        yield "taint", f"{why}, and text of documents or tools is in this conversation"
        return
    for copy in filter(is_copy, call.origins):
        if not rule.vouches(copy.argument.partition(".")[0]):
            yield "taint", f"{copy.argument} holds what {copy.place or 'a ' + copy.origin} says"
            return


def _by_origin(call: Proposal, rule: Rule | None, policy: Policy) -> Iterator[_Doubt]:
    """Doubts because the user did not say where something is to go. Of reads `taint` has asked who said it."""
    if not call.tool.needs_approval:
        return
    for name in call.tool.sensitive:
        if name not in call.arguments or call.from_user(name):
            continue
        vouched = rule is not None and rule.verdict == "allow" and rule.vouches(name)
        if not vouched and not all(matches_any(policy.trusted, str(text)) for _, text in call.texts(name)):
            yield "origin", f"the user did not say {name} in these words"


def _described(rule: Rule) -> str:
    """A rule, for people."""
    what = "calls" if rule.tool == "*" else f"calls of {rule.tool}"
    impact = f" with the impact {rule.impact}" if rule.impact else ""
    like = "".join(f", {name} like {pattern}" for name, pattern in rule.arguments.items())
    return what + impact + like


def _ground(call: Proposal, rule: Rule | None) -> str:
    """Why a call may run."""
    if rule is not None and rule.verdict == "allow":
        return f"the policy allows {_described(rule)}"
    if not call.tool.needs_approval:
        return f"its impact is {call.tool.impact}"
    return "only the user has spoken"
