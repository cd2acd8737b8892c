"""Options that several commands share: what to chat with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from chatbot.bot import Chatbot
    from chatbot.tools import Approve

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the flags say; None leaves it to the environment and the settings."""

    model: str | None = None
    prompt: str | None = None
    knowledge: Path | None = None
    no_knowledge: bool = False
    decode: str = ""

    def bot(self, *, model: str | None = None, session: str | None = None, approve: Approve | None = None) -> Chatbot:
        """A chatbot with these choices; `model` where the flags leave it open. approve: asked about calls of tools."""
        from chatbot.bot import Chatbot, Default

        knowledge = None if self.no_knowledge else self.knowledge or Default.WORKSPACE
        return Chatbot(
            self.model or model,
            prompt=self.prompt,
            knowledge=knowledge,
            decode=self.decode,
            session=session,
            approve=approve,
        )


DECODE = click.option(
    "--decode", metavar="TEXT", default="", help='How to draw: "min-p=0.1, temperature=0.8", beam=4, contrastive …'
)


def chat_options(command: Callable[..., T]) -> Callable[..., T]:
    """Adds --model, --prompt, --knowledge, --no-knowledge and --decode; the command receives them as `choices`."""

    @click.option(
        "-m", "--model", metavar="SPEC", help="extractive, openai:NAME, ollama:NAME, http://host:port/v1#NAME …"
    )
    @click.option("-p", "--prompt", metavar="NAME", help="A prompt of the workspace, or a prompt file.")
    @click.option(
        "-k", "--knowledge", metavar="PATH", type=click.Path(path_type=Path), help="Folder or file of documents."
    )
    @click.option("--no-knowledge", is_flag=True, help="Chat without documents.")
    @DECODE
    @functools.wraps(command)
    def with_choices(
        *args: object,
        model: str | None,
        prompt: str | None,
        knowledge: Path | None,
        no_knowledge: bool,
        decode: str,
        **kwargs: object,
    ) -> T:
        if knowledge is not None and no_knowledge:
            raise click.UsageError("--knowledge and --no-knowledge exclude each other")
        return command(*args, choices=Choices(model, prompt, knowledge, no_knowledge, decode), **kwargs)

    return with_choices
