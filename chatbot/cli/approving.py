"""Asking the person at the terminal whether a call may run: what would run, where its arguments come from, and why.

The question comes in a thread of the turn's and is put on the screen by the main one, which alone writes there and
reads the keyboard; between the two lies a queue. What was typed before the question stood there answers nothing, and
the answer to an empty line is no.
"""

from __future__ import annotations

import json
import sys
from queue import Empty, SimpleQueue

from chatbot.cli.screen import Screen
from chatbot.tools import Approval, ApprovalRequest
from chatbot.tools.canonical import escaped
from chatbot.tools.strict_json import strict_json

CHOICES = "y run it · a run such calls always in this conversation · e edit · s show all · Enter, or why not: no"

SHOWN = 300
"""Characters of an argument, and of a quotation, that are shown unless all is asked for."""

PATIENCE = 5.0
"""Seconds between the news that somebody is asked and the question itself."""

IMPACTS = {
    "none": "it only computes",
    "reads": "it looks something up",
    "writes": "it changes something",
    "sends": "it sends something out",
    "spends": "it costs money",
}


class Approver:
    """Takes the questions of a chat's turns, and puts each to the person when the screen is free for it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._open: SimpleQueue[tuple[ApprovalRequest, SimpleQueue[Approval]]] = SimpleQueue()

    def __call__(self, request: ApprovalRequest) -> Approval:
        """The person's answer; waits for it."""
        answer: SimpleQueue[Approval] = SimpleQueue()
        self._open.put((request, answer))
        return answer.get()

    def put_next(self) -> None:
        """Puts the next question to the person. On Ctrl-C raises KeyboardInterrupt, and leaves it to `give_up`."""
        try:
            request, answer = self._open.get(timeout=PATIENCE)
        except Empty:
            return  # it was answered by what was approved before
        try:
            answer.put(self._asked(request))
        except BaseException:  # answered only once the turn has ended: on a no it would go on for a moment
            self._open.put((request, answer))
            raise

    def give_up(self) -> None:
        """Answers no to whatever is still open: the turn is over."""
        while True:
            try:
                request, answer = self._open.get_nowait()
            except Empty:
                return
            answer.put(request.reject())

    def _asked(self, request: ApprovalRequest) -> Approval:
        _show(request, self._screen, SHOWN)
        self._screen.line(f"  {CHOICES}", style="dim")
        while True:
            said = _typed("  run it? ").strip()
            match said.lower():
                case "y" | "yes":
                    return request.allow()
                case "a" | "always":
                    return request.allow("conversation")
                case "s" | "show":
                    _show(request, self._screen, sys.maxsize)
                case "e" | "edit":
                    if (approval := self._edited(request)) is not None:
                        return approval
                case "" | "n" | "no":
                    return request.reject()
                case _:
                    return request.reject(said)

    def _edited(self, request: ApprovalRequest) -> Approval | None:
        """The call with other arguments; None where the person thought better of it."""
        said = _typed("  arguments: ", request.arguments).strip()
        try:
            arguments = strict_json(said) if said else None
        except ValueError as error:
            self._screen.line(f"  this is not JSON: {error}", style="yellow")
            return None
        if arguments is not None and not isinstance(arguments, dict):
            self._screen.line("  arguments are one JSON object", style="yellow")
            return None
        return request.edit(arguments) if arguments is not None else None


def _show(request: ApprovalRequest, screen: Screen, most: int) -> None:
    screen.line(f"  {request.tool} wants to run: {IMPACTS[request.impact]}", style="bold yellow")
    screen.hanging("  why asked   ", request.reason)
    if most > SHOWN:
        screen.hanging("  the tool    ", request.description)
    for name, value in json.loads(request.arguments).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=True)
        screen.hanging(f"  {name:<10}  ", _cut(escaped(text), most))
        for origin in request.origins:
            if origin.argument.partition(".")[0] == name and origin.origin != "user":
                hidden = f", in {origin.encoding}" if origin.encoding else ""
                place = origin.place or f"a {origin.origin}"
                screen.hanging("      from ", f"{place}{hidden}: “{_cut(origin.quote, most)}”", "magenta")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} characters more; s shows all)"


def _typed(question: str, default: str = "") -> str:
    """A line from the keyboard, without what was typed before the question. Ctrl-D is an empty line."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import get_app_session
    from prompt_toolkit.input.typeahead import clear_typeahead

    from chatbot.cli.line_editor import drawn_on

    clear_typeahead(get_app_session().input)
    if sys.platform != "win32":
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    try:
        asking: PromptSession[str] = PromptSession(output=drawn_on())
        return asking.prompt(question, default=default)
    except EOFError:
        return ""
