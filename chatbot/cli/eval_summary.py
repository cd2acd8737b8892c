"""A run's summary on the screen: the verdicts first, what they rest on beneath, then the other tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.evaluation.summary import Summary


def show_summary(summary: Summary, screen: Screen) -> None:
    """Prints it, at 80 columns where there is no terminal that is wider."""
    from chatbot.evaluation.table import footnotes, headline, notes, sheets

    first = headline(summary)
    screen.table(first.rows, first.head)
    for line in notes(summary):
        screen.hanging("- ", line)
    for sheet in sheets(summary):
        screen.line()
        screen.table(sheet.rows, sheet.head)
    for line in footnotes(summary):
        screen.hanging("", line)
