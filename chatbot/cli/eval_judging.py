"""The judges of a run, for the commands that ask them or tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatbot.evaluation.judging.report import Report
    from chatbot.evaluation.records import Judgement


def judges_data(reports: list[Report]) -> dict[str, Any]:
    """For programs; empty where nobody judges."""
    from chatbot.evaluation.judging.report import as_data

    return {"judges": as_data(reports)} if reports else {}


def judges_lines(reports: list[Report]) -> list[str]:
    """For people."""
    from chatbot.evaluation.judging.report import lines

    return lines(reports)


class JudgingProgress:
    """A count of what judges said, on a terminal. How much there is to ask is known only at its end."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn

        from chatbot.cli.console import Console

        columns = (SpinnerColumn("line"), TextColumn("{task.description}"))
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet)
        self._task = self._bar.add_task("judging")
        self._said = self._failed = 0

    def __enter__(self) -> JudgingProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, judgement: Judgement) -> None:
        """Counts a judgement."""
        self._said += 1
        self._failed += bool(judgement.error)
        told = f"{self._said:,} judgements" + (f", {self._failed:,} failed" if self._failed else "")
        self._bar.update(self._task, description=told)
