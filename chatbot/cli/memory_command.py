"""`chatbot memory`: what is remembered of the user beyond a conversation; list, erase and export it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen, as_json

if TYPE_CHECKING:
    from chatbot.memory import Fact, Memory
    from chatbot.workspace import Workspace

_USER = click.option("--user", default="", help="Whose facts, where an app keeps those of several users.")


@click.group("memory")
def command() -> None:
    """List, erase and export what is remembered of you."""


@command.command("list")
@_USER
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(user: str, as_json: bool) -> None:
    """List the facts, the oldest first, with their numbers."""
    found = _memory().facts(user=user)
    if as_json:
        Screen().json([asdict(fact) for fact in found])
    else:
        show_facts(Screen(), found)


@command.command("erase")
@_USER
@click.argument("numbers", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every fact.")
def erase(user: str, numbers: tuple[str, ...], every: bool) -> None:
    """Erase the facts with these NUMBERS, so that nothing of them stays in the file.

    The conversations in which they were said stay: `chatbot sessions` shows those.
    """
    from chatbot.errors import UsageError

    if every == bool(numbers):
        raise UsageError("erase takes numbers of facts, or --all", hint="chatbot memory list shows them")
    memory = _memory()
    erase_facts(Screen(), memory, [fact.id for fact in memory.facts(user=user)] if every else numbers, user=user)


@command.command("export")
@_USER
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; standard output where it is left out.")
def export(user: str, output: Path | None) -> None:
    """Write the facts as JSON."""
    from chatbot.cli.sessions_command import write_file

    text = as_json([asdict(fact) for fact in _memory().facts(user=user)], indent=1)
    if output is None:
        Screen().write(text)
    else:
        write_file(output, text + "\n")


def memory_of(workspace: Workspace) -> Memory:
    """The facts that are kept in this workspace."""
    from chatbot.memory import MEMORY_FILE, Memory

    return Memory(workspace.state / MEMORY_FILE)


def show_facts(screen: Screen, facts: Sequence[Fact]) -> None:
    """A line for each fact: its number, when it was noted, in which conversation, and what it says."""
    if not facts:
        screen.line("Nothing is remembered.")
        return
    rows = []
    for fact in facts:
        when = datetime.fromtimestamp(fact.created).astimezone().strftime("%Y-%m-%d %H:%M")
        said = "you" if fact.origin == "user" else "documents or tools"
        rows.append((str(fact.id), when, said, fact.conversation, fact.text))
    screen.table(rows, ("NUMBER", "NOTED", "FROM", "CONVERSATION", "FACT"))


def erase_facts(screen: Screen, memory: Memory, numbers: Sequence[int | str], *, user: str = "") -> None:
    """Erases facts by their numbers and says which. Raises UsageError for what is no number."""
    from chatbot.errors import UsageError

    if wrong := [number for number in numbers if not str(number).isdecimal()]:
        raise UsageError(f"{wrong[0]!r} is not the number of a fact", hint="list them to see their numbers")
    for fact in memory.forget([int(number) for number in numbers], user=user):
        screen.line(f"erased {fact.id}: {fact.text}")


def _memory() -> Memory:
    from chatbot.workspace import find_workspace

    return memory_of(find_workspace())
