"""Prompts from and to the formats of other tools, each conversion with a sentence for everything that gets lost.

    converted = to_format(Prompt.load("chat"), "dotprompt")
    converted = from_format(Path("greet.prompt"))
    template, losses = to_chat_prompt_template(prompt)

Nothing that a file names is imported, run or fetched; files it refers to lie beside it or below.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.errors import UsageError, nearest
from chatbot.prompting.convert import foreign, langchain_chat, prompty
from chatbot.prompting.convert.draft import Converted, Draft
from chatbot.prompting.convert.formats import FORMATS, Format, detected
from chatbot.prompting.prompt import Prompt

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate

__all__ = [
    "FORMATS",
    "Converted",
    "Draft",
    "Format",
    "convert",
    "from_chat_prompt_template",
    "from_format",
    "to_chat_prompt_template",
    "to_format",
]


def convert(path_or_text: Path | str, to: str, source: str | None = None) -> Converted:
    """A prompt of one format in another: a file at a Path, or the text of one in a str.

    source: the format it has; by default told from the file's name and content. Raises UsageError for a format that
    does not exist, or cannot be written, and PromptError with the line of what is wrong in the file.
    """
    target = _format(to)
    if target.write is None:
        writable = ", ".join(name for name, each in FORMATS.items() if each.write)
        raise UsageError(f"{target.title} is only read, not written", hint=f"write one of {writable}")
    path, text = _opened(path_or_text)
    found = _format(source) if source else FORMATS[detected(path, text)]
    read = found.read(path, text)
    written = target.write(read.draft)
    return Converted(written.text, tuple(dict.fromkeys((*read.losses, *written.losses))), to)


def from_format(path_or_text: Path | str, source: str | None = None) -> Converted:
    """The text of a prompt file of ours, from a file of another format, or of version 1. Raises as `convert` does."""
    return convert(path_or_text, "prompty", source)


def to_format(prompt: Prompt, name: str) -> Converted:
    """A prompt of ours in another format. Raises as `convert` does."""
    return convert(prompt.path, name, "prompty")


def to_chat_prompt_template(prompt: Prompt) -> tuple[ChatPromptTemplate, tuple[str, ...]]:
    """A prompt as LangChain's template, and what that has no place for."""
    return langchain_chat.to_langchain(prompty.read(prompt.file).draft)


def from_chat_prompt_template(template: ChatPromptTemplate, name: str = "") -> Converted:
    """The text of a prompt file of ours, from LangChain's template. Raises PromptError for what is no text."""
    from dataclasses import replace

    read = langchain_chat.from_langchain(template)
    written = prompty.write(replace(read.draft, name=name))
    return Converted(written.text, (*read.losses, *written.losses), written.format)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}", hint=nearest(name, FORMATS))
    return FORMATS[name]


def _opened(path_or_text: Path | str) -> tuple[Path, str]:
    if isinstance(path_or_text, Path):
        return path_or_text, foreign.read_text(path_or_text)
    return Path("text"), path_or_text
