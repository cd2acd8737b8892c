"""Our own prompt files to drafts, and drafts to the text of a `.prompty` file, version 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

from chatbot.prompting.convert.draft import Converted, Draft, Read
from chatbot.prompting.convert.prompty_body import read_body, write_body
from chatbot.prompting.convert.yaml_text import write_yaml
from chatbot.prompting.frontmatter import SETTINGS_KEY, read_frontmatter
from chatbot.prompting.inputs import Input
from chatbot.prompting.outputs import TYPES
from chatbot.prompting.prompt_file import PromptFile
from chatbot.sampling import Sampling

OPTIONS: Mapping[str, str] = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "maxOutputTokens": "max_tokens",
    "seed": "seed",
    "stopSequences": "stop",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
}
"""Options of a model in a prompt file, and the fields of `Sampling` they set."""


def read(file: PromptFile) -> Read:
    """The draft of a prompt file. Raises PromptError with the line of the first mistake."""
    frontmatter = read_frontmatter(file)
    inputs = tuple(frontmatter.inputs.values())
    metadata = dict(cast(Mapping[str, object], file.data.get("metadata") or {}))
    settings = dict(cast(Mapping[str, object], metadata.pop(SETTINGS_KEY, None) or {}))
    tests = tuple(cast(Sequence[Mapping[str, object]], settings.pop("tests", None) or ()))
    threads = frozenset(each.name for each in inputs if each.kind == "thread")
    return Read(
        Draft(
            name=str(file.data.get("name") or file.path.stem),
            description=frontmatter.description,
            model=frontmatter.model,
            sampling=frontmatter.sampling,
            inputs=inputs,
            body=read_body(file, threads),
            schema=frontmatter.outputs,
            settings=settings,
            tests=tests,
            metadata=metadata,
        )
    )


def write(draft: Draft) -> Converted:
    """The prompt file. What our files cannot say about an answer is lost, and told."""
    outputs, losses = _outputs(draft.schema)
    ours = {**draft.settings, **({"tests": [dict(test) for test in draft.tests]} if draft.tests else {})}
    metadata = {**draft.metadata, **({SETTINGS_KEY: ours} if ours else {})}
    options = options_of(draft.sampling, OPTIONS)
    model = {**({"id": draft.model} if draft.model else {}), **({"options": options} if options else {})}
    data = {
        "name": draft.name,
        "description": draft.description,
        "metadata": metadata,
        "model": model,
        "inputs": [written_input(each) for each in draft.inputs],
        "outputs": outputs,
    }
    given = {key: value for key, value in data.items() if value}
    head = f"---\n{write_yaml(given)}---\n" if given else "---\n---\n"
    return Converted(head + write_body(draft.body), losses, "prompty")


def options_of(sampling: Sampling, names: Mapping[str, str]) -> dict[str, object]:
    """What a sampling says, under other names: from theirs to the field's."""
    fields = asdict(sampling)
    given = {theirs: fields[ours] for theirs, ours in names.items() if fields[ours] not in (None, ())}
    return {key: _plain(value) for key, value in given.items()}


def _plain(value: object) -> object:
    match value:
        case tuple():
            return list(value)
        case float():
            return int(value) if value.is_integer() else value
    return value


def written_input(declared: Input) -> dict[str, object]:
    """An input as the frontmatter declares it."""
    written: dict[str, object] = {"name": declared.name, "kind": declared.kind}
    if declared.required:
        written["required"] = True
    if declared.default is not None:
        written["default"] = declared.default
    if declared.choices:
        written["enumValues"] = list(declared.choices)
    if declared.description:
        written["description"] = declared.description
    return written


_KINDS = {theirs: ours for ours, theirs in TYPES.items()}


def _outputs(schema: Mapping[str, object] | None) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    """The outputs that a schema declares, and what it says beside that."""
    if schema is None:
        return [], ()
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), Mapping):
        return [], ("the schema of the answer, which is not that of an object with named properties",)
    losses: list[str] = []
    return _properties(schema, "the answer", losses), tuple(losses)


def _properties(schema: Mapping[str, object], where: str, losses: list[str]) -> list[dict[str, object]]:
    required = cast(Sequence[str], schema.get("required") or ())
    _note(schema, ("type", "properties", "required", "additionalProperties", "description"), where, losses)
    declared = cast(Mapping[str, Mapping[str, object]], schema["properties"])
    return [
        {"name": name, **_property(each, name, losses), **({} if name in required else {"required": False})}
        for name, each in declared.items()
    ]


def _property(schema: Mapping[str, object], name: str, losses: list[str]) -> dict[str, object]:
    kind = _KINDS.get(str(schema.get("type")))
    if kind is None:
        losses.append(f"the type of {name} in the answer: it is text here")
    _note(
        schema, ("type", "description", "enum", "properties", "required", "additionalProperties", "items"), name, losses
    )
    written: dict[str, object] = {"kind": kind or "string"}
    if text := schema.get("description"):
        written["description"] = text
    if values := schema.get("enum"):
        written["enumValues"] = values
    if kind == "object" and isinstance(schema.get("properties"), Mapping):
        written["properties"] = _properties(schema, name, losses)
    if kind == "array" and isinstance(items := schema.get("items"), Mapping):
        written["items"] = _property(items, f"an item of {name}", losses)
    return written


def _note(schema: Mapping[str, object], known: Sequence[str], where: str, losses: list[str]) -> None:
    if odd := [key for key in schema if key not in known]:
        losses.append(f"what the schema says of {where} by {', '.join(odd)}")
