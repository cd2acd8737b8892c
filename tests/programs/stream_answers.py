"""Streams an answer in a fork for each line that comes in: `stream_answers.py WORKSPACE`. Made to be killed.

In: the question and a file, separated by a tab; or an empty line, which waits for the fork that was made last. Out: the
fork's process, or how it ended. Each piece of text goes to the file the moment it would be on the screen.
"""

import os
import sys
from pathlib import Path

from chatbot import Chatbot
from chatbot.events import TextDelta
from chatbot.models import Scripted

WORDS = " ".join(f"word{number}" for number in range(400))


def answer(workspace: Path, question: str, output: Path) -> None:
    """A turn of a new conversation."""
    screen = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    bot = Chatbot(Scripted(WORDS, delay=0.001), knowledge=None, workspace=workspace)
    for event in bot.stream(question):
        if isinstance(event, TextDelta):
            os.write(screen, event.text.encode())


def serve(workspace: Path) -> None:
    """Until nothing comes in any more."""
    child = 0
    for line in sys.stdin:
        if asked := line.rstrip("\n"):
            question, output = asked.split("\t")
            child = os.fork()
            if child == 0:
                answer(workspace, question, Path(output))
                os._exit(0)
            print(child, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
