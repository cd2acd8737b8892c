"""`chatbot prompts lint`: what there is to mend in prompt files, with the reason and the change to make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.counting import counting
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.prompting.lint import Counting, Finding


@click.command("lint")
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@click.option("--model", metavar="SPEC", help="Also count tokens, as this model does, and hold them to its context.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, names: Sequence[str], model: str | None, as_json: bool) -> None:
    """Say what could be better in prompts NAME or FILE, or in all of the workspace.

    The exit code is 1 where there are errors, and 0 where there are warnings alone.
    """
    from chatbot.prompting.lint import lint_file

    paths, counts = _paths(names), counting(model) if model else None
    findings = [finding for path in paths for finding in lint_file(path, counts)]
    screen = Screen()
    if as_json:
        screen.json([{**asdict(finding), "path": _place(finding.path)} for finding in findings])
    else:
        for finding in findings:
            _show(screen, finding)
        if counts:
            _show_sizes(screen, paths, counts)
        screen.line(_summary(findings, len(paths)))
    context.exit(1 if any(finding.severity == "error" for finding in findings) else 0)


def _paths(names: Sequence[str]) -> list[Path]:
    from chatbot.prompting.prompt import SUFFIX, path_of
    from chatbot.workspace import find_workspace

    if not names:
        return sorted(find_workspace().prompts.glob(f"*{SUFFIX}"))
    return [path_of(name) for name in names]


def _show(screen: Screen, finding: Finding) -> None:
    style = "bold red" if finding.severity == "error" else "bold yellow"
    screen.line(f"{_place(finding.path)}:{finding.line}: {finding.rule} {finding.message}", style)
    screen.hanging("    why:    ", finding.why)
    first, *rest = finding.change.splitlines()
    screen.hanging("    change: ", first)
    for line in rest:
        screen.hanging("            ", line, "green")


def _show_sizes(screen: Screen, paths: Sequence[Path], counts: Counting) -> None:
    from chatbot.errors import ChatbotError
    from chatbot.prompting import Prompt
    from chatbot.prompting.lint import Sized, examine

    for path in paths:
        try:
            sized = Sized(examine(Prompt.load(path)), counts)
        except ChatbotError:  # told above as a finding
            continue
        examples = f", {sized.example_tokens:,} of them of examples" if sized.example_tokens else ""
        screen.line(f"{_place(path)}: {sized.tokens:,} tokens before any input{examples}", "dim")
    screen.line(f"{counts.model} reads {counts.context_tokens:,} tokens in all", "dim")


def _place(path: Path) -> str:
    """The path from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _summary(findings: Sequence[Finding], files: int) -> str:
    severities = [finding.severity for finding in findings]
    counts = [
        f"{severities.count(severity)} {severity}{'s' if severities.count(severity) > 1 else ''}"
        for severity in ("error", "warning")
        if severity in severities
    ]
    return f"{', '.join(counts) or 'nothing to mend'} in {files} {'file' if files == 1 else 'files'}"
