"""The formats that prompts are converted from and to, and how a file's format is told from its name and content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chatbot.errors import PromptError
from chatbot.prompting.convert import (
    dotprompt,
    dspy_state,
    github_models,
    llm_template,
    openai_messages,
    promptfoo,
    prompty,
    version_1,
)
from chatbot.prompting.convert.draft import Converted, Draft, Read
from chatbot.prompting.convert.foreign import json_file, yaml_file
from chatbot.prompting.prompt_file import split_prompt_file


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is, how its files end, and what can be done with it."""

    title: str
    suffix: str
    read: Callable[[Path, str], Read]
    """From a path, which errors name and references start from, and the text there."""
    write: Callable[[Draft], Converted] | None = None
    """None for a format that is only read."""


def _read_prompty(path: Path, text: str) -> Read:
    file = split_prompt_file(path, text)
    return version_1.read(file) if version_1.is_version_1(file) else prompty.read(file)


def _read_version_1(path: Path, text: str) -> Read:
    return version_1.read(split_prompt_file(path, text))


FORMATS: Mapping[str, Format] = {
    "prompty": Format("prompty, version 2", ".prompty", _read_prompty, prompty.write),
    "prompty_1": Format("prompty, version 1", ".prompty", _read_version_1),
    "dotprompt": Format("dotprompt", ".prompt", dotprompt.read, dotprompt.write),
    "promptfoo": Format("promptfoo's configuration", ".yaml", promptfoo.read, promptfoo.write),
    "github": Format("GitHub Models", ".prompt.yml", github_models.read, github_models.write),
    "llm": Format("a template of llm", ".yaml", llm_template.read, llm_template.write),
    "openai": Format("messages as JSON", ".json", openai_messages.read, openai_messages.write),
    "dspy": Format("a saved state of DSPy", ".json", dspy_state.read),
}
"""Formats by name."""


def detected(path: Path, text: str) -> str:
    """The format of a file, by its name where that says it, else by its content.

    Raises PromptError with what to do where neither does.
    """
    name = path.name.lower()
    if name.endswith(".prompty"):
        return "prompty"
    if name.endswith((".prompt.yml", ".prompt.yaml")):
        return "github"
    if name.endswith(".prompt"):
        return "dotprompt"
    found = _json_format(path, text) if text.lstrip()[:1] in ("[", "{") else _text_format(path, text)
    if found is None:
        raise PromptError(f"{path}:1: the format of this file is not known", hint=f"name it: {', '.join(FORMATS)}")
    return found


def _json_format(path: Path, text: str) -> str | None:
    data = json_file(path, text).data
    if "messages" in data:
        return "openai"
    return "dspy" if dspy_state.is_state(data) else None


def _text_format(path: Path, text: str) -> str | None:
    if text.startswith("---\n"):
        return "dotprompt" if "{{role" in text or "{{#" in text else "prompty"
    data = yaml_file(path, text).data
    marks = {"messages": "github", "prompts": "promptfoo", "raw": "promptfoo", "prompt": "llm", "system": "llm"}
    return next((name for key, name in marks.items() if key in data), None)
