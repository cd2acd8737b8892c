"""`chatbot prompts`: list, show and render prompt files."""

from __future__ import annotations

from collections.abc import Sequence

import click

from chatbot.cli import prompts_diff_command, prompts_lint_command, prompts_new_command, prompts_test_command
from chatbot.cli.convert_command import convert
from chatbot.cli.counting import counting
from chatbot.cli.screen import Screen


@click.group("prompts")
def command() -> None:
    """List, show and render prompt files."""


command.add_command(prompts_diff_command.command)
command.add_command(prompts_lint_command.command)
command.add_command(prompts_new_command.command)
command.add_command(prompts_test_command.command)
command.add_command(convert)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(as_json: bool) -> None:
    """List the workspace's prompts."""
    from chatbot.prompting import list_prompts
    from chatbot.workspace import find_workspace

    prompts = list_prompts(find_workspace().prompts)
    if as_json:
        rows = [{"name": prompt.name, "description": prompt.description, "hash": prompt.hash} for prompt in prompts]
        Screen().json(rows)
    else:
        Screen().table([(prompt.name, prompt.description) for prompt in prompts], ("NAME", "WHAT IT IS FOR"))


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print the file of prompt NAME."""
    from chatbot.prompting import Prompt
    from chatbot.workspace import find_workspace

    Screen().exactly(Prompt.load(name, find_workspace().prompts).path.read_text(encoding="utf-8"))


@command.command("render")
@click.argument("name")
@click.option(
    "-v", "--value", "values", multiple=True, metavar="KEY=VALUE", help="An input; JSON where it is not text."
)
@click.option("--tokens", is_flag=True, help="Also say how many tokens they take.")
@click.option("--model", metavar="SPEC", help="Count tokens as this model does, instead of by estimate.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def render(name: str, values: Sequence[str], tokens: bool, model: str | None, as_json: bool) -> None:
    """Print the messages that prompt NAME sends."""
    from chatbot.prompting import Prompt
    from chatbot.workspace import find_workspace

    prompt = Prompt.load(name, find_workspace().prompts)
    given = dict(map(_pair, values))
    messages = prompt.render(**{key: prompt.parse_input(key, text) for key, text in given.items()})
    counts = counting(model) if tokens or model else None
    taken = [counts.count(message.text) for message in messages] if counts else []
    screen = Screen()
    if as_json:
        rows: list[dict[str, object]] = [{"role": message.role, "text": message.text} for message in messages]
        screen.json([row | {"tokens": count} for row, count in zip(rows, taken, strict=True)] if counts else rows)
        return
    for index, message in enumerate(messages):
        screen.line(f"{message.role}:{f'  (tokens: {taken[index]:,})' if counts else ''}", style="bold")
        screen.line(f"{message.text}\n")
    if counts:
        screen.line(f"tokens: {sum(taken):,} in all, counted by {counts.model}")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.BadParameter(f"{text!r} is not KEY=VALUE")
    return key, value
