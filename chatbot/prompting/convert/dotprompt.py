"""dotprompt's `.prompt` files: YAML frontmatter with Picoschema, and a body in Handlebars.

In: name, description, model, config, input, output, metadata, and the body as `handlebars` reads it. Our own settings
are kept under metadata, where dotprompt's tools let them stand, so that a prompt of ours comes back whole. Partials are
refused; tools, variants and keys of other programs are lost, and told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from chatbot.prompting.convert import picoschema
from chatbot.prompting.convert.draft import Converted, Draft, Read
from chatbot.prompting.convert.foreign import inputs_of
from chatbot.prompting.convert.handlebars import HISTORY, read_handlebars
from chatbot.prompting.convert.handlebars_text import TITLE, write_handlebars
from chatbot.prompting.convert.losses import lost
from chatbot.prompting.convert.prompty import OPTIONS, options_of
from chatbot.prompting.convert.sampling import read_sampling
from chatbot.prompting.convert.tree import Name, Thread, Turn, expressions, parts, tidied, walk
from chatbot.prompting.convert.yaml_text import write_yaml
from chatbot.prompting.frontmatter import SETTINGS_KEY
from chatbot.prompting.inputs import Input, Kind
from chatbot.prompting.prompt_file import split_prompt_file
from chatbot.prompting.section import Section

_KINDS: Mapping[str, Kind] = {
    "string": "string",
    "integer": "integer",
    "number": "float",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}


def read(path: Path, text: str) -> Read:
    """The draft of a file. Raises PromptError with the line of the first mistake."""
    file = split_prompt_file(path, text)
    top = Section(file, file.data)
    if "{%" in file.body and "{{role" not in file.body:
        line = file.body.count("\n", 0, file.body.index("{%")) + 1
        raise file.body_error(
            line, "{% is not Handlebars", hint="a .prompt file with Jinja in it is LiteLLM's, not dotprompt's"
        )
    nodes, losses = read_handlebars(file)
    body = tidied(nodes if nodes and isinstance(nodes[0], Turn | Thread) else (Turn("user"), *nodes))
    told, more = _inputs(top)
    sampling, unknown = read_sampling(top.section("config"), OPTIONS)
    metadata = dict(top.section("metadata").table)
    settings = dict(top.section("metadata").section(SETTINGS_KEY).table)
    metadata.pop(SETTINGS_KEY, None)
    tests = tuple(cast(Sequence[Mapping[str, object]], settings.pop("tests", ())))
    known = ("name", "description", "model", "config", "input", "output", "metadata")
    draft = Draft(
        name=top.text("name") or path.name.split(".")[0],
        description=top.text("description") or "",
        model=top.text("model"),
        sampling=sampling,
        inputs=inputs_of(file, body, told),
        body=body,
        schema=_schema(top.section("output")),
        settings=settings,
        tests=tests,
        metadata=metadata,
    )
    return Read(draft, (*losses, *more, *unknown, *(f"`{key}`" for key in top.table if key not in known)))


def write(draft: Draft) -> Converted:
    """The file, and what it has no place for."""
    body, losses = write_handlebars(draft.body)
    shown = {part.name for each in expressions(draft.body) for part in parts(each) if isinstance(part, Name)}
    declared = tuple(each for each in draft.inputs if each.kind != "thread" or each.name in shown)
    defaults = {each.name: each.default for each in declared if each.default is not None}
    ours = {**draft.settings, **({"tests": [dict(test) for test in draft.tests]} if draft.tests else {})}
    schema = picoschema.from_inputs(declared)
    data = {
        "name": draft.name,
        "description": draft.description,
        "model": draft.model,
        "config": options_of(draft.sampling, OPTIONS),
        "input": {**({"default": defaults} if defaults else {}), **({"schema": schema} if schema else {})},
        "output": {"format": "json", "schema": draft.schema} if draft.schema else {},
        "metadata": {**draft.metadata, **({SETTINGS_KEY: ours} if ours else {})},
    }
    head = write_yaml({key: value for key, value in data.items() if value})
    kept = ("name", "description", "model", "metadata", "schema", "settings", "tests", "inputs")
    told = [*losses, *lost(draft, TITLE, kept, OPTIONS.values()), *_renamed(draft)]
    if ours:
        told.append(
            f"what {', '.join(ours)} do: they are kept under metadata.{SETTINGS_KEY}, but {TITLE} does not act on them"
        )
    return Converted(f"---\n{head}---\n{body}\n", tuple(told), "dotprompt")


def _renamed(draft: Draft) -> list[str]:
    threads = [node.name for node in walk(draft.body) if isinstance(node, Thread)]
    return [f"the name of the thread {name}: it is {HISTORY} there" for name in threads if name != HISTORY]


def _inputs(top: Section) -> tuple[list[Input], list[str]]:
    """The inputs that a schema declares, and what else it says of them."""
    given = top.section("input")
    defaults = given.section("default").table
    schema = picoschema.to_json_schema(given, "schema") if given.table.get("schema") else {}
    required = cast(Sequence[str], schema.get("required") or ())
    properties = cast(Mapping[str, Mapping[str, object]], schema.get("properties") or {})
    told: list[Input] = []
    losses: list[str] = []
    for name, each in properties.items():
        kind = _KINDS.get(str(each.get("type", "string")), "string")
        default = defaults.get(name)
        deeper = [key for key in ("properties", "items") if each.get(key)]
        losses += [f"what the schema says of the parts of {name}"] if deeper else []
        told.append(
            Input(
                name,
                kind,
                required=name in required and default is None,
                default=default,
                choices=tuple(cast(Sequence[object], each.get("enum") or ())),
                description=str(each.get("description") or ""),
            )
        )
    return told, losses


def _schema(output: Section) -> dict[str, object] | None:
    return picoschema.to_json_schema(output, "schema") if output.table.get("schema") else None
