"""What differs in meaning between two prompts: inputs, settings, sampling, and the text of the messages.

Compared is what was read, not how it was written: an input declared elsewhere, a default written out or a list in place
of a table is no difference. Names are those of the file.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from chatbot.prompting.demonstrations import Choice
from chatbot.prompting.inputs import Input
from chatbot.prompting.prompt import Prompt
from chatbot.sampling import Sampling


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs; None where one of the prompts has none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """How a second prompt differs from a first."""

    same_hash: bool
    """Both send the same and read the answer alike."""
    inputs: tuple[Change, ...]
    settings: tuple[Change, ...]
    """Strategy, examples, answer, budget, model, outputs."""
    sampling: tuple[Change, ...]
    tests: tuple[Change, ...]
    body: tuple[str, ...]
    """A unified diff of the bodies, without line ends; empty where they are equal."""


def difference(before: Prompt, after: Prompt) -> Difference:
    """What differs."""
    first, second = before.frontmatter, after.frontmatter
    name, other = f"{before.name} {before.hash}", f"{after.name} {after.hash}"
    body = difflib.unified_diff(_lines(before), _lines(after), name, other, lineterm="")
    return Difference(
        before.hash == after.hash,
        tuple(_changes(_inputs(first.inputs), _inputs(second.inputs))),
        tuple(_changes(_settings(before), _settings(after))),
        tuple(_changes(_sampling(first.sampling), _sampling(second.sampling))),
        tuple(_changes(_tests(before), _tests(after))),
        tuple(body),
    )


def _lines(prompt: Prompt) -> list[str]:
    return prompt.file.body.strip("\n").split("\n")


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield Change(name, before.get(name), after.get(name))


def _inputs(inputs: Mapping[str, Input]) -> Mapping[str, str]:
    return {name: _declared(declared) for name, declared in inputs.items()}


def _declared(declared: Input) -> str:
    parts: list[str] = [declared.kind]
    parts += ["required"] if declared.required else []
    parts += [f"default {_shown(declared.default)}"] if declared.default is not None else []
    parts += [f"one of {_shown(declared.choices)}"] if declared.choices else []
    return ", ".join(parts)


def _settings(prompt: Prompt) -> Mapping[str, str]:
    settings = prompt.settings
    parts = {
        "model": prompt.model,
        "outputs": prompt.outputs,
        "strategy": {"name": settings.strategy.name, **settings.strategy.options},
        "examples": _examples(settings.examples) if settings.examples else None,
        "answer": {"extract": settings.answer.kind, **settings.answer.options} if settings.answer else None,
        "budget": asdict(settings.budget),
        "content of the examples": prompt.pool.hash if prompt.pool else None,
    }
    return _flat(parts)


def _examples(choice: Choice) -> Mapping[str, object]:
    return {"from" if name == "source" else name: value for name, value in asdict(choice).items()}


def _sampling(sampling: Sampling) -> Mapping[str, str]:
    return _flat({_OPTIONS.get(name, name): value for name, value in asdict(sampling).items()})


_OPTIONS = {
    "top_p": "topP",
    "top_k": "topK",
    "max_tokens": "maxOutputTokens",
    "stop": "stopSequences",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
}


def _tests(prompt: Prompt) -> Mapping[str, str]:
    return {"tests": str(len(prompt.settings.tests))}


def _flat(values: Mapping[str, object], lead: str = "") -> Mapping[str, str]:
    """Values by dotted names, as text; those that are not there are left out."""
    flat: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and lead.count(".") == 0:
            flat |= _flat(value, f"{lead}{name}.")
        elif value not in (None, (), {}):
            flat[f"{lead}{name}"] = _shown(value)
    return flat


def _shown(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
