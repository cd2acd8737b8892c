"""Which model to use when no flag names one, said in one line; a server found nearby is offered once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chatbot.cli.options import Choices
from chatbot.cli.screen import Screen

OFFERED = "offered-servers"
"""File of the state folder that lists the servers a person has been asked about, with the answer."""


def settled_model(choices: Choices, screen: Screen, *, ask: bool = False) -> str | None:
    """The spec to use, or None where a flag names one. `ask`: somebody is there to be asked about a server found."""
    from chatbot.models import discover
    from chatbot.workspace import find_workspace

    if choices.model is not None:
        return None
    workspace = find_workspace()
    choice = discover.choose(setting=workspace.settings.model, environment=os.environ)
    for found in choice.found:
        known = dict(_read(workspace.state / OFFERED))
        if ask and found.spec not in known:
            known[found.spec] = _wanted(found.spec, screen)
            workspace.state.mkdir(parents=True, exist_ok=True)
            lines = [f"{answer} {spec}\n" for spec, answer in known.items()]
            (workspace.state / OFFERED).write_text("".join(lines), encoding="utf-8")
        if known.get(found.spec) == "yes":
            screen.notice(f"model: {found.spec} (found on this machine; you said yes to it before)")
            return found.spec
    screen.notice(f"model: {choice.spec} ({choice.reason})")
    return choice.spec


def tell_loading(spec: str | None, screen: Screen) -> None:
    """Says to a person that a model is about to be read into memory: of a big one, that takes minutes."""
    if (spec or "").startswith("local:") and sys.stderr.isatty():
        screen.notice(f"loading {spec} …")


def _read(path: Path) -> Iterator[tuple[str, str]]:
    with suppress(OSError, UnicodeDecodeError):  # nothing remembered: ask again
        for line in path.read_text(encoding="utf-8").splitlines():
            answer, _, spec = line.partition(" ")
            yield spec, answer


def _wanted(spec: str, screen: Screen) -> str:
    screen.line(f"A model server answers on this machine: {spec}")
    try:
        answer = input("Chat with it? Your questions and the passages found go there. [y/N] ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    return "yes" if answer.strip().lower() in ("y", "yes") else "no"
