"""`chatbot eval schema`: the JSON Schema of a suite, for editors."""

from __future__ import annotations

import click

from chatbot.cli.screen import Screen, as_json


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a suite, so that editors complete and check it.

    Keep it beside your suites (chatbot eval schema > suite.schema.json), and begin each of them with the line
    "# yaml-language-server: $schema=suite.schema.json".
    """
    from chatbot.evaluation.schema import suite_schema

    Screen(plain=True).write(as_json(suite_schema(), indent=2))
