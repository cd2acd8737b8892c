"""Tools for a model that calls none in the protocol: described in the prompt, called in text, answered in text.

A request with tools and earlier calls becomes one of plain messages, and the text of a reply becomes calls. To the rest
of a strategy, and to the conversation, both look as if the model had called tools in the protocol. A call that cannot
be read goes back to the model with what is wrong; none is run of a reply that holds one, or that was cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatbot.effects import Flow, Generate, Tell
from chatbot.errors import ToolsRefused
from chatbot.events import Notice
from chatbot.messages import Reply, message
from chatbot.strategies.task import Task, added
from chatbot.tools.leaked_calls import is_broken_call, leaked_calls, shown_at_once

MOST_REPAIRS = 2
"""Times that a model may mend a call: what it cannot write in three attempts it does not write in ten."""

UNREADABLE = "the model tried to call a tool, and its call could not be read"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request came to."""

    reply: Reply
    shown: str
    """What of the reply's text has been streamed to whoever watches."""
    limit: str = ""
    """Why calls that were begun are left out, where some are."""
    spoken: bool = False
    """It was asked in words."""


def ask(task: Task, request: Generate, *, offer: bool = True) -> Flow[Asked]:
    """The reply to a request, its calls included, whichever way the model makes them.

    offer: whether it may call tools; False for the last of a bounded number of requests.
    """
    if not speaks(task):
        native = request if offer else replace(request, tools=())
        try:
            reply: Reply = yield native
            visible = shown_at_once(reply.text, native.tools) if native.purpose == "answer" else ""
            reply = with_leaked(reply, native)
            if not _unreadable(reply, native):
                return Asked(reply, visible if reply.text else "")
            yield Tell(Notice("A call of a tool could not be read; the model is asked to write it in words."))
        except ToolsRefused:
            if not native.tools or not task.abilities.writes:
                raise
    return (yield from _spoken(request, offer=offer))


def with_leaked(reply: Reply, request: Generate) -> Reply:
    """The reply of a model with calls of its own, with those that it wrote into its text nevertheless."""
    if reply.finish != "complete" or reply.tool_calls or not request.tools:
        return reply
    leaked = leaked_calls(reply.text, request.tools)
    return replace(reply, text="", tool_calls=leaked) if leaked else reply


def _unreadable(reply: Reply, request: Generate) -> bool:
    """Whether a model with calls of its own wrote one into its text that nobody can read."""
    whole = reply.finish == "complete" and not reply.tool_calls
    return whole and bool(request.tools) and is_broken_call(reply.text, request.tools)


def _spoken(request: Generate, *, offer: bool) -> Flow[Asked]:
    """The reply of a model that calls tools in its text, asked again where a call cannot be read."""
    from chatbot.call_text import in_words, read, shown

    asked = in_words(request, offer=offer)
    for left in reversed(range(MOST_REPAIRS + 1)):
        reply: Reply = yield asked
        if not asked.spoken:
            return Asked(reply, reply.text if asked.purpose == "answer" else "", spoken=True)
        visible = shown(reply.text, asked.spoken) if asked.purpose == "answer" else ""
        reading = read(reply.text, asked.spoken)
        wrong = reading.wrong or reading.unknown
        if wrong and left and offer and reply.finish == "complete":
            yield Tell(Notice("A call of a tool could not be read; the model is asked to write it again."))
            asked = _sent_back(asked, reply, wrong)
            continue
        if not reading.calls and not reading.wrong:
            return Asked(reply, visible, spoken=True)
        whole = reply.finish == "complete" and not reading.wrong
        spoken = replace(reply, text=reading.prose.rstrip(), tool_calls=tuple(reading.calls) if whole else ())
        return Asked(spoken, visible, UNREADABLE if not whole else "", spoken=True)
    raise AssertionError("the last attempt returns")


def speaks(task: Task) -> bool:
    """Whether the model writes, and calls no tools in the protocol."""
    return task.abilities.writes and not task.abilities.tools


def in_words_only(task: Task) -> Task:
    """The task for a model that has refused tools in the protocol."""
    return replace(task, abilities=replace(task.abilities, tools=False))


def _sent_back(asked: Generate, reply: Reply, wrong: str) -> Generate:
    mend = "Write it again, whole, as one JSON object between <tool_call> and </tool_call>."
    said = message("assistant", reply.text or "…", "model")
    return added(asked, said, message("user", f"That call was not run: {wrong}. {mend}", "author"))
