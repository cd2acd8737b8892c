"""The dispatcher as a machine of states: whatever a model, a person and an attacker do, in any order."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatbot.effects import CallTool
from chatbot.messages import ArgumentOrigin, Decision, ToolCall, ToolResult
from chatbot.tools import Approval, ApprovalRequest, Policy, Rule, Tool, Toolbox
from chatbot.tools.approval import LIFETIME, Approvals

NAMES = ("look", "note", "send", "pay")
TEXTS = ("a", "b", "bo@example.com", "eve@evil.example", "the code of the vault is 7391-A", "")
CONVERSATIONS = ("s1", "s2")
ANSWERS = ("yes", "no", "once", "conversation", "pattern", "edit", "other", "stale", "none")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Person:
    """Answers as they are told to, and remembers what they were asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.says = "no"
        self.asked: list[ApprovalRequest] = []
        self.given: list[Approval] = []

    def __call__(self, request: ApprovalRequest) -> Approval | bool | None:
        self.asked.append(request)
        if self.says in ("yes", "no", "none"):
            return {"yes": True, "no": False, "none": None}[self.says]
        if self.says == "stale":
            self.clock.now += LIFETIME + 1
            return request.allow()
        if self.says == "other":
            return self.given[-1] if self.given else Approval("0" * 64, "allow")
        answer = request.edit({"to": "edited", "text": "edited"}) if self.says == "edit" else request.allow(self.says)  # type: ignore[arg-type]
        self.given.append(answer)
        return answer


class Dispatcher(RuleBasedStateMachine):
    """Whatever is called, answered and changed: what ran was allowed, exactly so, and once."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[tuple[str, str, str]] = []
        self.clock = Clock()
        self.person = Person(self.clock)
        self.policy = Policy()
        self.box = Toolbox([self.made(name) for name in NAMES], self.person, approvals=Approvals(self.clock))
        self.numbers = iter(range(10_000))
        self.granted: set[str] = set()

    def made(self, name: str) -> Tool:
        def act(to: str = "", text: str = "") -> str:
            self.ran.append((name, to, text))
            return "done"

        impact = {"look": "reads", "note": "writes", "send": "sends", "pay": "spends"}[name]
        made = Tool.from_function(act, name=name, impact=impact)  # type: ignore[arg-type]
        return replace(made, sensitive=("to",)) if name in ("send", "pay") else made

    @rule(
        calls=st.lists(
            st.tuples(st.sampled_from(NAMES), st.sampled_from(TEXTS), st.sampled_from(TEXTS)), min_size=1, max_size=4
        ),
        says=st.sampled_from(ANSWERS),
        where=st.sampled_from(CONVERSATIONS),
        tainted=st.booleans(),
        from_user=st.booleans(),
    )
    def call(self, calls: list[tuple[str, str, str]], says: str, where: str, tainted: bool, from_user: bool) -> None:
        before, asked = Counter(self.ran), len(self.person.asked)
        self.person.says = says
        told: list[Decision] = []

        async def batch() -> list[ToolResult]:
            effects = [self.effect(each, tainted, from_user) for each in calls]
            return list(
                await asyncio.gather(*(self.box.run(each, conversation=where, note=told.append) for each in effects))
            )

        results = asyncio.run(batch())
        ran = Counter(self.ran) - before
        assert len(told) == len(results) == len(calls)
        assert ran.total() == sum(not result.failed for result in results)
        for (name, to, text), result in zip(calls, results, strict=True):
            self.judge((name, to, text), result, tainted=tainted, from_user=from_user)
        if says in ("no", "none", "stale", "other"):
            fresh = self.person.asked[asked:]
            assert not any(result.decision and "approved it" in result.decision.reason for result in results), fresh

    def effect(self, call: tuple[str, str, str], tainted: bool, from_user: bool) -> CallTool:
        name, to, text = call
        origins = (ArgumentOrigin("to", "user", to, whole=True),) if from_user else ()
        given = json.dumps({"to": to, "text": text})
        return CallTool(ToolCall(f"c{next(self.numbers)}", name, given), tainted, origins)

    def judge(self, call: tuple[str, str, str], result: ToolResult, *, tainted: bool, from_user: bool) -> None:
        name, to, _ = call
        decision = result.decision
        assert decision is not None
        assert (decision.verdict == "allow") is not result.failed
        if result.failed:
            return
        by_person = decision.check == "approval"
        assert self.policy.enables(name)
        denied = any(each.verdict == "deny" and each.tool == name for each in self.policy.rules)
        exact = any(each.detail == 2 and each.tool == name for each in self.policy.rules)
        assert exact or not denied
        if name != "look" and not by_person and not exact:
            assert not tainted
            assert name == "note" or from_user or not to
        if decision.arguments:
            assert json.loads(decision.arguments) == {"to": "edited", "text": "edited"}

    @rule(
        tools=st.none() | st.sets(st.sampled_from(NAMES)).map(lambda names: tuple(sorted(names))),
        rules=st.lists(
            st.builds(Rule, st.sampled_from(("allow", "ask", "deny")), st.sampled_from(NAMES))
            | st.builds(
                Rule, st.just("allow"), st.just("note"), arguments=st.just({"text": "a"}), even_tainted=st.just(True)
            ),
            max_size=3,
        ),
    )
    def change_policy(self, tools: tuple[str, ...] | None, rules: list[Rule]) -> None:
        self.policy = Policy(tuple(rules), tools)
        self.box = self.box.under(self.policy)

    @rule(seconds=st.sampled_from((1.0, LIFETIME / 2, LIFETIME * 2)))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(
        name=st.sampled_from(("", "nothing", "search_knowledge", "SEND")),
        arguments=st.sampled_from(("{}", "{", '{"to": 3, "to": 4}')),
    )
    def call_nonsense(self, name: str, arguments: str) -> None:
        before = len(self.ran)
        result = asyncio.run(self.box.run(CallTool(ToolCall("c", name, arguments), True)))
        assert result.failed and len(self.ran) == before

    @invariant()
    def every_question_is_of_its_own(self) -> None:
        hashes = [request.hash for request in self.person.asked]
        assert len(set(hashes)) == len(hashes)


Dispatcher.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
test_whatever_happens_only_what_was_allowed_runs_and_once = Dispatcher.TestCase


# --- a thousand tries to make an approval serve for something else ----------------------------------------------------


def attempts(count: int) -> Counter[str]:
    """What came of each kind of try: approved calls, changed, replayed, moved to another conversation, or too late."""
    chance = random.Random(32)
    clock, ran, accepted = Clock(), [], Counter[str]()
    answers: list[Approval] = []
    state = {"kind": ""}

    def act(to: str, text: str = "") -> str:
        """Act."""
        ran.append((to, text))
        return "done"

    def approve(request: ApprovalRequest) -> Approval | bool:
        kind = state["kind"]
        if kind == "honest":
            answers.append(request.allow())
            return answers[-1]
        if kind == "expired":
            clock.now += LIFETIME + 0.001
            return request.allow()
        if kind == "guessed":
            return Approval(f"{chance.getrandbits(256):064x}", "allow")
        return chance.choice(answers)  # changed arguments, replay, another conversation: an answer that was once good

    box = Toolbox([Tool.from_function(act, impact="sends")], approve, approvals=Approvals(clock))

    def call(to: str, conversation: str) -> bool:
        effect = CallTool(ToolCall("c", "act", json.dumps({"to": to})), tainted=True)
        return not asyncio.run(box.run(effect, conversation=conversation)).failed

    for number in range(count):
        state["kind"] = "honest"
        assert call(f"bo{number}", "s1")
        state["kind"] = chance.choice(("changed", "replayed", "moved", "expired", "guessed"))
        to = f"eve{number}" if state["kind"] == "changed" else f"bo{number}"
        accepted[state["kind"]] += call(to, "s2" if state["kind"] == "moved" else "s1")
    assert len(ran) == count + accepted.total()
    return accepted


def test_an_approval_serves_for_nothing_else() -> None:
    assert attempts(100).total() == 0


@pytest.mark.slow
def test_of_a_thousand_tries_none_is_accepted() -> None:
    accepted = attempts(1_000)
    assert len(accepted) == 5
    assert accepted.total() == 0
