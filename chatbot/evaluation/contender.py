"""A variant of a suite with all it needs to answer: its prompt, strategy, model and sampling, checked before a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import ProjectError
from chatbot.evaluation.records import Item
from chatbot.evaluation.suite import Suite, Variant
from chatbot.messages import Sampling
from chatbot.prompting import Prompt
from chatbot.strategies import get
from chatbot.strategies.attempt import strategy_of
from chatbot.strategies.task import Strategy

if TYPE_CHECKING:
    from chatbot.models.model import Model

Connect = Callable[[str | None], "Model"]
"""The model of a spec; of None the workspace's."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A variant that is ready to be asked."""

    variant: Variant
    prompt: Prompt
    strategy: Strategy
    model: Model
    sampling: Sampling

    @property
    def name(self) -> str:
        """The variant's."""
        return self.variant.name

    @property
    def key(self) -> str:
        """Changes with all that changes what is sent."""
        parts = (self.prompt.hash, repr(self.strategy), self.model.name, repr(self.sampling))
        return json.dumps(parts)

    def inputs(self, item: Item) -> dict[str, object]:
        """What of an item the prompt takes."""
        return {name: item.fields[name] for name in self.prompt.inputs if name in item.fields}


def contenders_of(suite: Suite, connect: Connect) -> list[Contender]:
    """All variants of a suite. Models that several share are connected once.

    Raises what a prompt, a strategy or a model raises.
    """
    models: dict[str | None, Model] = {}
    found = []
    for variant in suite.variants:
        if variant.model not in models:
            models[variant.model] = connect(variant.model)
        prompt = Prompt.load(variant.prompt)
        sampling = prompt.sampling.overridden(variant.sampling)
        found.append(Contender(variant, prompt, _strategy(variant, prompt), models[variant.model], sampling))
    return found


def check_items(contenders: list[Contender], items: tuple[Item, ...], suite: Suite) -> None:
    """Looks whether every item has what every prompt needs, so that it is told before anything is asked.

    Raises ProjectError, with the dataset's line and the prompt's name.
    """
    for contender in contenders:
        needed = [name for name, declared in contender.prompt.inputs.items() if declared.required]
        for item in items:
            missing = [name for name in needed if item.fields.get(name) is None]
            if missing:
                raise ProjectError(
                    f"{suite.dataset.path}:{item.line}: prompt {contender.prompt.name!r} needs {', '.join(missing)}",
                    hint=f"the row has {', '.join(item.fields)}; `rename` in the dataset gives a field another name",
                )


def _strategy(variant: Variant, prompt: Prompt) -> Strategy:
    match variant.strategy:
        case None:
            return strategy_of(prompt)
        case str():
            return get(variant.strategy)
    options = dict(variant.strategy)
    return get(str(options.pop("name", "")), load=Prompt.load, **options)
