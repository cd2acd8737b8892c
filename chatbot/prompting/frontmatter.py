"""What the frontmatter of a prompt file means: description, inputs, sampling, model and our own settings.

Stricter than the format: unknown keys are errors with the nearest known one, so that a slip of the pen never turns a
setting off in silence. Files of version 1 are refused with what to write instead. Parts of the format that this program
does not do (tools, outputs, other options of a model) are refused rather than ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from chatbot.errors import nearest
from chatbot.messages import Sampling
from chatbot.prompting.inputs import KINDS, Input, Kind, complaint
from chatbot.prompting.prompt_file import Place, PromptFile
from chatbot.prompting.references import resolved

Strategy = Literal["zero_shot", "few_shot", "chain_of_thought"]

SETTINGS_KEY = "chatbot"
"""Our keys stand under `metadata.chatbot`: other tools keep that block when they save the file."""


@dataclass(frozen=True, slots=True)
class PromptSettings:
    """What stands under `metadata.chatbot`."""

    strategy: Strategy = "zero_shot"
    """How the prompt makes the model answer."""


@dataclass(frozen=True, slots=True)
class Frontmatter:
    """The frontmatter, checked."""

    description: str
    inputs: Mapping[str, Input]
    sampling: Sampling
    model: str | None
    settings: PromptSettings


def read_frontmatter(file: PromptFile) -> Frontmatter:
    """Checks and reads all keys. Raises PromptError with the line of the first mistake."""
    _refuse_version_1(file)
    data = cast(Mapping[str, object], resolved(file, file.data))
    _only(
        file, data, ("name", "displayName", "description", "metadata", "model", "inputs", "template"), (), _UNSUPPORTED
    )
    for key in ("name", "displayName", "description"):
        _typed(file, data, key, str, "text")
    _check_template(file, data)
    model = data.get("model")
    options: Mapping[str, object] = {"id": model} if isinstance(model, str) else _table(file, data, "model")
    _only(file, options, ("id", "provider", "apiType", "connection", "options"), ("model",))
    if options.get("apiType", "chat") != "chat":
        raise file.error("only the apiType chat is supported", at=("model", "apiType"))
    return Frontmatter(
        description=str(data.get("description", "")).strip(),
        inputs=_inputs(file, data.get("inputs")),
        sampling=_sampling(file, _table(file, options, "options", ("model",))),
        model=cast(str | None, _typed(file, options, "id", str, "text", ("model",))),
        settings=_settings(file, _table(file, data, "metadata")),
    )


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


def _refuse_version_1(file: PromptFile) -> None:
    for place, conversion in _VERSION_1.items():
        if place in file.lines:
            message = f"{'.'.join(map(str, place))!r} belongs to version 1 of the format"
            raise file.error(message, at=place, hint=f"convert the file to version 2: {conversion}")
    for place in file.lines:
        if len(place) == 3 and place[0] == "inputs" and place[2] == "type":
            hint = "convert the file to version 2: rename it to kind"
            raise file.error("'type' of an input belongs to version 1 of the format", at=place, hint=hint)


# --- parts ------------------------------------------------------------------------------------------------------------

_UNSUPPORTED = {
    "tools": "prompt files do not carry tools here: name them in chatbot.toml, or give functions to Chatbot",
    "outputs": "outputs are not supported here: say in the prompt what the answer should look like",
    **dict.fromkeys(
        ("topK", "frequencyPenalty", "presencePenalty", "allowMultipleToolCalls", "additionalProperties"),
        "this option is not supported here",
    ),
}


def _check_template(file: PromptFile, data: Mapping[str, object]) -> None:
    for key, kind in (("format", "jinja2"), ("parser", "prompty")):
        at: Place = ("template", key)
        part = _table(file, _table(file, data, "template"), key, ("template",))
        if part.get("kind", kind) != kind:
            raise file.error(f"the template's {key} must be {kind}, not {part['kind']!r}", at=at)
    _only(file, _table(file, data, "template"), ("format", "parser"), ("template",))


def _inputs(file: PromptFile, declared: object) -> Mapping[str, Input]:
    """From a list of properties with names, or a table from name to property."""
    inputs: dict[str, Input] = {}
    if declared is None:
        return inputs
    if not isinstance(declared, list | Mapping):
        raise file.error("inputs must be a list or a table", at=("inputs",))
    keys = range(len(declared)) if isinstance(declared, list) else declared
    for key in keys:
        at: Place = ("inputs", key)
        found = declared[key]
        if not isinstance(found, Mapping):
            raise file.error("an input is a table such as {kind: string}", at=at)
        name = found.get("name") if isinstance(declared, list) else found.get("name", key)
        if not isinstance(name, str) or not name.isidentifier():
            raise file.error(f"an input needs a name of letters, digits and _, not {name!r}", at=at)
        if name in inputs:
            raise file.error(f"the input {name!r} is declared twice", at=at)
        inputs[name] = _input(file, name, found, at)
    return inputs


def _input(file: PromptFile, name: str, found: Mapping[str, object], at: Place) -> Input:
    _only(file, found, ("name", "kind", "required", "default", "description", "example", "enumValues"), at)
    kind = found.get("kind", "string")
    if kind not in KINDS:
        hint = "images, files and audio are not supported" if kind in ("image", "file", "audio") else ""
        message = f"the kind of {name!r} must be one of {', '.join(KINDS)}, not {kind!r}"
        raise file.error(message, at=(*at, "kind"), hint=hint or nearest(str(kind), KINDS))
    _typed(file, found, "required", bool, "true or false", at)
    _typed(file, found, "description", str, "text", at)
    choices = _typed(file, found, "enumValues", list, "a list", at) or ()
    declared = Input(
        name,
        cast(Kind, kind),
        required=bool(found.get("required", False)),
        default=found.get("default"),
        choices=tuple(cast(list[object], choices)),
        description=str(found.get("description", "")),
    )
    if kind == "thread" and declared.default not in (None, []):
        raise file.error(f"{name!r} is a thread: its default can only be []", at=(*at, "default"))
    if wrong := complaint(declared, declared.default):
        raise file.error(f"the default of {wrong}", at=(*at, "default"))
    if name == "loop":
        raise file.error("'loop' is the name of a template's own variable", at=at)
    return declared


def _sampling(file: PromptFile, options: Mapping[str, object]) -> Sampling:
    at: Place = ("model", "options")
    _only(file, options, ("temperature", "topP", "maxOutputTokens", "seed", "stopSequences"), at, _UNSUPPORTED)
    stop = _typed(file, options, "stopSequences", list, "a list of texts", at) or []
    if not all(isinstance(text, str) and text for text in cast(list[object], stop)):
        raise file.error("stopSequences must be a list of texts", at=(*at, "stopSequences"))
    return Sampling(
        temperature=_number(file, options, "temperature", 0, 2),
        top_p=_number(file, options, "topP", 0, 1),
        max_tokens=cast(int | None, _typed(file, options, "maxOutputTokens", int, "a whole number", at, least=1)),
        seed=cast(int | None, _typed(file, options, "seed", int, "a whole number", at)),
        stop=tuple(cast(list[str], stop)),
    )


def _settings(file: PromptFile, metadata: Mapping[str, object]) -> PromptSettings:
    at: Place = ("metadata", SETTINGS_KEY)
    ours = _table(file, metadata, SETTINGS_KEY, ("metadata",))
    _only(file, ours, ("strategy",), at)
    strategy = ours.get("strategy", "zero_shot")
    if strategy not in get_args(Strategy):
        hint = nearest(str(strategy), get_args(Strategy))
        raise file.error(f"there is no strategy {strategy!r}", at=(*at, "strategy"), hint=hint)
    return PromptSettings(cast(Strategy, strategy))


# --- checks -----------------------------------------------------------------------------------------------------------


def _only(
    file: PromptFile,
    table: Mapping[str, object],
    known: Collection[str],
    at: Place,
    reasons: Mapping[str, str] = {},  # never changed
) -> None:
    """Refuses keys that are not known."""
    for key in table:
        if key not in known:
            where = f" in {'.'.join(map(str, at))}" if at else ""
            hint = reasons.get(key) or nearest(key, known)
            raise file.error(f"unknown key {key!r}{where}", at=(*at, key), hint=hint)


def _table(file: PromptFile, parent: Mapping[str, object], key: str, at: Place = ()) -> Mapping[str, object]:
    """The table under `key`; empty where there is none."""
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise file.error(f"{key} must be a table of `key: value` lines, not {value!r}", at=(*at, key))
    return value


def _typed(
    file: PromptFile,
    table: Mapping[str, object],
    key: str,
    kind: type,
    what: str,
    at: Place = (),
    *,
    least: int | None = None,
) -> object:
    """The value under `key`, which must be of this kind; None where there is none."""
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise file.error(f"{key} must be {what}, not {value!r}", at=(*at, key))
    if least is not None and isinstance(value, int) and value < least:
        raise file.error(f"{key} must be at least {least}, not {value!r}", at=(*at, key))
    return value


def _number(file: PromptFile, options: Mapping[str, object], key: str, low: float, high: float) -> float | None:
    value = options.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise file.error(f"{key} must be a number from {low} to {high}, not {value!r}", at=("model", "options", key))
    return float(value)
