"""What of a draft a format has no place for, in sentences. The words are the same for all formats."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import cast

from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.prompty import OPTIONS, options_of
from chatbot.prompting.convert.tree import Name, expressions, parts
from chatbot.prompting.inputs import Input
from chatbot.sampling_names import name_of


def lost(draft: Draft, title: str, kept: Collection[str] = (), options: Collection[str] = ()) -> tuple[str, ...]:
    """A sentence for each part of a draft that `title` does not keep.

    kept: of name, description, model, metadata, inputs, schema, settings, tests, those it keeps. options: the fields of
    `Sampling` that it keeps.
    """
    said = [*_parts(draft, title, kept), *(() if "settings" in kept else _settings(draft.settings, title))]
    dropped = [theirs for theirs in options_of(draft.sampling, OPTIONS) if OPTIONS[theirs] not in options]
    dropped += [name_of(name) for name in draft.sampling.said() if name not in OPTIONS.values()]
    return (*said, *(f"the option {theirs}: {title} has none such" for theirs in dropped))


def _parts(draft: Draft, title: str, kept: Collection[str]) -> Iterator[str]:
    if draft.name and "name" not in kept:
        yield f"the name {draft.name!r}"
    if draft.description and "description" not in kept:
        yield "the description"
    if draft.model and "model" not in kept:
        yield f"the model {draft.model}: {title} names none"
    if draft.metadata and "metadata" not in kept:
        yield f"what stands under metadata ({', '.join(draft.metadata)})"
    used = {part.name for each in expressions(draft.body) for part in parts(each) if isinstance(part, Name)}
    for name in sorted(used & draft.threads):
        yield f"that {name} is a thread: it is to be given as a list of tables with role and text"
    if "inputs" not in kept:
        told = [each.name for each in draft.inputs if each.kind != "thread" and each != Input(each.name, required=True)]
        if told:
            yield f"what is declared of {', '.join(told)}: {title} takes every input as required text"
    if draft.schema and "schema" not in kept:
        yield f"the schema of the answer: {title} has none"
    if draft.tests and "tests" not in kept:
        yield f"{len(draft.tests)} test{'s' if len(draft.tests) > 1 else ''}: {title} has none"


def _settings(settings: Mapping[str, object], title: str) -> Iterator[str]:
    strategy = settings.get("strategy")
    name = strategy.get("name") if isinstance(strategy, Mapping) else strategy
    if name and name != "zero_shot":
        yield f"the strategy {name}: with {title} the model is asked once, directly"
    if isinstance(examples := settings.get("examples"), Mapping):
        chosen = cast(Mapping[str, object], examples)
        yield f"the demonstrations from {chosen.get('from')}: {title} does not choose any"
    if isinstance(answer := settings.get("answer"), Mapping):
        yield f"how the answer is read ({answer.get('extract')}): with {title} it is the whole reply"
    if settings.get("budget"):
        yield "the budget of an attempt"
