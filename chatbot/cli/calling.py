"""What a chat shows of tools: `/tools` and `/calls`."""

from __future__ import annotations

from chatbot.cli.answer import short
from chatbot.cli.chat import Chat
from chatbot.errors import UsageError, nearest
from chatbot.messages import ToolUse
from chatbot.tools import BUILT_IN


def switch_tool(chat: Chat, wish: str) -> None:
    """Performs `on NAME` or `off NAME`."""
    switch, _, name = wish.partition(" ")
    if switch not in ("on", "off") or not name.strip():
        raise UsageError(f"/tools {wish} says neither on nor off", hint="write /tools on weather")
    chat.bot.switch_tool(name.strip(), on=switch == "on")


def show_tools(chat: Chat) -> None:
    """The tools that the model is offered with what they do to the world, and those that are off."""
    bot, screen = chat.bot, chat.screen
    there = {tool.wire_name: tool for tool in bot.tools.tools}
    offered = bot.offered_tools
    for tool in offered:
        impact = there[tool.name].impact if tool.name in there else "reads"
        screen.hanging(f"  {tool.name:<18} {impact:<7} ", tool.description.splitlines()[0])
    shown = {tool.name for tool in offered}
    if off := [name for name in dict.fromkeys((*there, *BUILT_IN)) if name not in shown]:
        screen.hanging("  off: ", ", ".join(off), style="dim")
    if not bot.model.abilities.writes:
        screen.line(f"  {bot.model.name} calls no tools: name a model that does with /model", style="dim")


def show_calls(chat: Chat, number: str) -> None:
    """The last answer's calls, each on a line, or one of them with all it was given and said."""
    last = chat.bot.session.last_answer
    uses = last.answer.tool_calls if last is not None and last.answer is not None else ()
    if number:
        numbers = [str(each) for each in range(1, len(uses) + 1)]
        if number not in numbers:
            raise UsageError(f"there is no call {number!r}", hint=nearest(number, numbers))
        _show(chat, uses[int(number) - 1])
        return
    for place, use in enumerate(uses, 1):
        outcome = "failed:" if use.result.failed else "="
        chat.screen.hanging(
            f"  {place}. ", f"{use.call.name}({short(use.call.arguments)}) {outcome} {short(use.result.text)}"
        )
    if not uses:
        chat.screen.line("The last answer called no tools.")


def _show(chat: Chat, use: ToolUse) -> None:
    screen, result = chat.screen, use.result
    screen.hanging("  tool       ", use.call.name, "bold")
    screen.hanging("  arguments  ", use.call.arguments)
    if result.decision is not None:
        changed = f"; run with {result.decision.arguments}" if result.decision.arguments else ""
        screen.hanging("  decision   ", f"{result.decision.verdict}: {result.decision.reason}{changed}")
    screen.line(f"  took       {result.seconds:.2f} s" + (f", {result.attempts} attempts" * (result.attempts > 1)))
    screen.hanging("  failed     " if result.failed else "  result     ", result.text)
