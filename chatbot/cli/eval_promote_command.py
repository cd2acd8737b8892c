"""`chatbot eval promote`: the evidence that a prompt is better, written beside it."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.eval_show_command import past_of
from chatbot.cli.screen import Screen


@click.command("promote")
@click.argument("run")
@click.argument("variant")
@click.option("--suite", type=click.Path(path_type=Path), help="Where the run's suite lies now.")
def command(run: str, variant: str, suite: Path | None) -> None:
    """Write beside the prompt of VARIANT that RUN showed it to be better, by how much, and how sure that is.

    It must be better than the suite's baseline, with all variants of the run taken into account. `chatbot prompts lint`
    says when the prompt changed since.
    """
    from chatbot.evaluation.history import place_of
    from chatbot.evaluation.promotion import promote

    screen, past = Screen(), past_of(run, suite)
    evidence, path = promote(past, place_of(past.bench, variant))
    screen.line(f"{path}: {evidence.claim}")
    if evidence.asked_with:
        screen.notice(f"note: the suite asked it with {evidence.asked_with}, which the prompt file does not say")
    if evidence.variants > 2 and past.bench.suite.deciding.race is None:  # a race proves on items that it did not see
        screen.notice(
            f"note: it was chosen among {evidence.variants} by these same items, so expect a little less on others"
        )
