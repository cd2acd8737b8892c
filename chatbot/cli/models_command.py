"""`chatbot models`: what can be used now."""

from __future__ import annotations

import os
from dataclasses import asdict

import click

from chatbot.cli.screen import Screen


@click.command("models")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show the models that can be used now, and the one that would be."""
    from chatbot.models import discover
    from chatbot.workspace import find_workspace

    chosen = discover.choose(setting=find_workspace().settings.model, environment=os.environ)
    models = discover.list_models()
    if as_json:
        rows = [{**asdict(model), "chosen": model.spec == chosen.spec} for model in models]
        Screen().json(rows)
        return
    screen = Screen()
    screen.table(
        [("*" if model.spec == chosen.spec else "", model.spec, model.note) for model in models], ("", "SPEC", "")
    )
    screen.line(f"\nwithout --model: {chosen.spec} ({chosen.reason})")
