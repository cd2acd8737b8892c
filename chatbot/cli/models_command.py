"""`chatbot models`: what can be used now, and what a local model is, needs and says."""

from __future__ import annotations

import os
from dataclasses import asdict

import click

from chatbot.cli import models_inspect_command, models_memory_command, models_merge_command, models_score_command
from chatbot.cli.screen import Screen


@click.group("models", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Show the models that can be used now, and the one that would be."""
    if context.invoked_subcommand is None:
        _list(as_json)


command.add_command(models_inspect_command.command)
command.add_command(models_memory_command.command)
command.add_command(models_merge_command.command)
command.add_command(models_score_command.command)


def _list(as_json: bool) -> None:
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
