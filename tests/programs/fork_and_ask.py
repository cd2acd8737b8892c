"""Asks a chatbot, forks children that ask it too, and asks it again: `fork_and_ask.py MODEL CHILDREN [meanwhile]`.

The workspace is the folder it is started in. It prints a line for each answer, and ends with 1 where a child failed.
meanwhile: it asks while its children do, too.
"""

import os
import signal
import sys

from chatbot import Chatbot, tool

SECONDS = 100
"""After which a child that hangs is ended."""


@tool(impact="reads")
def stock(item: str) -> str:
    """How many there are."""
    return f"seven of {item}"


def ask(bot: Chatbot, who: str) -> None:
    said = bot.ask("How long can goods be returned?")
    found = bot.knowledge.search("goods returned") if bot.knowledge else []
    used = [use.result.text for use in said.tool_calls]
    os.write(1, f"{who}: {said.text} {used} {len(found)} {bot.session.id}\n".encode())  # one line, whoever else writes


def child(bot: Chatbot, number: int) -> None:
    signal.alarm(SECONDS)
    ask(bot.conversation(), f"child {number}")
    ask(bot.conversation(), f"child {number}")


def main() -> int:
    bot = Chatbot(sys.argv[1], tools=[stock])
    ask(bot, "parent")
    children = []
    for number in range(int(sys.argv[2])):
        if (process := os.fork()) == 0:
            child(bot, number)
            return 0  # with all that a program does when it ends
        children.append(process)
    if "meanwhile" in sys.argv:
        ask(bot.conversation(), "parent")
    failed = [process for process in children if os.waitpid(process, 0)[1]]
    ask(bot, "parent")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
