"""The dispatcher: whatever a model asks for, the result is a result."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, field_validator

from chatbot.effects import CallTool
from chatbot.errors import JournalError, ToolError, UsageError
from chatbot.messages import ArgumentOrigin, Decision, ToolCall, ToolResult
from chatbot.tools import Approval, ApprovalRequest, Injected, Policy, Rule, Tool, Toolbox, tool
from chatbot.tools.approval import LIFETIME, Approvals
from chatbot.tools.secret_values import Secrets


@tool(impact="none")
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool(impact="writes")
def delete(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


def run(toolbox: Toolbox, name: str, arguments: str, *, tainted: bool = False) -> ToolResult:
    return asyncio.run(toolbox.run(CallTool(ToolCall("call-1", name, arguments), tainted)))


def made(function: Callable[..., object], **options: object) -> Toolbox:
    return Toolbox([Tool.from_function(function, name="made", **{"impact": "none", **options})])  # type: ignore[arg-type]


def test_a_call_runs_and_answers_under_its_id() -> None:
    assert run(Toolbox([add]), "add", '{"a": 2, "b": "3"}') == ToolResult("call-1", "add", "5")


def test_wrong_arguments_are_a_result_that_names_them() -> None:
    result = run(Toolbox([add]), "add", '{"a": "two", "b": 3}')
    assert result.failed
    assert "a" in result.text and "add" in result.text


def test_an_unknown_name_gets_the_nearest() -> None:
    result = run(Toolbox([add]), "ad", "{}")
    assert result.failed
    assert "there is no tool 'ad'" in result.text and "did you mean 'add'" in result.text


def test_a_tool_answers_to_its_name_and_to_its_name_on_the_wire() -> None:
    box = Toolbox([dataclasses.replace(add, name="math.add")])
    assert [schema.name for schema in box.schemas()] == ["math_add"]
    for name in ("math.add", "math_add"):
        assert run(box, name, '{"a": 2, "b": 3}') == ToolResult("call-1", name, "5")
    with pytest.raises(UsageError, match="already a tool named 'math_add'"):
        Toolbox([dataclasses.replace(add, name="math.add"), dataclasses.replace(add, name="math_add")])


def test_what_a_tool_raises_is_its_result() -> None:
    def fails() -> str:
        raise ValueError("the service is down")

    def explains() -> str:
        raise ToolError("order 17 does not exist", hint="ask for the number")

    def leaves() -> str:
        raise SystemExit(3)

    assert run(made(fails), "made", "{}").text == "error: made failed: ValueError: the service is down"
    assert "order 17 does not exist" in run(made(explains), "made", "{}").text
    assert run(made(leaves), "made", "{}").failed


def test_a_tool_that_takes_too_long_is_left_behind() -> None:
    freed = threading.Event()

    def slow() -> str:
        freed.wait()
        return "late"

    async def slow_async() -> str:
        await asyncio.Event().wait()
        return "late"

    for function in (slow, slow_async):
        result = run(made(function, timeout=0.05), "made", "{}")
        assert result.failed
        assert result.text.startswith("error: made timed out after 0.05 s; it ")
    freed.set()


def test_a_tool_that_hangs_holds_up_no_other() -> None:
    freed = threading.Event()

    def hangs() -> str:
        freed.wait(20)
        return "late"

    box = Toolbox([add, Tool.from_function(hangs, impact="none", timeout=0.02)])
    for _ in range(5):
        assert "timed out" in run(box, "hangs", "{}").text
        assert run(box, "add", '{"a": 1, "b": 1}').text == "2"
    freed.set()


def test_async_tools_run_on_the_loop_and_side_by_side() -> None:
    meet = asyncio.Barrier(2)

    async def wait() -> str:
        async with meet:
            return "met"

    box = made(wait)

    async def both() -> list[ToolResult]:
        return list(await asyncio.gather(*(box.run(CallTool(ToolCall(str(n), "made", "{}"))) for n in range(2))))

    assert [result.text for result in asyncio.run(both())] == ["met", "met"]


@pytest.mark.parametrize(("value", "text"), [(5, "5"), ("text", "text"), ({"a": [1]}, '{"a": [1]}')])
def test_results_become_text(value: object, text: str) -> None:
    assert run(made(lambda: value), "made", "{}").text == text


def test_a_result_that_cannot_become_text_is_a_failure() -> None:
    endless: list[object] = []
    endless.append(endless)
    for function in (lambda: endless, lambda: {(1, 2): 3}):
        result = run(made(function), "made", "{}")
        assert result.failed
        assert "made failed: " in result.text


class Picky(BaseModel):
    """A model of a user's whose own check fails in its own way."""

    name: str

    @field_validator("name")
    @classmethod
    def check(cls, name: str) -> str:
        if name == "rude":
            raise ValueError("say it nicely")
        raise KeyError(name)


def test_what_a_types_own_check_raises_is_a_result() -> None:
    def greet(who: Picky) -> str:
        return who.name

    box = Toolbox([Tool.from_function(greet, impact="none")])
    assert "who.name: say it nicely" in run(box, "greet", '{"who": {"name": "rude"}}').text
    failed = run(box, "greet", '{"who": {"name": "Bo"}}')
    assert failed.failed
    assert failed.text == "error: wrong arguments for greet: KeyError: 'Bo'"


def test_an_error_without_words_is_named() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def fails() -> None:
        raise Mute

    assert run(made(fails), "made", "{}").text == "error: made failed: Mute"


def test_what_an_error_says_is_clean_and_of_bounded_length() -> None:
    def fails() -> None:
        raise ValueError("\x1b[31m" + "x" * 1_000_000)

    text = run(made(fails), "made", "{}").text
    assert "\x1b" not in text
    assert len(text) < 5_000


@given(st.text(max_size=20), st.text(max_size=60), st.booleans())
def test_whatever_a_model_asks_for_comes_to_a_result(name: str, arguments: str, tainted: bool) -> None:
    for called in (name, "add", "delete", "search_knowledge"):
        result = run(Toolbox([add, delete]), called, arguments, tainted=tainted)
        assert (result.call_id, result.name) == ("call-1", called)
        assert result.text


def test_a_huge_result_is_cut_and_says_so() -> None:
    result = run(made(lambda: "x" * 10_000_000), "made", "{}")
    assert result.text == "x" * 2_000_000 + "\n[cut here: 2,000,000 of 10,000,000 characters are shown]"


# --- approval ---------------------------------------------------------------------------------------------------------


def test_side_effects_run_freely_where_only_the_user_has_spoken() -> None:
    assert run(Toolbox([delete]), "delete", '{"path": "a"}').text == "deleted a"


def test_side_effects_are_refused_where_a_document_may_have_asked_and_nobody_can_approve() -> None:
    result = run(Toolbox([delete]), "delete", '{"path": "a"}', tainted=True)
    assert result.failed
    assert "needs approval, and nobody can approve" in result.text
    assert not run(Toolbox([add]), "add", '{"a": 1, "b": 1}', tainted=True).failed


@pytest.mark.parametrize(("verdict", "failed"), [(True, False), (False, True), (None, True), ("yes", True)])
def test_only_a_plain_yes_approves(verdict: object, failed: bool) -> None:
    asked: list[str] = []

    def approve(request: ApprovalRequest) -> bool:
        asked.append(f"{request.tool} {request.arguments}")
        return verdict  # type: ignore[return-value]

    async def approve_async(request: ApprovalRequest) -> bool:
        return approve(request)

    for function in (approve, approve_async):
        result = run(Toolbox([delete], approve=function), "delete", '{"path": "a"}', tainted=True)
        assert result.failed is failed
    assert asked == ['delete {"path": "a"}'] * 2


def test_wrong_arguments_are_told_before_anybody_is_asked() -> None:
    def approve(request: ApprovalRequest) -> bool:
        raise AssertionError

    result = run(Toolbox([delete], approve=approve), "delete", '{"pth": "a"}', tainted=True)
    assert "there is no 'pth' (did you mean 'path'?)" in result.text


def test_another_conversation_does_not_wait_for_an_answer() -> None:
    meet = asyncio.Barrier(2)

    async def approve(request: ApprovalRequest) -> bool:
        async with meet:
            return True

    async def both() -> list[ToolResult]:
        box = Toolbox([delete], approve=approve)
        call = CallTool(ToolCall("c", "delete", '{"path": "a"}'), tainted=True)
        return list(await asyncio.gather(*(box.run(call, conversation=name) for name in ("s1", "s2"))))

    assert [result.text for result in asyncio.run(both())] == ["deleted a"] * 2


def test_one_call_is_asked_about_at_a_time() -> None:
    open_questions = 0
    most = 0

    async def approve(request: ApprovalRequest) -> bool:
        nonlocal open_questions, most
        open_questions += 1
        most = max(most, open_questions)
        await asyncio.sleep(0)
        open_questions -= 1
        return True

    async def five() -> list[ToolResult]:
        box = Toolbox([delete], approve=approve)
        calls = (box.run(CallTool(ToolCall(str(n), "delete", '{"path": "a"}'), tainted=True)) for n in range(5))
        return list(await asyncio.gather(*calls))

    assert not any(result.failed for result in asyncio.run(five()))
    assert most == 1


def test_a_question_that_fails_approves_nothing() -> None:
    def approve(request: ApprovalRequest) -> bool:
        raise RuntimeError("no terminal")

    result = run(Toolbox([delete], approve=approve), "delete", '{"path": "a"}', tainted=True)
    assert result.failed
    assert "no terminal" in result.text


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="already a tool named 'add'"):
        Toolbox([add, add])
    for name in ("search_knowledge", "read_result"):
        with pytest.raises(UsageError, match=f"already a tool named '{name}'"):
            Toolbox([Tool.from_function(lambda: "", name=name)])


def test_a_model_sees_each_tool_once_and_as_it_is() -> None:
    assert [schema.name for schema in Toolbox([add, delete]).schemas()] == ["add", "delete"]
    assert Toolbox([add]).schemas()[0] == add.schema


@pytest.mark.parametrize("rule", [Rule("deny", "del*"), Rule("deny", impact="writes")])
def test_a_model_does_not_see_what_is_denied_whatever_it_asks(rule: Rule) -> None:
    assert [schema.name for schema in Toolbox([add, delete], policy=Policy((rule,))).schemas()] == ["add"]


def test_a_name_that_there_is_not_is_told_only_names_of_this_task() -> None:
    box = Toolbox([add, delete], policy=Policy(tools=("add",)))
    assert run(box, "delet", "{}").text == "error: there is no tool 'delet' (known: add)"


def test_the_search_without_documents_says_so_and_a_task_without_the_search_says_that() -> None:
    call = ("search_knowledge", '{"query": "x"}')
    nothing = "error: there are no documents to search in this conversation"
    assert run(Toolbox([add]), *call).text == nothing
    for policy in (Policy((Rule("allow", "search_knowledge"), Rule("deny", impact="writes"))), Policy(tools=("sea*",))):
        assert run(Toolbox([add], policy=policy), *call).text == nothing
    for policy in (Policy((Rule("deny", impact="reads"),)), Policy(tools=("add",))):
        text = run(Toolbox([add], policy=policy), *call).text
        assert text.startswith("error: search_knowledge is not among the tools of this task (it was not run")


def test_what_a_call_lacked_on_its_way_here_is_its_result() -> None:
    flaw = "the reply ended before the arguments of this call did"
    call = CallTool(ToolCall("call-1", "add", '{"a": 1', flaw=flaw))
    result = asyncio.run(Toolbox([add]).run(call))
    assert result == ToolResult("call-1", "add", f"error: {flaw}", failed=True, attempts=0)
    assert result.decision == Decision("deny", flaw, "complete")


def test_arguments_that_cannot_be_written_down_cannot_be_decided_upon() -> None:
    def place(at: Annotated[str, AfterValidator(lambda text: {(1, 2): text})]) -> str:
        raise AssertionError

    result = run(made(place), "made", '{"at": "here"}')
    assert result.failed and result.attempts == 0
    assert "the arguments cannot be written down" in result.text
    assert result.decision is not None and result.decision.check == "complete"


def test_what_a_tool_tells_on_its_way_is_heard() -> None:
    def steps() -> Iterator[str]:
        yield "half way"
        yield "done"

    told: list[str] = []
    result = asyncio.run(made(steps).run(CallTool(ToolCall("c", "made", "{}")), tell=told.append))
    assert (told, result.text) == (["half way", "done"], "done")


def test_a_tool_that_asks_is_told_whether_others_than_the_user_had_a_say() -> None:
    def said(tainted: Annotated[bool, Injected()]) -> str:
        return str(tainted)

    for tainted in (False, True):
        assert run(made(said), "made", "{}", tainted=tainted).text == str(tainted)


# --- approvals that say more than yes ---------------------------------------------------------------------------------

NOBODY = "the call needs approval, and nobody can approve here"
WHY = "it has side effects (writes), and text of documents or tools is in this conversation"


def asked_with(answer: Callable[[ApprovalRequest], object]) -> tuple[Toolbox, list[ApprovalRequest]]:
    """A toolbox whose person answers so, and what they were asked."""
    asked: list[ApprovalRequest] = []

    def approve(request: ApprovalRequest) -> Approval | bool:
        asked.append(request)
        return answer(request)  # type: ignore[return-value]

    return Toolbox([delete, add], approve, secrets=Secrets(["sk-12345678-abcd"])), asked


def test_a_person_sees_all_they_need_to_say_no() -> None:

    box, asked = asked_with(lambda request: False)
    origin = ArgumentOrigin("path", "document", "a\u202eb", "letter\u200b.md:3", whole=True)
    call = CallTool(ToolCall("c1", "delete", '{"path": "a\\u202eb"}'), True, (origin,))
    told: list[str] = []
    asyncio.run(box.run(call, conversation="s1", asks=told.append))

    [request] = asked
    assert told == [request.reason]
    assert (request.tool, request.impact, request.description) == ("delete", "writes", "Delete a file.")
    assert request.arguments == '{"path": "a\\u202eb"}'
    assert request.origins == (replace(origin, quote="a\\u202eb", place="letter\\u200b.md:3"),)
    assert "side effects (writes)" in request.reason and "documents or tools" in request.reason
    assert (request.call_id, request.conversation, len(request.hash)) == ("c1", "s1", 64)


def test_edited_arguments_are_what_runs_and_the_model_is_told() -> None:
    box, _ = asked_with(lambda request: request.edit({"path": "b"}))
    result = run(box, "delete", '{"path": "a"}', tainted=True)
    assert result.text == "deleted b"
    assert 'the user changed the arguments to {"path": "b"}' in result.note
    assert result.decision is not None and result.decision.arguments == '{"path": "b"}'


def test_an_edit_that_does_not_fit_or_is_denied_does_not_run() -> None:
    for arguments, words in (
        ({"pth": "b"}, "there is no 'pth' (did you mean 'path'?)"),
        ({"path": "/etc"}, "the policy denies calls of delete, path like /etc (it was not run"),
        ({"path": "sk-12345678-abcd"}, "an argument holds a secret (it was not run"),
    ):
        box, _ = asked_with(lambda request, arguments=arguments: request.edit(arguments))  # type: ignore[misc]
        box = box.under(Policy((Rule("deny", "delete", arguments={"path": "/etc"}),)))
        result = run(box, "delete", '{"path": "a"}', tainted=True)
        assert result.failed and words in result.text
        assert result.attempts == 0


def test_an_edit_of_one_argument_leaves_what_the_user_said_of_another() -> None:
    @tool(impact="writes")
    def write(path: str, text: str) -> str:
        """Write a file."""
        return f"{path}: {text}"

    only_there = Policy((Rule("deny", "write"), Rule("ask", "write", from_user=("path",))))
    said = ArgumentOrigin("path", "user", "a", whole=True)
    for path, failed in (("a", False), ("b", True)):
        edited = {"path": path, "text": "shorter"}
        box = Toolbox([write], lambda request, edited=edited: request.edit(edited), policy=only_there)  # type: ignore[misc]
        call = CallTool(ToolCall("c", "write", '{"path": "a", "text": "long"}'), False, (said,))
        assert asyncio.run(box.run(call)).failed is failed


def test_nobody_is_asked_about_what_the_policy_denies() -> None:
    box, asked = asked_with(lambda request: True)
    result = run(box.under(Policy((Rule("deny", "delete"),))), "delete", '{"path": "a"}', tainted=True)
    assert result.failed and asked == []


def test_a_rejection_tells_the_model_why() -> None:
    box, _ = asked_with(lambda request: request.reject("use the archive instead"))
    result = run(box, "delete", '{"path": "a"}', tainted=True)
    said = f"delete: {WHY}: the user did not approve: use the archive instead"
    assert result.text == f"error: {said} (it was not run; tell the user what you wanted to do)"
    assert result.decision == Decision("deny", said, "approval")


def test_an_approval_that_came_too_late_runs_nothing() -> None:
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    def approve(request: ApprovalRequest) -> bool:
        clock.now += LIFETIME + 1
        return True

    clock = Clock()
    box = Toolbox([delete], approve, approvals=Approvals(clock))
    result = run(box, "delete", '{"path": "a"}', tainted=True)
    said = "the approval of this call of delete has lapsed (it was not run)"
    assert result == ToolResult("call-1", "delete", f"error: {said}", failed=True, attempts=0)
    assert result.decision == Decision("deny", said, "approval")


def test_an_approval_for_the_conversation_is_not_asked_for_again_in_it() -> None:
    box, asked = asked_with(lambda request: request.allow("conversation"))

    def again(conversation: str) -> ToolResult:
        call = CallTool(ToolCall("c", "delete", '{"path": "a"}'), True)
        return asyncio.run(box.run(call, conversation=conversation))

    first, second = again("s1"), again("s1")
    assert first.text == second.text == "deleted a"
    assert first.decision == Decision("allow", f"the user approved it (conversation); {WHY}", "approval")
    assert second.decision == Decision("allow", f"the user approved such calls before; {WHY}", "approval")
    assert len(asked) == 1
    again("s2")
    assert len(asked) == 2


def test_in_a_batch_each_call_has_its_own_answer() -> None:
    """LangChain #40492: one rejection must neither stop the approved calls nor let the rejected one run."""
    done: list[str] = []

    @tool(impact="writes")
    def act(name: str) -> str:
        """Act."""
        done.append(name)
        return name

    def approve(request: ApprovalRequest) -> Approval:
        if "edited" in request.arguments:
            return request.edit({"name": "another"})
        return request.reject() if "rejected" in request.arguments else request.allow()

    async def batch() -> list[ToolResult]:
        box = Toolbox([act], approve)
        names = ["one", "rejected", "two", "edited", "rejected too"]
        calls = (CallTool(ToolCall(name, "act", f'{{"name": "{name}"}}'), True) for name in names)
        return list(await asyncio.gather(*(box.run(call) for call in calls)))

    results = asyncio.run(batch())
    assert sorted(done) == ["another", "one", "two"]
    assert [result.failed for result in results] == [False, True, False, False, True]
    assert [result.call_id for result in results] == ["one", "rejected", "two", "edited", "rejected too"]


def test_nothing_runs_where_the_decision_cannot_be_kept() -> None:
    done: list[str] = []

    @tool(impact="none")
    def act() -> None:
        """Act."""
        done.append("ran")

    def note(decision: Decision) -> None:
        raise JournalError("the disk is full")

    with pytest.raises(JournalError):
        asyncio.run(Toolbox([act]).run(CallTool(ToolCall("c", "act", "{}")), note=note))
    assert done == []


def test_every_call_is_decided_upon_denied_ones_too() -> None:
    told: list[Decision] = []
    box = Toolbox([add, delete], policy=Policy((Rule("deny", "add", arguments={"a": "0"}),)))
    calls = (
        ("add", '{"a": 1, "b": 2}', Decision("allow", "its impact is none")),
        ("add", '{"a": 0, "b": 2}', Decision("deny", "the policy denies calls of add, a like 0", "effect")),
        ("delete", '{"path": "a"}', Decision("deny", f"delete: {WHY}: {NOBODY}", "taint")),
        ("ad", "{}", Decision("deny", "there is no tool 'ad'", "known")),
        (
            "add",
            '{"a": "x", "b": 2}',
            Decision("deny", "wrong arguments for add: a: ", "complete"),
        ),
    )
    for name, arguments, decision in calls:
        result = asyncio.run(box.run(CallTool(ToolCall("c", name, arguments), True), note=told.append))
        assert result.decision == told.pop() and told == []
        assert result.decision is not None and result.decision.reason.startswith(decision.reason)
        assert replace(result.decision, reason=decision.reason) == decision


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_a_secret_is_in_no_argument_and_in_no_result() -> None:
    @tool(impact="none")
    def environment(name: str) -> str:
        """Tell a variable."""
        return f"{name} is sk-12345678-abcd, or c2stMTIzNDU2NzgtYWJjZA=="

    box = Toolbox([environment], secrets=Secrets(["sk-12345678-abcd"]))
    assert run(box, "environment", '{"name": "KEY"}').text == "KEY is [secret], or [secret]"
    for name in ("sk-12345678-abcd", "c2stMTIzNDU2NzgtYWJjZA=="):
        denied = run(box, "environment", json.dumps({"name": name}))
        assert denied.failed and "holds a secret" in denied.text and name not in denied.text
