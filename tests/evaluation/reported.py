"""A run for reports: four prompts of known skill over sums, asked of a scripted model, with items that mean harm."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from random import Random

from benches import PROMPT, no_documents

from chatbot.effects import Generate
from chatbot.errors import ModelError
from chatbot.evaluation.contender import contenders_of
from chatbot.evaluation.dataset import read_dataset
from chatbot.evaluation.run import Bench, run
from chatbot.evaluation.suite import read_suite
from chatbot.journal import Journal
from chatbot.journal.records import RunRecord
from chatbot.messages import Reply, Usage
from chatbot.models.scripted import Scripted

SKILL = {"direct": 0.6, "steps": 0.85, "examples": 0.62, "a_prompt_with_quite_a_long_name": 0.3}
"""Share of the sums that each prompt has right."""

CALLS = {"direct": 1, "steps": 6, "examples": 8, "a_prompt_with_quite_a_long_name": 2}
"""How much each costs, and how long its replies are, as multiples."""

HOSTILE = (
    "<script>document.title='stolen'</script>",
    '"><img src="http://198.51.100.1/x.png" onerror="document.title=\'stolen\'">',
    "</script><h1>not a heading</h1><!--",
    "\u202e\u2066reversed\u2069 \ud800 \x00 \x1b[31m",
    "&lt;b&gt; & ' \" `",
)
"""Ends of the first questions, which the replies repeat."""


def question(number: int) -> str:
    end = HOSTILE[number] if number < len(HOSTILE) else "Say how you found it."
    return f"What is {number} + {number}? {end}"


def reply(request: Generate) -> Reply | str:
    """By the prompt's skill, always the same to the same request."""
    prompt = request.messages[0].text.split(":")[0]
    asked = request.messages[-1].text
    number = int(re.findall(r"\d+", asked)[0])
    chance = Random(f"{prompt} {asked!r}")
    if (prompt, number) == ("examples", 17):
        raise ModelError("the endpoint is overloaded", hint="wait a little")
    if prompt == "direct" and chance.random() < 0.02:
        return "I would rather not say."
    right = chance.random() < SKILL[prompt]
    words = f"Two of the same make twice as many: {number} and {number}. " * CALLS[prompt]
    said = asked.split("?", 1)[1] if number < len(HOSTILE) else ""
    text = f"{words}{said} The sum is {2 * number if right else 2 * number + 1}."
    spent = Usage(40 * CALLS[prompt], len(text) // 4, cost=CALLS[prompt] * 0.0004 * chance.uniform(0.8, 1.2))
    return Reply(text, usage=spent)


def reported(folder: Path, *, items: int = 120, more: str = "") -> tuple[Bench, RunRecord]:
    """The run, and what it needs to be told of."""
    for name in SKILL:
        path = folder / f"{name}.prompty"
        path.write_text(PROMPT.format(name=name, words=f"{name}: answer with a sum."), encoding="utf-8")
    rows = [
        {"id": f"i{n}", "question": question(n), "answer": str(2 * n), "tags": ["small" if n < items / 2 else "large"]}
        for n in range(items)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    prompts = ", ".join(f"{name}.prompty" for name in SKILL)
    (folder / "sums.yaml").write_text(
        f"description: Sums <b>in four ways</b>\ndataset: {{path: items.jsonl}}\nprompts: [{prompts}]\n"
        f'scorers: [{{kind: number, expect: "{{{{ answer }}}}"}}]\nmargin: 0.03\n{more}',
        encoding="utf-8",
    )
    suite = read_suite(folder / "sums.yaml")
    model = Scripted(reply, repeat=True)
    bench = Bench(
        suite, read_dataset(suite.dataset), contenders_of(suite, lambda _: model, no_documents), Journal(None)
    )
    return bench, asyncio.run(run(bench))
