"""`chatbot doctor --model M`: how well this very model calls tools in each way in which it can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatbot.cli.progress_bar import ProgressBar
from chatbot.cli.screen import Screen
from chatbot.errors import LimitReached

if TYPE_CHECKING:
    from chatbot.call_trial import Trial, Tried
    from chatbot.evaluation.statistics.interval import Interval
    from chatbot.models.model import Model


def examine(spec: str, *, seconds: float, as_json: bool) -> None:
    """Measures, keeps what was measured, and shows it.

    Raises ChatbotError where the model cannot be asked, and where no task was done in time.
    """
    from chatbot import portal
    from chatbot.bot import Chatbot
    from chatbot.call_trial import measure
    from chatbot.models.call_rungs import keep, on_rung

    bot = Chatbot(spec, knowledge=None, durable=False)
    with ProgressBar("calling") as bar:
        trial = portal.call(measure(bot.model, seconds=seconds, tell=bar.show))
    best = trial.best
    if best is None:
        raise LimitReached(f"{bot.model.name} did no task in {seconds:g} s", hint="allow more with --seconds")
    data = {"tasks": trial.tasks, "of": trial.of, "rungs": [_row(each, trial) for each in trial.tried]}
    place = keep(on_rung(bot.model, best), best, data)
    if as_json:
        Screen().json({"model": bot.model.name, "rung": best, **data, "seconds": round(trial.seconds, 1)})
    else:
        _show(bot.model, trial, str(place))


def _show(model: Model, trial: Trial, place: str) -> None:
    screen = Screen()
    counted = f"{trial.tasks} tasks" if trial.tasks == trial.of else f"{trial.tasks} of {trial.of} tasks"
    screen.line(f"{model.name}: calls of tools in {counted}, {trial.seconds:.0f} s")
    rows = [_cells(each, trial) for each in trial.tried]
    screen.table(rows, ("", "ASKED", "RIGHT", "95% INTERVAL", "BROKEN", ""))
    if trial.tasks < trial.of:
        screen.line("The time was over before all tasks were done; --seconds allows more.")
    screen.line(f"It will be asked in the way marked *: kept in {place}")


def _cells(tried: Tried, trial: Trial) -> Sequence[str]:
    interval = _interval(tried, trial)
    return (
        "*" if tried.rung == trial.best else "",
        tried.rung,
        f"{tried.right}/{trial.tasks}",
        f"{100 * interval.low:.0f} to {100 * interval.high:.0f}%",
        str(tried.broken),
        _MEANING[tried.rung],
    )


_MEANING = {
    "native": "in its own form",
    "constrained": "held to a grammar",
    "text": "in words, sent back if wrong",
}


def _row(tried: Tried, trial: Trial) -> dict[str, object]:
    interval = _interval(tried, trial)
    return {**asdict(tried), "low": round(interval.low, 4), "high": round(interval.high, 4)}


def _interval(tried: Tried, trial: Trial) -> Interval:
    from chatbot.evaluation.statistics.proportions import wilson

    return wilson(tried.right, trial.tasks)
