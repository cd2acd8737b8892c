"""A program that dies in the middle of a turn, as far in it as a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from forked import killed

from chatbot import codec
from chatbot.effects import CallTool, Generate, Remember
from chatbot.journal import Journal
from chatbot.messages import Answer, Reply, ToolCall, ToolResult, message, tool_message

STAGES = ("begun", "asked", "shown", "called", "used", "shown again", "replied", "said")

CALL = ToolCall("c1", "add", "{}")


def leave(journal: Journal, session: str, stage: str, turn: str) -> None:
    """Does in order what a turn does, up to and with `stage`."""
    parent = journal.head(session)

    def say(effect: Remember) -> None:
        nonlocal parent
        parent = journal.append(session, effect, parent=parent, trace_id=turn).id

    def generate(*shown: str) -> int:
        effect = journal.intend(turn, "generate", codec.plain(Generate(())))
        for piece in shown:
            journal.show(effect, piece)
        return effect

    reached = STAGES.index(stage)
    journal.begin_turn(session, turn, model="scripted", prompt="chat@1", question="the question")
    rewrite = journal.intend(turn, "generate", codec.plain(Generate((), "rewrite")))
    journal.settle(rewrite, codec.plain(Reply("the rewritten question")))
    if reached >= STAGES.index("asked"):
        say(Remember(message("user", "the question", "user")))
    if reached >= STAGES.index("shown"):
        first = generate("Let me ", "see.")
    if reached >= STAGES.index("called"):
        reply = Reply("Let me see.", (CALL,))
        journal.settle(first, codec.plain(reply))
        say(Remember(reply.as_message()))
        tool = journal.intend(turn, "tool", codec.plain(CallTool(CALL)))
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


@contextmanager
def left(path: Path, session: str, stage: str, turn: str = "t") -> Iterator[None]:
    """A program that has gone that far in a turn of the session still runs, and is killed at the end of the block."""

    def begin() -> Journal:
        journal = Journal(path)
        leave(journal, session, stage, turn)
        return journal

    with killed(begin):
        yield


def kill_after(path: Path, stage: str, turn: str = "t") -> str:
    """A session whose last turn was killed that far."""
    with closing(Journal(path)) as journal:
        session = journal.create_session()
    with left(path, session, stage, turn):
        pass
    return session
