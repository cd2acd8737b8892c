"""`chatbot prompts test`: runs the tests that prompt files carry."""

from __future__ import annotations

from collections.abc import Sequence

import click

from chatbot.cli.screen import Screen


@click.command("test")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--model", metavar="SPEC", help="Ask this model instead of playing the replies that the tests script.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, names: Sequence[str], model: str | None, as_json: bool) -> None:
    """Run the tests of prompts NAME, or of all: with their scripted replies, or with a model."""
    from chatbot.models.connect import connect
    from chatbot.prompt_tests import run_test
    from chatbot.prompting import Prompt, list_prompts
    from chatbot.workspace import find_workspace

    folder = find_workspace().prompts
    prompts = [Prompt.load(name, folder) for name in names] if names else list_prompts(folder)
    connected = connect(model) if model else None
    screen, rows, failures = Screen(), [], 0
    for prompt in prompts:
        for test in prompt.settings.tests:
            report = run_test(prompt, test, connected)
            failures += bool(report.complaints)
            state = "failed" if report.complaints else "skipped" if report.skipped else "passed"
            place = f"{prompt.path.name}:{report.line}"
            rows.append({"place": place, "state": state, "complaints": [*report.complaints], "why": report.skipped})
            if not as_json:
                _show(screen, place, state, [*report.complaints, *filter(None, [report.skipped])])
    if as_json:
        screen.json(rows)
    else:
        screen.line(_summary([str(row["state"]) for row in rows]))
    context.exit(1 if failures else 0)


def _show(screen: Screen, place: str, state: str, details: Sequence[str]) -> None:
    style = {"failed": "bold red", "skipped": "yellow"}.get(state, "green")
    screen.line(f"{state:<8} {place}", style)
    for detail in details:
        screen.hanging("         ", detail)


def _summary(states: Sequence[str]) -> str:
    counts = [f"{states.count(state)} {state}" for state in ("passed", "failed", "skipped") if state in states]
    return ", ".join(counts) or "no prompt here has tests"
