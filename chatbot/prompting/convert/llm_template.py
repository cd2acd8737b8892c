"""Templates of the `llm` command: YAML with one text for the system, one for the user, and `$variable`.

In: name, prompt, system, model, defaults, options, schema_object. Unknown keys are errors there and here. Fragments,
attachments and tools belong to a call of that command and are not taken along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from chatbot.prompting.convert.draft import Converted, Draft, Read
from chatbot.prompting.convert.foreign import inputs_of, part_of, yaml_file
from chatbot.prompting.convert.losses import lost
from chatbot.prompting.convert.prompty import options_of
from chatbot.prompting.convert.sampling import read_sampling
from chatbot.prompting.convert.simplify import simplified
from chatbot.prompting.convert.tree import Block, Name, Node, Text, Value, merged
from chatbot.prompting.convert.turns import Said, joined, listed, without_threads
from chatbot.prompting.convert.yaml_text import write_yaml
from chatbot.prompting.inputs import Input
from chatbot.prompting.section import Section

TITLE = "a template of llm"

OPTIONS: Mapping[str, str] = {
    name: name
    for name in ("temperature", "top_p", "top_k", "max_tokens", "seed", "stop", "frequency_penalty", "presence_penalty")
}
"""Options as its plugins for OpenAI's API name them, and the fields of `Sampling`."""

UNTAKEN = (
    "attachments",
    "attachment_types",
    "extract",
    "extract_last",
    "fragments",
    "system_fragments",
    "tools",
    "functions",
)
"""Keys that say what the command is given beside the prompt, or what it prints."""

INPUT = "input"
"""The variable that stands for what the command is given on its standard input."""


def read(path: Path, text: str) -> Read:
    """The draft of a template. Raises PromptError with the line of the first mistake."""
    file = yaml_file(path, text)
    top = Section(file, file.data)
    top.only(("name", "prompt", "system", "model", "defaults", "options", "schema_object", *UNTAKEN))
    said: list[Said] = []
    if system := top.text("system"):
        said.append(Said("system", _read_dollars(system, top, "system")))
    prompt = top.text("prompt")
    said.append(Said("user", _read_dollars(f"${INPUT}" if prompt is None else prompt, top, "prompt")))
    body = joined(said)
    sampling, losses = read_sampling(top.section("options"), OPTIONS)
    defaults = top.section("defaults").table
    told = [
        Input(each.name, default=str(defaults[each.name])) for each in inputs_of(file, body) if each.name in defaults
    ]
    losses += [f"`{key}`" for key in UNTAKEN if top.table.get(key)]
    losses += [
        f"the default of {name}, which the texts do not use" for name in defaults if name not in {t.name for t in told}
    ]
    draft = Draft(
        name=top.text("name") or "",
        model=top.text("model"),
        sampling=sampling,
        inputs=inputs_of(file, body, told),
        body=body,
        schema=top.section("schema_object").table or None,
    )
    return Read(draft, tuple(losses))


def write(draft: Draft) -> Converted:
    """The template, and what it has no place for."""
    messages, unlisted = listed(draft.body)
    said, losses = without_threads(messages, TITLE)
    texts: dict[str, str] = {}
    for role, key in (("system", "system"), ("user", "prompt")):
        block, simpler = simplified(_joined([each for each in said if each.role == role], role), TITLE)
        losses += simpler
        if block:
            texts[key], more = _write_dollars(block)
            losses += more
    losses += _order(said)
    data = {
        "name": draft.name,
        "model": draft.model,
        "system": texts.get("system"),
        "prompt": texts.get("prompt", ""),
        "defaults": _defaults(draft),
        "options": options_of(draft.sampling, OPTIONS),
        "schema_object": draft.schema,
    }
    told = lost(draft, TITLE, ("name", "model", "schema", "inputs"), OPTIONS.values())
    given = {key: value for key, value in data.items() if value or key == "prompt"}
    return Converted(write_yaml(given), (*unlisted, *dict.fromkeys(losses), *told, *_untold(draft)), "llm")


def _joined(said: list[Said], role: str) -> Block:
    """The texts of one role as one; of the user the last only, for the others are turns."""
    chosen = said[-1:] if role == "user" else said
    nodes: list[Node] = []
    for each in chosen:
        nodes += [*([Text("\n\n")] if nodes else []), *each.block]
    return merged(tuple(nodes))


def _order(said: list[Said]) -> list[str]:
    """What becomes of messages that are not one of the system's and then one of the user's."""
    dropped = sum(each.role == "assistant" for each in said) + max(0, sum(each.role == "user" for each in said) - 1)
    losses = [f"{dropped} message{'s' if dropped > 1 else ''}: {TITLE} has no turns"] if dropped else []
    if sum(each.role == "system" for each in said) > 1:
        losses.append(f"where the messages of the system end: {TITLE} has one text for all")
    return losses


def _defaults(draft: Draft) -> dict[str, str]:
    return {each.name: each.default for each in draft.inputs if isinstance(each.default, str)}


def _untold(draft: Draft) -> list[str]:
    """Inputs of which more is declared than that they are text, with a default or without."""
    plain = [
        Input(each.name, default=each.default if isinstance(each.default, str) else None, required=each.required)
        for each in draft.inputs
    ]
    odd = [
        each.name
        for each, told in zip(draft.inputs, plain, strict=True)
        if each.kind != "thread" and (each != told or each.required is (each.default is not None))
    ]
    return [f"what is declared of {', '.join(odd)}: {TITLE} knows defaults alone"] if odd else []


_DOLLAR = re.compile(r"\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")


def _read_dollars(text: str, part: Section, key: str) -> Block:
    nodes: list[Node] = []
    start = 0
    for match in _DOLLAR.finditer(text):
        if "$" in (before := text[start : match.start()]):
            break
        nodes += [Text(before), Text("$") if match[1] else Value(Name(match[2] or match[3]))]
        start = match.end()
    if "$" in text[start:]:
        line = text.count("\n", 0, text.index("$", start)) + 1
        raise part_of(part, key, text).body_error(line, "a $ names no variable here", hint="write it as $$")
    return merged((*nodes, Text(text[start:])))


def _write_dollars(block: Block) -> tuple[str, list[str]]:
    written = ""
    losses: list[str] = []
    for node, after in zip(block, (*block[1:], Text("")), strict=True):
        match node:
            case Text(text):
                written += text.replace("$", "$$")
            case Value(Name(name)):
                joins = isinstance(after, Text) and re.match(r"\w", after.text)
                written += f"${{{name}}}" if joins else f"${name}"
                if not name.isascii():
                    losses.append(f"the variable {name}: {TITLE} names variables in ASCII")
    return written, losses
