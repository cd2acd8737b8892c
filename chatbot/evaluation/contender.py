"""A variant of a suite with all it needs to answer: its prompt, strategy, model and sampling, checked before a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.context import Setting
from chatbot.errors import KnowledgeError, ProjectError, UsageError
from chatbot.evaluation.ranked import Ranked
from chatbot.evaluation.records import Item
from chatbot.evaluation.suite import Retrieval, Suite, Variant
from chatbot.evaluation.weighing import Weighing, weighing_of
from chatbot.prompting import Prompt
from chatbot.prompting.inputs import thread_of
from chatbot.runtime import Searchable
from chatbot.sampling import Sampling
from chatbot.strategies import get
from chatbot.strategies.attempt import strategy_of
from chatbot.strategies.task import Strategy
from chatbot.strategies.zero_shot import ZeroShot

if TYPE_CHECKING:
    from chatbot.models.model import Model
    from chatbot.retrieval import Knowledge


@dataclass(frozen=True, slots=True)
class Grounding:
    """The documents that a variant answers from, and the turn it does so by."""

    knowledge: Searchable
    setting: Setting


Open = Callable[[Path | None], "Knowledge"]
"""The documents at a path; of None the workspace's."""

Connect = Callable[[str | None], "Model"]
"""The model of a spec; of None the workspace's."""

Drawn = Callable[[Prompt], Sampling]
"""How replies to a prompt are drawn."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A variant that is ready to be asked."""

    variant: Variant
    prompt: Prompt
    strategy: Strategy
    model: Model
    sampling: Sampling
    grounding: Grounding | None = None
    """None where the prompt is asked by itself."""
    documents: str = ""
    """Changes with the documents that are searched."""
    weighing: Weighing | None = None
    """Which choices of an item are weighed; None where replies are asked for, and nothing else."""

    @property
    def name(self) -> str:
        """The variant's."""
        return self.variant.name

    @property
    def key(self) -> str:
        """Changes with all that changes what is sent."""
        retrieval = self.variant.retrieval
        searched = f"{retrieval.passages} passages, {retrieval.ranking}" if retrieval else ""
        if self.grounding is not None and self.grounding.setting.expansion is not None:
            searched += f", {self.grounding.setting.expansion.hash}"
        asked = (self.prompt.hash, repr(self.strategy), self.model.name, repr(self.sampling))
        weighed = (self.weighing.key,) if self.weighing else ()
        return json.dumps((*asked, searched, self.documents, *weighed))

    def inputs(self, item: Item) -> dict[str, object]:
        """What of an item the prompt takes."""
        given = {name: item.fields[name] for name in self.prompt.inputs if name in item.fields}
        return {name: _messages(value) if self._is_thread(name) else value for name, value in given.items()}

    def _is_thread(self, name: str) -> bool:
        return self.prompt.inputs[name].kind == "thread"


def contenders_of(
    suite: Suite, connect: Connect, open_knowledge: Open, *, drawn: Drawn = lambda prompt: prompt.sampling
) -> list[Contender]:
    """All variants of a suite. Models and documents that several share are connected and opened once.

    drawn: how replies to a prompt are drawn where the variant leaves it open.

    Raises what a prompt, a strategy or a model raises; with the suite's file and line, where it is the suite's mistake.
    """
    models: dict[str | None, Model] = {}
    opened: dict[Path | None, Knowledge] = {}
    found = []
    weighing = weighing_of(suite)
    for variant in suite.variants:
        with _located(variant, "prompt"):
            prompt = Prompt.load(variant.prompt)
        with _located(variant, "strategy"):
            strategy = _strategy(variant, prompt)
        with _located(variant, "model"):
            if variant.model not in models:
                models[variant.model] = connect(variant.model)
        sampling = drawn(prompt).overridden(variant.sampling)
        made = Contender(variant, prompt, strategy, models[variant.model], sampling, weighing=weighing)
        if weighing is not None:
            weighing.fits(variant.name, strategy.name, made.model)
        if variant.retrieval is not None:
            place = variant.retrieval.knowledge
            with _located(variant, "retrieval"):
                if place not in opened:
                    opened[place] = open_knowledge(place)
                documents = Ranked(opened[place], variant.retrieval.ranking)
                grounding = _grounding(made, documents, variant.retrieval)
                made = replace(made, grounding=grounding, documents=opened[place].fingerprint())
        found.append(made)
    return found


def _messages(value: object) -> object:
    """A list of tables with role and text as messages; anything else as it is, which the prompt refuses."""
    try:
        return thread_of(value)  # type: ignore[arg-type]  # it raises for what is none
    except (TypeError, KeyError):
        return value


@contextmanager
def _located(variant: Variant, part: str) -> Iterator[None]:
    """Says where in the suite stands what a name, a path or an option in it is no use for."""
    place = variant.places.get(part)
    try:
        yield
    except (UsageError, KnowledgeError) as error:
        if place is None:
            raise
        raise ProjectError(f"{place}: {error.message}", hint=error.hint) from error


def _grounding(made: Contender, knowledge: Searchable, retrieval: Retrieval) -> Grounding:
    """Raises UsageError for a prompt that takes no passages, or no question, and for one that no model can write by."""
    lacking = [name for name in ("question", "passages") if name not in made.prompt.inputs]
    if lacking:
        raise UsageError(
            f"prompt {made.prompt.name!r} cannot be asked with retrieval: it has no input {' and no '.join(lacking)}",
            hint="use one such as 'chat', or leave retrieval out",
        )
    setting = Setting(
        prompt=made.prompt,
        rewrite=Prompt.load("rewrite"),
        summary=Prompt.load("summary"),
        sampling=made.sampling,
        abilities=made.model.abilities,
        strategy=made.strategy if made.model.abilities.writes else ZeroShot(),
        count=made.model.count_tokens,
        passages=retrieval.passages,
        expansion=_expansion(retrieval.query_expansion, made.model) if retrieval.query_expansion else None,
    )
    return Grounding(knowledge, setting)


def _expansion(prompt: str, model: Model) -> Prompt:
    """Raises UsageError for a model that would leave it out without a word."""
    if not model.abilities.writes:
        raise UsageError(
            f"query_expansion needs a model that writes, and {model.name} only quotes",
            hint="give the variant another model, or leave query_expansion out",
        )
    return Prompt.load(prompt)


def check_items(contenders: list[Contender], items: tuple[Item, ...], suite: Suite) -> None:
    """Looks whether every item has what every prompt needs, so that it is told before anything is asked.

    Raises ProjectError, with the dataset's line and the prompt's name.
    """
    for contender in contenders:
        needed = [name for name, declared in contender.prompt.inputs.items() if declared.required]
        needed = needed if contender.grounding is None else ["question"]
        for item in items:
            if contender.weighing is not None:
                contender.weighing.check(item, suite.dataset.path)
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
