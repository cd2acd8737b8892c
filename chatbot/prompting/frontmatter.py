"""What the frontmatter of a prompt file means: description, inputs, sampling, model and our own settings.

Stricter than the format: unknown keys are errors with the nearest known one, so that a slip of the pen never turns a
setting off in silence. Files of version 1 are refused with what to write instead. Parts of the format that this program
does not do (tools, outputs, other options of a model) are refused rather than ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from chatbot.errors import UsageError, nearest
from chatbot.messages import Budget
from chatbot.prompting.demonstrations import Choice, read_choice
from chatbot.prompting.expectations import PromptTest, read_tests
from chatbot.prompting.extraction import Extraction, read_extraction
from chatbot.prompting.inputs import KINDS, RESERVED, Input, Kind, complaint
from chatbot.prompting.outputs import read_outputs
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.references import resolved
from chatbot.prompting.section import Section
from chatbot.prompting.strict_yaml import Place
from chatbot.sampling import Sampling
from chatbot.sampling_names import read_decoding

SETTINGS_KEY = "chatbot"
"""Our keys stand under `metadata.chatbot`: other tools keep that block when they save the file."""


NO_BOUND = Budget()
ASKED_DIRECTLY = "zero_shot"


@dataclass(frozen=True, slots=True)
class StrategyWish:
    """The strategy a prompt names; that there is one such, and that it has these options, is known where they are."""

    name: str = ASKED_DIRECTLY
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptSettings:
    """What stands under `metadata.chatbot`."""

    strategy: StrategyWish = StrategyWish()
    """How the prompt makes the model answer."""
    examples: Choice | None = None
    """Which demonstrations are shown; None for a prompt that has none."""
    answer: Extraction | None = None
    """How the answer is read from a reply; None leaves it to the strategy."""
    budget: Budget = NO_BOUND
    """Bounds of one attempt."""
    tests: tuple[PromptTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Frontmatter:
    """The frontmatter, checked."""

    description: str
    inputs: Mapping[str, Input]
    sampling: Sampling
    model: str | None
    settings: PromptSettings
    outputs: Mapping[str, object] | None = None
    """JSON Schema of the answer, where the file declares its outputs."""


def read_frontmatter(file: PromptFile) -> Frontmatter:
    """Checks and reads all keys. Raises PromptError with the line of the first mistake."""
    _refuse_version_1(file)
    top = Section(file, cast(Mapping[str, object], resolved(file, file.data)))
    top.only(
        ("name", "displayName", "description", "metadata", "model", "inputs", "outputs", "template"),
        reasons=_UNSUPPORTED,
    )
    top.text("name")
    top.text("displayName")
    _check_template(top.section("template"))
    named = isinstance(top.table.get("model"), str)
    model = Section(file, {"id": top.table["model"]}, ("model",)) if named else top.section("model")
    model.only(("id", "provider", "apiType", "connection", "options"))
    if (model.text("apiType") or "chat") != "chat":
        raise model.error("only the apiType chat is supported", "apiType")
    inputs = _inputs(top)
    ours = top.section("metadata").section(SETTINGS_KEY)
    return Frontmatter(
        description=(top.text("description") or "").strip(),
        inputs=inputs,
        sampling=with_decoding(read_sampling(model.section("options")), ours),
        model=model.text("id"),
        outputs=read_outputs(top),
        settings=_settings(ours, inputs),
    )


OPTIONS = (
    "temperature",
    "topP",
    "topK",
    "maxOutputTokens",
    "seed",
    "stopSequences",
    "frequencyPenalty",
    "presencePenalty",
)
"""What of a model's options is read."""

# --- version 1 --------------------------------------------------------------------------------------------------------

_VERSION_1: Mapping[Place, str] = {
    ("sample",): "give each input its own `example`",
    ("authors",): "move it to metadata.authors",
    ("tags",): "move it to metadata.tags",
    ("version",): "move it to metadata.version",
    ("model", "api"): "rename it to apiType",
    ("model", "configuration"): "rename it to connection, with a kind",
    ("model", "parameters"): "rename it to options, with maxOutputTokens for max_tokens",
}

_CONVERT = "chatbot prompts convert {} writes it as version 2"


def _refuse_version_1(file: PromptFile) -> None:
    for place, conversion in _VERSION_1.items():
        if place in file.lines:
            message = f"{'.'.join(map(str, place))!r} belongs to version 1 of the format"
            raise file.error(message, at=place, hint=f"{_CONVERT.format(file.path)}, or {conversion}")
    for place in file.lines:
        if len(place) == 3 and place[0] == "inputs" and place[2] == "type":
            hint = f"{_CONVERT.format(file.path)}, or rename it to kind"
            raise file.error("'type' of an input belongs to version 1 of the format", at=place, hint=hint)


# --- parts ------------------------------------------------------------------------------------------------------------

_UNSUPPORTED = {
    "tools": "prompt files do not carry tools here: name them in chatbot.toml, or give functions to Chatbot",
    **dict.fromkeys(
        ("allowMultipleToolCalls", "additionalProperties"),
        "this option is not supported here",
    ),
}


def _check_template(template: Section) -> None:
    template.only(("format", "parser"))
    for key, kind in (("format", "jinja2"), ("parser", "prompty")):
        found = template.section(key).text("kind") or kind
        if found != kind:
            raise template.error(f"the template's {key} must be {kind}, not {found!r}", key)


def _inputs(top: Section) -> Mapping[str, Input]:
    """From a list of properties with names, or a table from name to property."""
    declared = top.table.get("inputs")
    if declared is None:
        return {}
    if not isinstance(declared, list | Mapping):
        raise top.error("inputs must be a list or a table", "inputs")
    inputs: dict[str, Input] = {}
    for key in range(len(declared)) if isinstance(declared, list) else declared:
        at: Place = ("inputs", key)
        found = declared[key]
        if not isinstance(found, Mapping):
            raise top.file.error("an input is a table such as {kind: string}", at=at)
        part = Section(top.file, found, at)
        name = part.text("name") or (key if isinstance(key, str) else "")
        if name in inputs:
            raise part.error(f"the input {name!r} is declared twice")
        inputs[name] = _input(part, name)
    return inputs


def _input(part: Section, name: str) -> Input:
    if not name.isidentifier():
        raise part.error(f"an input needs a name of letters, digits and _, not {name!r}")
    if name in RESERVED:
        raise part.error(f"an input cannot be named {name!r}: the word means something in templates")
    part.only(("name", "kind", "required", "default", "description", "example", "enumValues"))
    declared = Input(
        name,
        _kind(part, name),
        required=part.flag("required"),
        default=part.table.get("default"),
        choices=tuple(part.items("enumValues")),
        description=part.text("description") or "",
    )
    if declared.kind == "thread" and declared.default not in (None, []):
        raise part.error(f"{name!r} is a thread: its default can only be []", "default")
    if wrong := complaint(declared, declared.default):
        raise part.error(f"the default of {wrong}", "default")
    return declared


def _kind(part: Section, name: str) -> Kind:
    kind = part.text("kind") or "string"
    if kind not in KINDS:
        files = "images, files and audio are not supported" if kind in ("image", "file", "audio") else ""
        message = f"the kind of {name!r} must be one of {', '.join(KINDS)}, not {kind!r}"
        raise part.error(message, "kind", hint=files or nearest(kind, KINDS))
    return cast(Kind, kind)


def read_sampling(options: Section) -> Sampling:
    """How to draw, from a table of a model's options. Raises PromptError with the line."""
    options.only(OPTIONS, reasons=_UNSUPPORTED)
    stop = options.items("stopSequences")
    if not all(isinstance(text, str) and text for text in stop):
        raise options.error("stopSequences must be a list of texts", "stopSequences")
    return Sampling(
        temperature=options.number("temperature", least=0, most=2),
        top_p=options.number("topP", least=0, most=1),
        max_tokens=options.whole_number("maxOutputTokens", least=1),
        seed=options.whole_number("seed"),
        stop=tuple(cast(Sequence[str], stop)),
        top_k=options.whole_number("topK", least=1),
        frequency_penalty=options.number("frequencyPenalty", least=-2, most=2),
        presence_penalty=options.number("presencePenalty", least=-2, most=2),
    )


def with_decoding(sampling: Sampling, section: Section) -> Sampling:
    """The sampling with what the text under `decode` names. Raises PromptError, also for what both of them say."""
    try:
        named = read_decoding(section.text("decode") or "")
    except UsageError as error:
        raise section.error(error.message, "decode", hint=error.hint) from error
    twice = sampling.said().keys() & named.said().keys()
    if twice:
        hint = "say it in `decode` alone"
        raise section.error(f"decode: {min(twice)} stands among the options as well", "decode", hint=hint)
    return sampling.overridden(named)


def _settings(ours: Section, inputs: Mapping[str, Input]) -> PromptSettings:
    ours.only(("strategy", "decode", "examples", "answer", "budget", "tests"))
    budget = ours.section("budget")
    budget.only(("calls", "tokens", "seconds", "dollars"))
    return PromptSettings(
        strategy=_strategy(ours),
        examples=read_choice(ours.section("examples"), inputs) if ours.table.get("examples") else None,
        answer=read_extraction(ours.section("answer")) if ours.table.get("answer") else None,
        budget=Budget(
            budget.whole_number("calls", least=1),
            budget.whole_number("tokens", least=1),
            budget.number("seconds", least=0.001, most=1e9),
            budget.number("dollars", least=1e-6, most=1e6),
        ),
        tests=read_tests(ours, inputs),
    )


def _strategy(ours: Section) -> StrategyWish:
    """A name, or a table of a name and options."""
    if isinstance(ours.table.get("strategy"), str | None):
        return StrategyWish(ours.text("strategy") or ASKED_DIRECTLY)
    table = ours.section("strategy")
    name = table.text("name")
    if not name:
        raise table.error("the strategy needs a name", hint="write it as {name: self_consistency, samples: 20}")
    return StrategyWish(name, {key: value for key, value in table.table.items() if key != "name"})
