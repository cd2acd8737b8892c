"""A prompt file: `.prompty`, version 2, read by our own loader and rendered to messages with provenance."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import NotFoundError, PromptError, nearest
from chatbot.messages import Message, Sampling
from chatbot.prompting.render import render

SUFFIX = ".prompty"

KNOWN = {"name", "displayName", "description", "metadata", "model", "inputs", "outputs", "tools", "template"}
FIRST_VERSION = {"sample", "authors", "tags", "version", "base", "configuration", "parameters"}
"""Top-level keys of version 1, which version 2's own tools drop without a word."""

KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
    "thread": (list, tuple),
}


@dataclass(frozen=True, slots=True)
class Input:
    """A declared input."""

    name: str
    kind: str = "string"
    required: bool = False
    default: object = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file, loaded."""

    name: str
    path: Path
    description: str
    body: str
    inputs: Mapping[str, Input]
    sampling: Sampling
    model: str | None
    hash: str
    """sha256 over all that changes what is sent."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """Our keys, from `metadata.chatbot`."""

    @classmethod
    def load(cls, path_or_name: str | Path, folder: Path | None = None) -> Prompt:
        """The prompt file at a path, or `<name>.prompty` in `folder`.

        Raises NotFoundError for an unknown name, PromptError for a file that cannot be read.
        """
        text = str(path_or_name)
        if text.endswith(SUFFIX) or "/" in text:
            return _parse(Path(text))
        folder = folder or Path("prompts")
        path = folder / f"{text}{SUFFIX}"
        if not path.is_file():
            known = [each.stem for each in folder.glob(f"*{SUFFIX}")]
            raise NotFoundError(f"there is no prompt {text!r} in {folder}", hint=nearest(text, known))
        return _parse(path)

    def render(self, **inputs: object) -> list[Message]:
        """The messages. Raises PromptError for missing, unknown and wrongly typed inputs."""
        if unknown := inputs.keys() - self.inputs.keys():
            name = min(unknown)
            raise PromptError(f"{self.path}: there is no input {name!r}", hint=nearest(name, self.inputs))
        missing = [each.name for each in self.inputs.values() if each.required and inputs.get(each.name) is None]
        if missing:
            raise PromptError(f"{self.path}: missing input {', '.join(missing)}", hint="give a value for each")
        values = {name: inputs.get(name, each.default) for name, each in self.inputs.items()}
        for name, value in values.items():
            self._check(name, value)
        threads = [name for name, each in self.inputs.items() if each.kind == "thread"]
        return render(self.body, values, threads, where=str(self.path))

    def parse_input(self, name: str, text: str) -> object:
        """An input's value from text: JSON where the input is not a string."""
        kind = self.inputs[name].kind if name in self.inputs else "string"
        if kind == "string":
            return text
        try:
            return json.loads(text)
        except ValueError:
            raise PromptError(f"{name} is of kind {kind}, and {text!r} is not JSON") from None

    def _check(self, name: str, value: object) -> None:
        from chatbot.messages import Segment

        kind = self.inputs[name].kind
        allowed = KINDS[kind]
        wrong_bool = isinstance(value, bool) and bool not in allowed
        if value is None or (kind == "string" and isinstance(value, Segment)):
            return
        if wrong_bool or not isinstance(value, allowed):
            raise PromptError(f"{self.path}: input {name!r} is of kind {kind}, not {type(value).__name__}")


def list_prompts(folder: Path) -> list[Prompt]:
    """All prompts of a folder, by name."""
    return [Prompt.load(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _parse(path: Path) -> Prompt:
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"there is no prompt file {path}", hint="`chatbot prompts list` shows the names") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{path} cannot be read: {error}", hint="check the file") from error
    match = re.match(r"---\r?\n(.*?)\r?\n---[ \t]*\r?\n?", text, re.DOTALL)
    if match is None:
        raise PromptError(f"{path}:1: a prompt file begins with --- and its settings", hint="add the frontmatter")
    try:
        front = yaml.safe_load(match[1]) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise PromptError(f"{path}:{line}: {getattr(error, 'problem', error)}", hint="mend the YAML") from error
    if not isinstance(front, dict):
        raise PromptError(f"{path}:2: the settings are not keys and values", hint="mend the YAML")
    _check_keys(path, front)
    return _build(path, front, text[match.end() :])


def _check_keys(path: Path, front: Mapping[str, object]) -> None:
    model = front.get("model")
    old = (front.keys() & FIRST_VERSION) | ({"api", "configuration", "parameters"} & set(model or {}) if isinstance(model, dict) else set())
    if old:
        raise PromptError(f"{path}: {min(old)!r} is a key of version 1", hint="move it as version 2 says")
    if unknown := front.keys() - KNOWN:
        raise PromptError(f"{path}: unknown key {min(map(str, unknown))!r}", hint=nearest(str(min(unknown)), KNOWN))


def _build(path: Path, front: Mapping[str, object], body: str) -> Prompt:
    model = front.get("model")
    options = model.get("options", {}) if isinstance(model, dict) else {}
    metadata = front.get("metadata")
    settings = metadata.get("chatbot", {}) if isinstance(metadata, dict) else {}
    sent = json.dumps([model, front.get("inputs"), settings, body], sort_keys=True, default=str)
    return Prompt(
        name=str(front.get("name") or path.stem),
        path=path,
        description=str(front.get("description") or ""),
        body=body,
        inputs=_inputs(path, front.get("inputs")),
        sampling=Sampling(
            temperature=options.get("temperature"),
            top_p=options.get("topP"),
            max_tokens=options.get("maxOutputTokens"),
            seed=options.get("seed"),
            stop=tuple(options.get("stopSequences", ())),
        ),
        model=model.get("id") if isinstance(model, dict) else (str(model) if model else None),
        hash=hashlib.sha256(sent.encode()).hexdigest(),
        settings=settings,
    )


def _inputs(path: Path, declared: object) -> dict[str, Input]:
    if isinstance(declared, dict):
        declared = [{"name": name, **properties} for name, properties in declared.items()]
    inputs: dict[str, Input] = {}
    for each in declared if isinstance(declared, list) else ():
        if not isinstance(each, dict) or "name" not in each:
            raise PromptError(f"{path}: an input needs a name", hint="- {name: question, kind: string}")
        kind = each.get("kind", "string")
        if kind not in KINDS:
            raise PromptError(f"{path}: input {each['name']!r} has unknown kind {kind!r}", hint=nearest(kind, KINDS))
        inputs[each["name"]] = Input(each["name"], kind, bool(each.get("required")), each.get("default"))
    return inputs
