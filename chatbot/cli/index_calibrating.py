"""`chatbot index --calibrate`: the floor of the search, set by questions made of the user's own documents."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from chatbot.cli.progress_bar import ProgressBar
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.models.model import Model
    from chatbot.retrieval import Knowledge
    from chatbot.retrieval.calibrate import Write
    from chatbot.workspace import Workspace

AT_ONCE = 8
"""Requests to a model that writes questions, side by side."""


def calibrate(screen: Screen, knowledge: Knowledge, workspace: Workspace, *, as_json: bool) -> None:
    """Sets the floor and says which errors it makes. Questions are written by the model of the settings, if it can."""
    model = _writer(workspace)
    if model is not None:
        screen.notice(f"{model.name} writes the questions")
    before = knowledge.floor
    with ProgressBar("calibrating") as bar:
        found = knowledge.calibrate(_written_by(model) if model else None, bar.show)
    errors = {
        "declined": _error(found.declined, len(found.tried)),
        "answered": _error(found.answered, len(found.tried)),
    }
    if as_json:
        writer = model.name if model else None
        screen.json({"floor": found.floor, "before": before, "questions": len(found.tried), "writer": writer} | errors)
        return
    screen.line(f"floor {found.floor:.2f} (it was {before:.2f}), on {len(found.tried)} questions it was not set with:")
    screen.line(f"  nothing found though the documents hold it   {_shown(errors['declined'])}")
    screen.line(f"  something found though they do not           {_shown(errors['answered'])}")
    screen.line("  (the second is fewer in use where all documents are about one subject: these questions keep to it)")


def _error(count: int, of: int) -> dict[str, float]:
    from chatbot.evaluation.statistics.proportions import wilson

    interval = wilson(count, of)
    return {"count": count, "rate": count / of, "low": interval.low, "high": interval.high}


def _shown(error: dict[str, float]) -> str:
    return f"{error['rate']:6.1%}  (95 % interval {error['low']:.1%} to {error['high']:.1%})"


def _writer(workspace: Workspace) -> Model | None:
    """The model that the settings name, where it writes."""
    from chatbot.service.pace import IN_CHAT
    from chatbot.workspace_model import connect_with_settings

    if not workspace.settings.model:
        return None
    model = connect_with_settings(workspace.settings.model, workspace, prices={}, patience=IN_CHAT)
    return model if model.abilities.writes else None


def _written_by(model: Model) -> Write:
    from chatbot.prompting import Prompt
    from chatbot.solving import solve

    prompt = Prompt.load("write_question")

    def question(text: str) -> str:
        outcome = solve(prompt, {"passage": text}, model=model)
        return next((line.strip() for line in outcome.text.splitlines() if line.strip(" -—")), "")

    def write(texts: Sequence[str]) -> list[str]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(question, texts))

    return write
