"""`chatbot decode`: the next token of a model before and after each strategy of decoding, and where the text may go."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from chatbot.cli.options import Choices
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.models.model import Model


@click.command("decode")
@click.argument("prompt")
@click.option("-m", "--model", metavar="SPEC", help="Whose tokens: local:PATH, openai:NAME, http://host:port/v1#NAME …")
@click.option("-n", "--tokens", default=8, show_default=True, type=click.IntRange(1, 200), help="How many to follow.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 50), help="Tokens of a distribution.")
@click.option("--depth", default=3, show_default=True, type=click.IntRange(0, 12), help="Of the tree, in tokens.")
@click.option(
    "--branches", default=3, show_default=True, type=click.IntRange(1, 20), help="Of the tree, at each place."
)
@click.option("--seed", default=0, show_default=True, help="Of what is drawn.")
@click.option("--write/--no-write", default=None, help="What each strategy writes; by default with a local model.")
@click.option("--raw", is_flag=True, help="PROMPT is text to go on with, in no chat format; of local models.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(
    prompt: str,
    model: str | None,
    tokens: int,
    top: int,
    depth: int,
    branches: int,
    seed: int,
    write: bool | None,
    raw: bool,
    as_json: bool,
) -> None:
    """Show how a model may go on after PROMPT, and what each strategy of decoding makes of that.

    Any local model can be looked at, and any endpoint that tells log-probabilities.
    """
    from chatbot.decode_view.asked import SINGLE, Asked
    from chatbot.decode_view.chart import Look, chart
    from chatbot.decode_view.looking import looked_at
    from chatbot.decode_view.view import as_plain
    from chatbot.messages import message

    screen = Screen(plain=as_json)
    asked = Asked(
        prompt,
        (message("user", prompt, "user"),),
        SINGLE,
        tokens=tokens,
        depth=depth,
        branches=branches,
        seed=seed,
        is_raw=raw,
    )
    view = asyncio.run(looked_at(_model(model, screen), asked, write=write))
    if as_json:
        screen.json(as_plain(view))
        return
    for line in chart(view, Look(min(screen.width, 120), top, _shows_blocks())):
        screen.line(line.text, line.style)


def _model(spec: str | None, screen: Screen) -> Model:
    from chatbot.cli.choice import settled_model

    choices = Choices(spec, no_knowledge=True)
    return choices.bot(model=settled_model(choices, screen)).model


def _shows_blocks() -> bool:
    """Whether what reads our output can show block elements."""
    try:
        "█▏└─".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
