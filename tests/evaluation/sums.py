"""A suite of sums with two prompts, in a workspace, and a server that knows which of them gets which sum right."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from benches import PROMPT
from chat_server import ChatServer, Request, Scene, refuses, says

SUITE = """\
name: sums
dataset: {{path: items.jsonl}}
prompts: [direct.prompty, steps.prompty]
models: ["{url}#m"]
scorers: [{{kind: answer}}]
{more}"""


class SumServer(ChatServer):
    """Answers `3 + 3?` rightly, but for the sums that a prompt gets wrong: they come to 0."""

    def __init__(self, **wrong: Collection[int]) -> None:
        super().__init__(says("4"))
        self.wrong = wrong
        """By prompt, the sums that it gets wrong."""
        self.failing: Collection[int] = ()
        """Sums that the server refuses."""
        self.silent: Collection[int] = ()
        """Sums to which the reply has no number."""

    def scene(self, request: Request) -> Scene:
        """The answer to a sum."""
        text = json.dumps(request.body["messages"])
        prompt = "steps" if "Think" in text else "direct"
        number = int(text.split(" + ")[-1].split("?")[0])
        if number in self.failing:
            return refuses(400, "no such sum")
        if number in self.silent:
            return says("I would rather not say.")
        thoughts = f"I take {number} and add {number} to it. " if prompt == "steps" else ""
        return says(f"{thoughts}That is {0 if number in self.wrong.get(prompt, ()) else 2 * number}.")


def write_suite(folder: Path, server: ChatServer, *, items: int = 40, more: str = "margin: 0.05\n") -> Path:
    """The suite in a folder; its items have the tags even and odd."""
    for name, words in (("direct", "Answer."), ("steps", "Think, then answer.")):
        (folder / f"{name}.prompty").write_text(PROMPT.format(name=name, words=words), encoding="utf-8")
    write_items(folder, range(1, items + 1))
    path = folder / "sums.yaml"
    path.write_text(SUITE.format(url=server.url, more=more), encoding="utf-8")
    return path


def write_items(folder: Path, numbers: Collection[int]) -> None:
    """The dataset, of these sums."""
    rows = [
        {"id": f"i{n}", "question": f"{n} + {n}?", "answer": str(2 * n), "tags": "odd" if n % 2 else "even"}
        for n in numbers
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
