"""Appends messages to a conversation of its own: `write_messages.py JOURNAL WRITER COUNT`. Says so after each."""

import sys
from collections.abc import Callable
from pathlib import Path

from chatbot.effects import Remember
from chatbot.journal import Journal
from chatbot.messages import message


def write(path: Path, writer: str, count: int, told: Callable[[int], None] = lambda _: None) -> None:
    """Each message follows the one before it, within a turn that asks a model."""
    journal = Journal(path)
    session = journal.create_session(writer)
    for number in range(count):
        trace = f"{writer} {number}"
        journal.begin_turn(session, trace, model="m", prompt="p", question=trace)
        said = Remember(message("user", trace, "user"))
        journal.append(session, said, parent=journal.head(session), trace_id=trace)
        journal.end_turn(trace, "complete")
        told(number)
    journal.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), lambda number: print(number, flush=True))
