"""`chatbot decode`: the next token of a model before and after each strategy of decoding, and where the text may go."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.options import Choices
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.decode_view.view import View
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
@click.option(
    "-d",
    "--decode",
    "named",
    multiple=True,
    metavar="STRATEGY",
    help='One to compare: "top-p=0.9, temperature=0.8"; may be given again. The first chooses the way.',
)
@click.option("--seed", default=0, show_default=True, help="Of what is drawn.")
@click.option("--write/--no-write", default=None, help="What each strategy writes; by default with a local model.")
@click.option("--raw", is_flag=True, help="PROMPT is text to go on with, in no chat format; of local models.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a page there.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(
    prompt: str,
    model: str | None,
    tokens: int,
    top: int,
    depth: int,
    branches: int,
    named: tuple[str, ...],
    seed: int,
    write: bool | None,
    raw: bool,
    html: Path | None,
    as_json: bool,
) -> None:
    """Show how a model may go on after PROMPT, and what each strategy of decoding makes of that.

    Any local model can be looked at, and any endpoint that tells log-probabilities.
    """
    from chatbot.decode_view.asked import asked_for
    from chatbot.decode_view.looking import looked_at

    screen = Screen(plain=as_json)
    asked = replace(asked_for(prompt, named), tokens=tokens, depth=depth, branches=branches, seed=seed, is_raw=raw)
    view = asyncio.run(looked_at(_model(model, screen), asked, write=write))
    if html is not None:
        from chatbot.decode_view.page import write_page

        write_page(view, html, top=top)
        screen.notice(f"written: {html}")
    if as_json:
        from chatbot.decode_view.view import as_plain

        screen.json(as_plain(view))
    elif html is None:
        _draw(view, screen, top)


def _draw(view: View, screen: Screen, top: int) -> None:
    from chatbot.decode_view.chart import Look, chart

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
