"""Suites for tests: two prompts over sums, asked of a real server."""

from __future__ import annotations

import json
from pathlib import Path

from chat_server import ChatServer

from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.run import Bench
from chatbot.evaluation.suite import read_suite
from chatbot.journal import Journal
from chatbot.models.connect import connect
from chatbot.models.prices import Price
from chatbot.retrieval import Knowledge
from chatbot.service.pace import IN_CHAT, Patience

PROMPT = """\
---
name: {name}
metadata: {{chatbot: {{answer: {{extract: last_number}}}}}}
inputs: [{{name: question, kind: string, required: true}}]
---
system:
{words}

user:
{{{{ question }}}}
"""


def no_documents(place: Path | None) -> Knowledge:
    raise AssertionError(f"nothing here searches, and {place} was opened")


PRICES = {"m": Price(input=2.0, cached=1.0, output=10.0)}
"""Of the model that these suites ask."""


def bench(
    folder: Path,
    server: ChatServer,
    *,
    items: int = 12,
    more: str = "",
    journal: Path | None = None,
    scorers: str = "{kind: answer}",
    patience: Patience = IN_CHAT,
    timeout: float = 20.0,
) -> Bench:
    """A suite of two prompts over sums."""
    folder.mkdir(exist_ok=True)
    for name, words in (("direct", "Answer."), ("steps", "Think, then answer.")):
        (folder / f"{name}.prompty").write_text(PROMPT.format(name=name, words=words), encoding="utf-8")
    rows = [json.dumps({"id": f"i{n}", "question": f"{n} + {n}?", "answer": str(2 * n)}) for n in range(items)]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(
        "dataset: {path: items.jsonl}\nprompts: [direct.prompty, steps.prompty]\n"
        f'models: ["{server.url}#m"]\nscorers: [{scorers}]\nconcurrency: 8\n{more}',
        encoding="utf-8",
    )
    return bench_of(folder / "suite.yaml", journal, patience, timeout)


def bench_of(path: Path, journal: Path | None = None, patience: Patience = IN_CHAT, timeout: float = 20.0) -> Bench:
    """The suite in a file."""
    suite = read_suite(path)
    contenders = contenders_of(
        suite,
        lambda spec: connect(spec or "extractive", prices=PRICES, patience=patience, timeout=timeout),
        no_documents,
    )
    return Bench(suite, read_dataset(suite.dataset), contenders, Journal(journal))
