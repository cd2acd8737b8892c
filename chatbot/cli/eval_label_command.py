"""`chatbot eval label`: a sheet of replies for people to label, by which judges are checked and corrected."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.eval_show_command import past_of, tell_changes
from chatbot.cli.screen import Screen

COUNT = 100
"""Replies on a sheet: with about half of them wrong, what judges find of either is known to ten points."""


@click.command("label")
@click.argument("run", default="latest")
@click.option("-o", "--output", metavar="FILE", required=True, type=click.Path(path_type=Path), help="Where to write.")
@click.option("-n", "count", metavar="N", type=click.IntRange(1), default=COUNT, show_default=True, help="Replies.")
@click.option("--scorer", metavar="NAME", help="The scorer whose judges are to be checked, where there are several.")
@click.option("--seed", type=int, default=0, help="Draw others.")
@click.option("--suite", type=click.Path(path_type=Path), help="Where the run's suite lies now.")
def command(run: str, output: Path, count: int, scorer: str | None, seed: int, suite: Path | None) -> None:
    """Draw replies of RUN for a person to label.

    Write true or false in place of each `null` (of a pair: variant, baseline or tie), and name the file in the suite's
    scorer: `labels: FILE`. The next `eval run` corrects what the judges say; it asks for no reply again.
    """
    from chatbot.errors import UsageError
    from chatbot.evaluation.judging.sheet import panel_of, sheet

    screen, past = Screen(), past_of(run, suite)
    tell_changes(past, screen)
    panel = panel_of(past.bench, scorer)
    rows = list(sheet(past.bench, past.record.id, panel, count=count, seed=seed))
    if output.exists():
        raise UsageError(f"{output} is there already, perhaps with labels in it", hint="give another name")
    if not rows:
        raise UsageError(f"run {past.record.id} has no reply to judge yet", hint="run the suite first")
    try:
        output.write_text("\n".join(rows) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}", hint="give another name") from None
    what = "variant, baseline or tie" if panel.inquiry.pairwise else "true or false"
    screen.line(f"{len(rows)} replies wait in {output}: write {what} in place of each null")
