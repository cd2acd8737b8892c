"""`chatbot prompts diff`: what differs in meaning between two prompt files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatbot.cli.counting import counting
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.prompting.difference import Change, Difference

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--model", metavar="SPEC", help="Count tokens as this model does, instead of by estimate.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(before: str, after: str, model: str | None, as_json: bool) -> None:
    """Say how prompt B differs from prompt A; each is a name or a file."""
    from chatbot.prompting import Prompt
    from chatbot.prompting.difference import difference
    from chatbot.prompting.lint import Sized, examine

    prompts = [Prompt.load(name) for name in (before, after)]
    counts = counting(model)
    tokens = [Sized(examine(prompt), counts).tokens for prompt in prompts]
    found, screen = difference(*prompts), Screen()
    if as_json:
        hashes = [prompt.hash for prompt in prompts]
        screen.json({**asdict(found), "hashes": hashes, "tokens": tokens, "counted_by": counts.model})
        return
    if found.same_hash:
        screen.line(f"{before} and {after} send the same: both have the hash {prompts[0].hash}")
    else:
        screen.line(f"{before} ({prompts[0].hash}) and {after} ({prompts[1].hash}) differ")
    _show(screen, found)
    screen.line(f"tokens before any input: {tokens[0]:,} -> {tokens[1]:,} ({tokens[1] - tokens[0]:+,}; {counts.model})")


def _show(screen: Screen, found: Difference) -> None:
    for title, changes in (
        ("inputs", found.inputs),
        ("settings", found.settings),
        ("sampling", found.sampling),
        ("tests", found.tests),
    ):
        _show_changes(screen, title, changes)
    if found.body:
        screen.line("\nbody", "bold")
    for line in found.body:
        screen.line(line, "bold" if line.startswith(("---", "+++")) else _STYLES.get(line[:1], ""))
    screen.line()


def _show_changes(screen: Screen, title: str, changes: Sequence[Change]) -> None:
    if changes:
        screen.line(f"\n{title}", "bold")
    for change in changes:
        if change.before is None:
            screen.hanging("  + ", f"{change.name}: {change.after}", "green")
        elif change.after is None:
            screen.hanging("  - ", f"{change.name}: {change.before}", "red")
        else:
            screen.hanging("  ~ ", f"{change.name}: {change.before} -> {change.after}", "yellow")
