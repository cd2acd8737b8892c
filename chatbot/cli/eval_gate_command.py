"""`chatbot eval gate`: for a build, whether a suite measures at most so much less than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.eval_budget import budget_options, within
from chatbot.cli.eval_progress import Progress
from chatbot.cli.options import DECODE
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.evaluation.gate import Gate
    from chatbot.evaluation.run import Bench
    from chatbot.evaluation.statistics.verdict import Comparison

STYLES = {"pass": "bold green", "fail": "bold red", "undecided": "bold yellow"}


@click.command("gate")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--margin", metavar="X", type=click.FloatRange(0, 1, min_open=True), help="In place of the suite's.")
@click.option("--variant", "variants", metavar="NAME", multiple=True, help="Only this variant (may be repeated).")
@click.option("--markdown", metavar="FILE", type=click.Path(path_type=Path), help="Write a pull request's comment.")
@click.option("--junit", metavar="FILE", type=click.Path(path_type=Path), help="Write JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-m", "--model", metavar="SPEC", help="Model of variants that name none.")
@DECODE
@click.option("--fresh", is_flag=True, help="Ask again what has been answered.")
@budget_options
@click.pass_context
def command(
    context: click.Context,
    suite: Path,
    margin: float | None,
    variants: Sequence[str],
    markdown: Path | None,
    junit: Path | None,
    as_json: bool,
    model: str | None,
    decode: str,
    fresh: bool,
    budget: float | None,
    budget_tokens: int | None,
    budget_minutes: float | None,
) -> None:
    """Run SUITE, and say whether it measures at most the margin less than its baseline.

    Each variant is held against what was blessed of it; where nothing was blessed, against the suite's baseline
    variant. The exit code is 0 for pass, 1 for fail and nothing else, and 2 where so few items cannot tell, or where
    something is to be mended first.
    """
    from chatbot.bot import Chatbot
    from chatbot.errors import ChatbotError
    from chatbot.evaluation.gate import EXIT_CODES
    from chatbot.evaluation.gate_report import as_junit, as_markdown
    from chatbot.evaluation.gating import gate_suite, unseen

    screen = Screen(plain=as_json)
    try:
        with Chatbot(model, decode=decode, knowledge=None) as bot:
            gate = gate_suite(
                suite,
                bot,
                margin=margin,
                variants=variants,
                fresh=fresh,
                limit=lambda bench: within(bench, budget, budget_tokens, budget_minutes),
                progress=unseen if as_json else _progress,
            )
    except ChatbotError as error:
        error.exit_code = EXIT_CODES["undecided"]  # a build that cannot reach its model is not worse
        raise
    for path, text in ((markdown, as_markdown), (junit, as_junit)):
        if path is not None:
            _write(path, text(gate))
    if as_json:
        screen.json(_data(gate))
    else:
        _show(gate, screen)
    context.exit(EXIT_CODES[gate.outcome])


def _progress(bench: Bench, run_id: str) -> Progress:
    from chatbot.evaluation.metric import metrics_of

    return Progress(bench, run_id, metrics_of(bench)[0])


def _write(path: Path, text: str) -> None:
    from chatbot.cli.sessions_command import write_file

    write_file(path, text)


def _data(gate: Gate) -> dict[str, object]:
    from chatbot.evaluation.summary_data import comparison_data

    def compared(comparison: Comparison | None) -> dict[str, object] | None:
        if comparison is None:
            return None
        told = comparison_data(comparison, only_first="only_now", only_second="only_before")
        return {"n": comparison.difference.n, **told}

    gated = [{**asdict(each), "comparison": compared(each.comparison)} for each in gate.gated]
    return {"outcome": gate.outcome, **asdict(gate), "gated": gated}


def _show(gate: Gate, screen: Screen) -> None:
    from chatbot.evaluation.gate_report import as_lines

    first, *rest = as_lines(gate)
    screen.line(first, STYLES[gate.outcome])
    for line in rest:
        indent = line[: len(line) - len(line.lstrip())]
        screen.hanging(indent, line.lstrip())
