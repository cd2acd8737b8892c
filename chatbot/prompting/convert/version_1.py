"""`.prompty` files of version 1 to drafts: what became of each of their keys in version 2.

authors, tags and version move under metadata; model.api, configuration and parameters become apiType, connection and
options; an input's type becomes its kind; `sample` becomes the first test's inputs. Connections are dropped: which
service answers is not a prompt's business here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from chatbot.prompting.convert.draft import Draft, Read
from chatbot.prompting.convert.foreign import inputs_of, kind_of
from chatbot.prompting.convert.openai_messages import OPTIONS
from chatbot.prompting.convert.prompty_body import read_body
from chatbot.prompting.convert.sampling import read_sampling
from chatbot.prompting.inputs import KINDS, Input, Kind
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.section import Section

MOVED = ("authors", "tags", "version")
"""Keys that stand under metadata now."""

_TYPES = {"number": "float", "int": "integer", "bool": "boolean", "list": "array", "dict": "object"}


def is_version_1(file: PromptFile) -> bool:
    """Whether a file has keys that only version 1 knows."""
    model = file.data.get("model")
    declared = file.data.get("inputs")
    typed = isinstance(declared, Mapping) and any(
        isinstance(each, Mapping) and "type" in each for each in declared.values()
    )
    old = isinstance(model, Mapping) and any(key in model for key in ("api", "configuration", "parameters"))
    return typed or old or any(key in file.data for key in ("sample", *MOVED))


def read(file: PromptFile) -> Read:
    """The draft of a file of version 1. Raises PromptError with the line of the first mistake."""
    top = Section(file, file.data)
    known = ("name", "description", "model", "inputs", "sample", "template", *MOVED)
    losses = [f"`{key}`" for key in top.table if key not in known]
    model = top.section("model")
    sampling, more = read_sampling(model.section("parameters"), OPTIONS)
    losses += more
    configuration = model.section("configuration").table
    if configuration:
        losses.append(f"how the service is reached (model.configuration: {', '.join(configuration)})")
    if model.text("api") not in (None, "chat"):
        losses.append(f"model.api {model.table['api']!r}: prompts here are chats")
    if top.table.get("template") not in (None, "jinja2"):
        losses.append(f"the template language {top.table['template']!r}: the body is read as Jinja")
    told = _declared(top, losses)
    body = read_body(file, [each.name for each in told if each.kind == "thread"])
    names = configuration.get("azure_deployment"), configuration.get("name")
    draft = Draft(
        name=top.text("name") or "",
        description=top.text("description") or "",
        model=next((str(name) for name in names if name), None),
        sampling=sampling,
        inputs=inputs_of(file, body, told),
        body=body,
        metadata={key: top.table[key] for key in MOVED if key in top.table},
    )
    return Read(draft, tuple(losses))


def _declared(top: Section, losses: list[str]) -> list[Input]:
    """The inputs: those declared, and those a sample is given for. A sample is an example, and not what is sent."""
    sample = top.section("sample").table if isinstance(top.table.get("sample"), Mapping) else {}
    if sample:
        losses.append(f"the sample of {', '.join(sample)}: write a test with it, under metadata.chatbot.tests")
    elif top.table.get("sample"):
        losses.append(f"the sample in {top.table['sample']}")
    table = top.section("inputs").table
    declared = []
    for name, value in table.items():
        one = Section(top.file, value, ("inputs", name)) if isinstance(value, Mapping) else Section(top.file, {})
        kind = one.text("type") or one.text("kind") or kind_of(sample.get(name))
        kind = _TYPES.get(kind, kind)
        if kind not in KINDS:
            losses.append(f"the type {kind} of the input {name}: it is text here")
            kind = "string"
        default = one.table.get("default") if isinstance(value, Mapping) else value
        declared.append(
            Input(
                name,
                cast(Kind, kind),
                required=default is None,
                default=default,
                description=one.text("description") or "",
            )
        )
    known = {each.name for each in declared}
    return [*declared, *(Input(n, kind_of(v), required=True) for n, v in sample.items() if n not in known)]
