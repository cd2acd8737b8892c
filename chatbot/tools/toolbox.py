"""The one dispatcher: between "the model asked for a tool" and "the tool ran" lies this module and nothing else.

A bad call never raises: what is wrong with it is the call's result, which the model reads. Ten checks stand in the way
of a call (`policy`); a tool runs only against a `Permit` for exactly these arguments, which is used up by it. What the
limits do not stop: a function that runs in a thread goes on after its time (`execution`), and memory is not limited.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.effects import CallTool, ToolSchema
from chatbot.errors import ToolError, UsageError, nearest
from chatbot.messages import Decision, ToolCall, ToolResult
from chatbot.tools.approval import Approval, ApprovalRequest, Approvals, Approve, Permit
from chatbot.tools.asking import Asking
from chatbot.tools.canonical import as_json, canonical, escaped
from chatbot.tools.injected import check_context, masked, values_for
from chatbot.tools.output import readable
from chatbot.tools.policy import Policy, Proposal, decide
from chatbot.tools.policy_check import mistakes
from chatbot.tools.result_pages import READ_RESULT
from chatbot.tools.running import run_tool
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE, query_of
from chatbot.tools.secret_values import Secrets
from chatbot.tools.tool import Tool
from chatbot.wire_names import wire_name

OWN_NAMES = (SEARCH_KNOWLEDGE.name, READ_RESULT.name)
"""Tools of the program's own, which are not run by the dispatcher."""

NOT_RUN = "it was not run; tell the user what you wanted to do"


class Toolbox:
    """The tools of an app, which serve many conversations.

    approve: asked before a call runs that nobody but a person may allow; of each conversation one call at a time. None:
    nobody can be asked, and such calls are refused.
    policy: what may run, what is asked about, what is denied.
    context: what the app fills injected parameters with, by name.
    secrets: values that no argument may hold, and that are cut out of every result.
    approvals: what was approved and not used yet; give one with a clock of your own to test what lapses.

    Raises UsageError for two tools of one name.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        approve: Approve | None = None,
        context: Mapping[str, object] | None = None,
        *,
        policy: Policy = Policy(),  # noqa: B008  # frozen
        secrets: Secrets = Secrets(),  # noqa: B008  # unchanging
        approvals: Approvals | None = None,
    ) -> None:
        self._tools: dict[str, Tool] = {}
        self._asking = Asking(approve)
        self._context = dict(context or {})
        self._approvals = approvals or Approvals()
        self._policy = policy
        self._secrets = secrets
        for tool in tools:
            self._add(tool)

    def _add(self, tool: Tool) -> None:
        if tool.wire_name in self._tools or tool.wire_name in OWN_NAMES:
            raise UsageError(f"there is already a tool named {tool.name!r}", hint="give one another: tool(name='…')")
        self._tools[tool.wire_name] = tool

    @property
    def tools(self) -> tuple[Tool, ...]:
        """All that are there, whatever the policy says of them."""
        return tuple(self._tools.values())

    def adding(self, tools: Sequence[Tool]) -> Toolbox:
        """The same with more tools. Raises UsageError for a name that is taken."""
        other = copy.copy(self)
        other._tools = dict(self._tools)
        for tool in tools:
            other._add(tool)
        return other

    def under(self, policy: Policy) -> Toolbox:
        """The same tools and approvals, under another policy."""
        other = copy.copy(self)
        other._policy = policy
        return other

    def mistakes(self) -> tuple[str, ...]:
        """A line for each name in the policy that none of the tools has: what is misspelt denies nothing."""
        return tuple(mistakes(self._policy, tuple(self._tools.values())))

    def schemas(self) -> tuple[ToolSchema, ...]:
        """The tools as a model sees them: those that the policy enables for this task."""
        return tuple(tool.schema for tool in self._tools.values() if self._policy.offers(tool.name, tool.impact))

    def within(self, context: Mapping[str, object]) -> Toolbox:
        """The same tools, with more of what the app fills injected parameters with.

        Raises UsageError where a tool would lack a value.
        """
        other = copy.copy(self)
        other._context = {**self._context, **context}
        for tool in self._tools.values():
            check_context(tool.name, tool.injections, other._context)
        return other

    async def run(
        self,
        effect: CallTool,
        *,
        conversation: str = "",
        note: Callable[[Decision], None] = lambda _: None,
        tell: Callable[[str], None] = lambda _: None,
        asks: Callable[[str], None] = lambda _: None,
    ) -> ToolResult:
        """What comes of the call.

        conversation: what approvals hold for. note: told what was decided, also of a denial, before anything runs; what
        it raises is raised, and nothing runs. tell: told, on this event loop, of the progress that a generator yields.
        asks: told the reason, on this event loop, before a person is asked.
        """
        call = effect.call
        try:
            ready = await self._decided(effect, conversation, asks)
        except _Denied as denied:
            note(denied.decision)
            return denied.result(call)
        note(ready.decision)
        return await self._run(ready, effect, conversation, tell)

    async def _run(self, ready: _Ready, effect: CallTool, conversation: str, tell: Callable[[str], None]) -> ToolResult:
        """Runs the tool: the one place that does."""
        call, tool, decision = effect.call, ready.tool, ready.decision
        try:
            self._approvals.redeem(ready.permit, tool, ready.arguments, conversation)
            values = values_for(tool.name, tool.injections, {**self._context, "tainted": effect.tainted})
        except ToolError as error:
            return _Denied(str(error), str(error), "approval").result(call)

        def hide(text: str) -> str:
            return self._secrets.redacted(masked(text, tool.injections, self._context))

        result = await run_tool(tool, call, {**ready.arguments, **values}, tell=tell, hide=hide)
        changed = f"\n[the user changed the arguments to {decision.arguments}]" if decision.arguments else ""
        return replace(result, note=result.note + changed, decision=decision)

    async def _decided(self, effect: CallTool, conversation: str, asks: Callable[[str], None]) -> _Ready:
        """The call, ready to run. Raises _Denied."""
        tool, arguments = self._read(effect.call)
        proposal = Proposal(tool, as_json(arguments), effect.tainted, effect.origins)
        decision = decide(proposal, self._policy, self._secrets)
        if decision.verdict == "allow":
            return _Ready(tool, arguments, decision, self._approvals.permit(tool, arguments, conversation))
        said = f"{tool.name}: {decision.reason}"
        if decision.verdict == "deny":
            raise _Denied(f"{said}; {NOT_RUN}", decision.reason, decision.check)
        if not self._asking.possible:
            message = f"{said}: the call needs approval, and nobody can approve here"
            raise _Denied(f"{message} ({NOT_RUN})", message, decision.check)
        async with self._asking.turn(conversation):
            return await self._approved(_Asked(proposal, arguments, effect.call.id, conversation, asks), decision)

    async def _approved(self, asked: _Asked, decision: Decision) -> _Ready:
        """The call as a person allowed it, now or before. Raises _Denied."""
        tool, approvals, conversation = asked.proposal.tool, self._approvals, asked.conversation
        permit = approvals.permit(tool, asked.arguments, conversation)
        if approvals.granted(tool, asked.proposal.arguments, conversation):
            allowed = Decision("allow", f"the user approved such calls before; {decision.reason}", "approval")
            return _Ready(tool, asked.arguments, allowed, permit)
        asked.asks(decision.reason)
        try:
            approval = await self._asking.ask(asked.request(decision.reason, permit.hash))
            arguments = self._edited(asked, approval)
        except ToolError as error:
            approvals.withdraw(permit)
            message = f"{tool.name}: {decision.reason}: {error.message}"
            raise _Denied(f"{message} ({error.hint or NOT_RUN})", message, "approval") from None
        approvals.grant(approval, tool, as_json(arguments), conversation)
        allowed = Decision("allow", f"the user approved it ({approval.scope}); {decision.reason}", "approval")
        if approval.verdict == "allow":
            return _Ready(tool, asked.arguments, allowed, permit)
        approvals.withdraw(permit)
        permit = approvals.permit(tool, arguments, conversation)
        return _Ready(tool, arguments, replace(allowed, arguments=canonical(as_json(arguments))), permit)

    def _edited(self, asked: _Asked, approval: Approval) -> dict[str, object]:
        """The arguments, or what a person put in their place, who may ask for anything but what the policy denies."""
        if approval.arguments is None:
            return asked.arguments
        arguments = asked.proposal.tool.check(approval.arguments)
        decision = decide(replace(asked.proposal, arguments=as_json(arguments)), self._policy, self._secrets)
        if decision.verdict == "deny":
            raise ToolError(decision.reason)
        return arguments

    def _read(self, call: ToolCall) -> tuple[Tool, dict[str, object]]:
        """The tool and its validated arguments. Raises _Denied."""
        if call.flaw:
            raise _Denied(call.flaw, call.flaw, "complete")
        try:
            tool = self._find(call)
        except ToolError as error:
            raise _Denied(str(error), error.message, "known") from None
        try:
            arguments = tool.arguments.read(call.arguments)
            as_json(arguments)
        except ToolError as error:
            raise _Denied(str(error), error.message, "complete") from None
        return tool, arguments

    def _find(self, call: ToolCall) -> Tool:
        if found := self._tools.get(wire_name(call.name)):
            return found
        if call.name == SEARCH_KNOWLEDGE.name:
            query_of(call)
            if not self._policy.frees(call.name, "reads"):
                raise ToolError(f"{call.name} is not among the tools of this task", hint=NOT_RUN)
            raise ToolError("there are no documents to search in this conversation")
        known = [tool.name for tool in self._tools.values() if self._policy.enables(tool.name)]
        raise ToolError(f"there is no tool {call.name!r}", hint=nearest(call.name, known))


class _Denied(Exception):
    """A call that does not run. told: to the model. reason, check: what was decided, and by which check."""

    def __init__(self, told: str, reason: str, check: str) -> None:
        super().__init__(told)
        self.decision = Decision("deny", reason, check)

    def result(self, call: ToolCall) -> ToolResult:
        """What comes of the call."""
        text = readable(f"error: {self}")
        return ToolResult(call.id, call.name, text, failed=True, attempts=0, decision=self.decision)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A call that may run, and leave to run it."""

    tool: Tool
    arguments: dict[str, object]
    """As the function takes them."""
    decision: Decision
    permit: Permit


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call that a person decides about."""

    proposal: Proposal
    arguments: dict[str, object]
    call_id: str
    conversation: str
    asks: Callable[[str], None]

    def request(self, reason: str, number: str) -> ApprovalRequest:
        """What they are shown, with all that is invisible as escapes: others wrote most of it."""
        tool = self.proposal.tool
        origins = (replace(o, quote=escaped(o.quote), place=escaped(o.place)) for o in self.proposal.origins)
        return ApprovalRequest(
            tool=tool.name,
            description=escaped(tool.description),
            impact=tool.impact,
            arguments=canonical(self.proposal.arguments),
            origins=tuple(origins),
            reason=escaped(reason),
            call_id=self.call_id,
            conversation=self.conversation,
            hash=number,
        )
