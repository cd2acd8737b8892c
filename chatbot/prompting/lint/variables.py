"""P3: what the frontmatter declares and what the body uses.

Two kinds of rules: those on a file as it was written, which also hold for one that cannot be loaded, and those on a
prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import TemplateSyntaxError, meta, nodes

from chatbot.errors import nearest
from chatbot.prompting.inputs import RESERVED
from chatbot.prompting.lint.finding import Fault, Rule
from chatbot.prompting.lint.outline import parse
from chatbot.prompting.lint.subject import Subject
from chatbot.prompting.prompt_file import PromptFile


def _undeclared(file: PromptFile) -> Iterator[Fault]:
    try:
        tree = parse(file)
    except (TemplateSyntaxError, ValueError, RecursionError):
        return  # told with its line where the file is loaded
    declared = _declared(file)
    for name in sorted(meta.find_undeclared_variables(tree) - declared - RESERVED - {"null"}):
        line = min(node.lineno for node in tree.find_all(nodes.Name) if node.name == name)
        hint = nearest(name, declared) if declared else ""
        meant = hint.removeprefix("did you mean '").removesuffix("'?") if hint.startswith("did you") else ""
        change = f"write {{{{ {meant} }}}}, or declare it:" if meant else "declare it:"
        message = f"{name!r} is used, and not declared under inputs"
        yield Fault(file.body_line + line - 1, message, f"{change}\n- {{name: {name}, kind: string, required: true}}")


def _unportable_inputs(file: PromptFile) -> Iterator[Fault]:
    inputs = file.data.get("inputs")
    if isinstance(inputs, Mapping):
        entries = [(("inputs", name), name, value) for name, value in inputs.items()]
    elif isinstance(inputs, list):
        entries = [(("inputs", index), str(value), value) for index, value in enumerate(inputs)]
    else:
        return
    for place, name, value in entries:
        if not isinstance(value, Mapping):
            full = f"{name}: {_full(value)}" if isinstance(inputs, Mapping) else f"- {{name: {name}, kind: string}}"
            message = f"the input {name!r} is written in the short form"
            yield Fault(file.line_of(place), message, f"write it in full:\n{full}")


def _unportable_template(file: PromptFile) -> Iterator[Fault]:
    template = file.data.get("template")
    parts = template if isinstance(template, Mapping) else {"": template}
    for key, value in parts.items():
        if isinstance(value, str):
            message = f"{'.'.join(filter(None, ('template', key)))} is written in the short form"
            change = "write it in full, or leave it out:\ntemplate: {format: {kind: jinja2}, parser: {kind: prompty}}"
            yield Fault(file.line_of(("template", key) if key else ("template",)), message, change)


def _unused(subject: Subject) -> Iterator[Fault]:
    file = subject.prompt.file
    used = meta.find_undeclared_variables(parse(file))
    for name, place in _places(file).items():
        if name not in used:
            change = f"write {{{{ {name} }}}} where it belongs, or take the declaration away"
            yield Fault(file.line_of(place), f"the input {name!r} is declared, and the body does not use it", change)


def _may_be_missing(subject: Subject) -> Iterator[Fault]:
    seen: set[str] = set()
    for _, slot in subject.slots:
        declared = subject.prompt.inputs.get(slot.name)
        if declared is None or declared.required or declared.default is not None or slot.guarded or slot.name in seen:
            continue
        seen.add(slot.name)
        kind = f", kind: {declared.kind}" if declared.kind != "string" else ", kind: string"
        yield Fault(
            slot.line,
            f"{slot.name!r} is neither required nor has it a default, and {slot.text} needs it",
            f"declare it as required:\n- {{name: {slot.name}{kind}, required: true}}",
        )


def _full(value: object) -> str:
    """A declaration with this default."""
    if value in _KIND_NAMES:
        return f"{{kind: {value}, required: true}}"
    kind = next((name for name, of in _KINDS if isinstance(value, of)), "string")
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{{kind: {kind}, default: {shown}}}"


_KINDS = (("boolean", bool), ("integer", int), ("float", float), ("array", list), ("string", str))
_KIND_NAMES = ("string", "integer", "float", "boolean", "array", "object", "thread")


def _places(file: PromptFile) -> Mapping[str, tuple[str | int, ...]]:
    """Where each input is declared."""
    inputs = file.data.get("inputs")
    if isinstance(inputs, Mapping):
        return {str(value.get("name") or name): ("inputs", name) for name, value in inputs.items()}
    if isinstance(inputs, list):
        return {str(value.get("name")): ("inputs", index) for index, value in enumerate(inputs)}
    return {}


def _declared(file: PromptFile) -> frozenset[str]:
    """Names that the file declares in any form, be it one that is refused."""
    inputs = file.data.get("inputs")
    if isinstance(inputs, Mapping):
        return frozenset(map(str, inputs))
    entries = inputs if isinstance(inputs, list) else []
    return frozenset(str(entry.get("name")) if isinstance(entry, Mapping) else str(entry) for entry in entries)


FILE_RULES = (
    Rule("P301", "A name that nothing is given for cannot be rendered.", _undeclared, "error"),
    Rule(
        "P302", "The format's specification has this form, but the prompty package (2.1.0) refuses it, as this program "
        "does.", _unportable_inputs, "error",
    ),
    Rule(
        "P303", "The format's specification has this form, but the prompty package (2.1.0) refuses it, as this program "
        "does.", _unportable_template, "error",
    ),
)  # fmt: skip

RULES = (
    Rule("P304", "Whoever calls the prompt gives a value that has no effect.", _unused),
    Rule("P305", "A call that leaves it out fails while the prompt is rendered.", _may_be_missing),
)
