"""Prompt files of version 1: what moved, what became a loss, and that the result loads."""

from __future__ import annotations

from pathlib import Path

from chatbot.prompting import Prompt
from chatbot.prompting.convert import from_format

OLD = """---
name: Support
description: Answers customers
authors: [one, two]
tags: [support]
version: "1.0"
model:
  api: chat
  configuration: {type: azure_openai, azure_deployment: gpt-4o, api_key: "${env:KEY}"}
  parameters: {max_tokens: 300, temperature: 0.2, tools: []}
inputs:
  name: {type: string, description: Of the customer}
  count: {type: number}
sample: {name: Ada, question: "Where is it?"}
---
system:
You help {{name}}, who has {{count}} orders.

user:
{{question}}
"""


def test_a_file_of_version_1_becomes_one_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "support.prompty"
    done = from_format(OLD, "prompty")
    path.write_text(done.text, encoding="utf-8")
    prompt = Prompt.load(path)

    assert prompt.model == "gpt-4o"
    assert (prompt.sampling.max_tokens, prompt.sampling.temperature) == (300, 0.2)
    assert prompt.file.data["metadata"] == {"authors": ["one", "two"], "tags": ["support"], "version": "1.0"}
    assert {name: each.kind for name, each in prompt.inputs.items()} == {
        "name": "string",
        "count": "float",
        "question": "string",
    }
    assert [each.text for each in prompt.render(name="Ada", count=2, question="Where?")] == [
        "You help Ada, who has 2 orders.",
        "Where?",
    ]
    assert done.losses == (
        "the option tools",
        "how the service is reached (model.configuration: type, azure_deployment, api_key)",
        "the sample of name, question: write a test with it, under metadata.chatbot.tests",
    )


def test_no_key_is_read_or_written() -> None:
    assert "KEY" not in from_format(OLD, "prompty_1").text
