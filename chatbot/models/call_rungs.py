"""The ways in which a model can be asked to call tools, and which of them it is asked in.

    native        in the protocol, or in the form of the model's own template
    constrained   what begins as a call is held to a grammar: it names an offered tool, and its arguments fit the schema
    text          tools are described in the prompt; calls are read from the reply, and sent back where they are wrong

Which is best differs from model to model: `chatbot doctor --model M` measures it and `keep`s it in the user's state
folder, by the model's identity; `settled` takes it up whenever that model is connected. Unmeasured, a model is asked in
the first way that it has.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args, runtime_checkable

from chatbot.errors import ProjectError
from chatbot.paths import state_folder

if TYPE_CHECKING:
    from chatbot.effects import Generate
    from chatbot.events import ModelEvent
    from chatbot.models.model import Abilities, Model

Rung = Literal["native", "constrained", "text"]

RUNGS: tuple[Rung, ...] = get_args(Rung)
"""From the cheapest for a model that can, to the one for a model that never learned to call."""

FOLDER = "calls"
"""Of the state folder."""


@runtime_checkable
class Climbs(Protocol):
    """A model that has several ways of its own."""

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Those it has."""

    @property
    def rung(self) -> Rung:
        """The one it is asked in."""

    def identity(self) -> str:
        """Says which weights these are, whatever the folder they lie in is called."""

    def on_rung(self, rung: Rung) -> Model:
        """The same model, asked in this way."""


class InWords:
    """A model whose own calls serve worse than calls in text: it is not offered tools in the protocol."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.name = model.name

    @property
    def abilities(self) -> Abilities:
        """What it can do, but for calls of its own."""
        return replace(self.model.abilities, tools=False)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The events of the reply."""
        async with aclosing(self.model.stream(request)) as events:
            async for event in events:
                yield event

    def count_tokens(self, text: str) -> int:
        """The model's own count."""
        return self.model.count_tokens(text)


def rungs_of(model: Model) -> tuple[Rung, ...]:
    """The ways in which a model can be asked; none for one that does not write."""
    if isinstance(model, Climbs):
        return model.rungs
    if not model.abilities.writes:
        return ()
    return ("native", "text") if model.abilities.tools or isinstance(model, InWords) else ("text",)


def rung_of(model: Model) -> Rung:
    """The way in which it is asked."""
    if isinstance(model, Climbs):
        return model.rung
    return "native" if model.abilities.tools else "text"


def known_as(model: Model) -> str:
    """The name that its replies are kept under: asked in another way than its first, it is as another model."""
    rungs = getattr(model, "rungs", ())  # in every request, where asking for the protocol takes as long as a commit
    return f"{model.name} ({rung})" if rungs and (rung := rung_of(model)) != rungs[0] else model.name


def on_rung(model: Model, rung: Rung) -> Model:
    """The model, asked in this way, which is one of `rungs_of(model)`."""
    if isinstance(model, Climbs):
        return model.on_rung(rung)
    bare = model.model if isinstance(model, InWords) else model
    return InWords(bare) if rung == "text" and bare.abilities.tools else bare


def settled(model: Model) -> Model:
    """The model, asked in the way that was measured to be best, if any was."""
    rung = kept(model)
    return on_rung(model, rung) if rung in rungs_of(model) and rung != rung_of(model) else model


def kept(model: Model) -> Rung | None:
    """What was measured for it; None where nothing was, or what was kept cannot be read."""
    try:
        found = json.loads(_place(model).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    rung = found.get("rung") if isinstance(found, dict) else None
    return next((each for each in RUNGS if each == rung), None)


def keep(model: Model, rung: Rung, measured: dict[str, object]) -> Path:
    """Keeps what was measured, for whoever connects the model next; the file. Raises ProjectError."""
    place = _place(model)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=place.parent, delete=False) as file:
            json.dump({"model": model.name, "rung": rung, **measured}, file, ensure_ascii=False, indent=1)
        Path(file.name).replace(place)
    except OSError as error:
        message = f"{place} cannot be written: {error.strerror}"
        raise ProjectError(message, hint="check the permissions of the state folder") from error
    return place


def _place(model: Model) -> Path:
    return state_folder() / FOLDER / f"{hashlib.sha256(_identity(model).encode()).hexdigest()[:16]}.json"


def _identity(model: Model) -> str:
    """What a measurement holds for: these weights, or this name at this address."""
    if isinstance(model, Climbs):
        return model.identity()
    bare = model.model if isinstance(model, InWords) else model
    return f"{bare.name} at {getattr(getattr(bare, 'endpoint', None), 'url', '')}"
