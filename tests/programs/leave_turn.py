"""Begins a turn in a journal, goes as far in it as it is told, says so, and waits to be killed.

`leave_turn.py FILE SESSION STAGE`, where STAGE is one of STAGES.
"""

import sys
import time
from pathlib import Path

from chatbot import codec
from chatbot.effects import CallTool, Generate, Remember
from chatbot.journal import Journal
from chatbot.messages import Answer, Reply, ToolCall, ToolResult, message, tool_message

STAGES = ("begun", "asked", "shown", "called", "used", "shown again", "replied", "said")

CALL = ToolCall("c1", "add", "{}")


def leave(journal: Journal, session: str, stage: str) -> None:
    """Does in order what a turn does, up to and with `stage`."""
    parent = journal.head(session)

    def say(effect: Remember) -> None:
        nonlocal parent
        parent = journal.append(session, effect, parent=parent, trace_id="t").id

    def generate(*shown: str) -> int:
        effect = journal.intend("t", "generate", codec.plain(Generate(())))
        for piece in shown:
            journal.show(effect, piece)
        return effect

    reached = STAGES.index(stage)
    journal.begin_turn(session, "t", model="scripted", prompt="chat@1", question="the question")
    rewrite = journal.intend("t", "generate", codec.plain(Generate((), "rewrite")))
    journal.settle(rewrite, codec.plain(Reply("the rewritten question")))
    if reached >= STAGES.index("asked"):
        say(Remember(message("user", "the question", "user")))
    if reached >= STAGES.index("shown"):
        first = generate("Let me ", "see.")
    if reached >= STAGES.index("called"):
        reply = Reply("Let me see.", (CALL,))
        journal.settle(first, codec.plain(reply))
        say(Remember(reply.as_message()))
        tool = journal.intend("t", "tool", codec.plain(CallTool(CALL)))
    if reached >= STAGES.index("used"):
        result = ToolResult("c1", "add", "2")
        journal.settle(tool, codec.plain(result))
        say(Remember(tool_message(result)))
    if reached >= STAGES.index("shown again"):
        second = generate("It is ", "2, beca")
    if reached >= STAGES.index("replied"):
        journal.settle(second, codec.plain(Reply("It is 2, because.")))
    if reached >= STAGES.index("said"):
        said = message("assistant", "It is 2, because.", "model")
        say(Remember(said, answer=Answer(said.text)))


if __name__ == "__main__":
    journal = Journal(Path(sys.argv[1]))
    leave(journal, sys.argv[2], sys.argv[3])
    print("left", flush=True)
    time.sleep(600)
