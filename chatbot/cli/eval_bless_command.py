"""`chatbot eval bless`: what a run scored becomes the baseline of its suite."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.eval_show_command import past_of
from chatbot.cli.screen import Screen


@click.command("bless")
@click.argument("run", metavar="SUITE|RUN", default="latest")
@click.option("--suite", type=click.Path(path_type=Path), help="Where the run's suite lies now.")
def command(run: str, suite: Path | None) -> None:
    """Make what RUN scored the baseline of its suite; of a SUITE, its latest run.

    The baseline is a text file beside the suite, for git: `chatbot eval gate` holds later runs against it.
    """
    from chatbot.errors import ProjectError
    from chatbot.evaluation.baseline import baseline_of, baseline_path, write_baseline
    from chatbot.evaluation.gate import unfit

    screen, past = Screen(), past_of(run, suite)
    if past.changed:
        raise ProjectError(
            f"run {past.record.id} is not of the suite as it is now: {past.changed[0]}", hint="run the suite again"
        )
    if lacking := unfit(past.bench, past.record.id):
        early = past.bench.suite.deciding.early
        hint = "`chatbot eval gate` asks everything: bless that run" if early else "run the suite again: it goes on"
        raise ProjectError(f"run {past.record.id} cannot be blessed: {lacking}", hint=hint)
    baseline, path = baseline_of(past.bench, past.record), baseline_path(past.bench.suite.path)
    write_baseline(baseline, path)
    screen.line(f"{past.record.id} is blessed: {len(baseline.items):,} items in {path}")
    screen.line("Commit that file: `chatbot eval gate` holds later runs against it.", "dim")
