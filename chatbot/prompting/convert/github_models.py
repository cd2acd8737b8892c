"""GitHub Models' `.prompt.yml`: messages with `{{variable}}`, rows of test data, and evaluators for all of them.

In: name, description, model, modelParameters, messages, testData, evaluators. Rows become tests with what the
evaluators ask for, and tests become rows; graders that are programs or models are not taken along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from chatbot.prompting.convert.draft import Converted, Draft, Read
from chatbot.prompting.convert.foreign import fitting, inputs_of, yaml_file
from chatbot.prompting.convert.losses import lost
from chatbot.prompting.convert.prompty import options_of
from chatbot.prompting.convert.sampling import read_sampling
from chatbot.prompting.convert.simplify import simplified
from chatbot.prompting.convert.tree import Block, Name, Node, Text, Value
from chatbot.prompting.convert.turns import joined, listed, read_messages, without_threads
from chatbot.prompting.convert.yaml_text import write_yaml
from chatbot.prompting.section import Section

TITLE = "a .prompt.yml of GitHub Models"

PARAMETERS: Mapping[str, str] = {
    "temperature": "temperature",
    "topP": "top_p",
    "maxTokens": "max_tokens",
    "maxCompletionTokens": "max_tokens",
}
"""Its parameters, and the fields of `Sampling`."""

VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


def read(path: Path, text: str) -> Read:
    """The draft of a file. Raises PromptError with the line of the first mistake."""
    file = yaml_file(path, text)
    top = Section(file, file.data)
    top.only(
        (
            "name",
            "description",
            "model",
            "modelParameters",
            "messages",
            "responseFormat",
            "jsonSchema",
            "testData",
            "evaluators",
        )
    )
    if not top.items("messages"):
        raise top.error("there are no messages", hint="write them as messages: [{role: user, content: …}]")
    messages, losses = read_messages(top, "messages", lambda text, *_: read_braces(text))
    body = joined(messages)
    inputs = inputs_of(file, body)
    tests, more = _tests(top)
    tests, unfit = fitting(tests, inputs)
    sampling, unknown = read_sampling(top.section("modelParameters"), PARAMETERS)
    losses += [*more, *unfit, *unknown]
    losses += [f"`{key}`" for key in ("responseFormat", "jsonSchema") if top.table.get(key)]
    draft = Draft(
        name=top.text("name") or "",
        description=top.text("description") or "",
        model=top.text("model"),
        sampling=sampling,
        inputs=inputs,
        body=body,
        tests=tuple(tests),
    )
    return Read(draft, tuple(losses))


def write(draft: Draft) -> Converted:
    """The file, and what it has no place for."""
    messages, losses = listed(draft.body)
    said, more = without_threads(messages, TITLE)
    written: list[dict[str, object]] = []
    for each in said:
        block, simpler = simplified(each.block, TITLE)
        content, braces = write_braces(block)
        written.append({"role": each.role, "content": content})
        more += [*simpler, *braces]
    rows, evaluators, untested = _rows(draft)
    names = {theirs: ours for theirs, ours in PARAMETERS.items() if theirs != "maxCompletionTokens"}
    data = {
        "name": draft.name,
        "description": draft.description,
        "model": draft.model,
        "modelParameters": options_of(draft.sampling, names),
        "messages": written,
        "testData": rows,
        "evaluators": evaluators,
    }
    told = lost(draft, TITLE, ("name", "description", "model", "tests"), names.values())
    losses = (*losses, *dict.fromkeys(more), *told, *untested)
    return Converted(write_yaml({key: value for key, value in data.items() if value}), losses, "github")


# --- {{variable}} -----------------------------------------------------------------------------------------------------


def read_braces(text: str) -> Block:
    """Text with `{{variable}}` in it; other braces are text."""
    nodes: list[Node] = []
    start = 0
    for match in VARIABLE.finditer(text):
        nodes += [Text(text[start : match.start()]), Value(Name(match[1]))]
        start = match.end()
    return tuple(node for node in (*nodes, Text(text[start:])) if node != Text(""))


def write_braces(block: Block) -> tuple[str, list[str]]:
    """Texts and plain values; says where the author's own words will be taken for a variable: there is no escape."""
    text = "".join(_braced(node) for node in block)
    losses = [] if read_braces(text) == block else ["braces in the text, which are taken for a variable there"]
    return text, losses


def _braced(node: Node) -> str:
    match node:
        case Text(text):
            return text
        case Value(Name(name)):
            return f"{{{{{name}}}}}"
    raise ValueError(f"{type(node).__name__} was not simplified")


# --- tests ------------------------------------------------------------------------------------------------------------

_EXPECTED = "expected"


def _tests(top: Section) -> tuple[list[Mapping[str, object]], list[str]]:
    """A test for each row: its inputs, and what every evaluator asks of a reply."""
    asked, losses = _asked(top)
    tests: list[Mapping[str, object]] = []
    for number, row in enumerate(top.items("testData")):
        if not isinstance(row, Mapping):
            raise top.file.error("a row of testData is a table", at=("testData", number))
        inputs = {
            name: value if isinstance(value, str) else str(value) for name, value in row.items() if name != _EXPECTED
        }
        wanted = [{"kind": kind, "expect": _filled(expect, row, kind)} for kind, expect in asked]
        if not wanted and _EXPECTED in row:
            wanted = [{"kind": "contains", "expect": str(row[_EXPECTED])}]
        if wanted:
            tests.append({"inputs": inputs, "assert": wanted})
        else:
            losses.append(f"row {number + 1} of testData, of which nothing is expected")
    return tests, losses


_KINDS: Mapping[str, tuple[str, str]] = {
    "contains": ("contains", "{}"),
    "startsWith": ("matches", r"\A{}"),
    "endsWith": ("matches", r"{}\Z"),
    "equals": ("matches", r"\A{}\Z"),
}
"""What an evaluator compares by, our kind of expectation, and its form."""


def _asked(top: Section) -> tuple[list[tuple[str, tuple[str, str]]], list[str]]:
    asked: list[tuple[str, tuple[str, str]]] = []
    losses: list[str] = []
    for number, item in enumerate(top.items("evaluators")):
        if not isinstance(item, Mapping):
            raise top.file.error("an evaluator is a table", at=("evaluators", number))
        one = Section(top.file, item, ("evaluators", number))
        compared = one.section("string").table
        losses += (
            [] if compared else [f"the evaluator {one.text('name') or number + 1}, which is no comparison of texts"]
        )
        for way, value in compared.items():
            if way in _KINDS:
                kind, form = _KINDS[way]
                asked.append((kind, (form, str(value))))
            else:
                losses.append(f"the evaluator {one.text('name') or number + 1}, which compares by {way}")
    return asked, losses


def _filled(wanted: tuple[str, str], row: Mapping[str, object], kind: str) -> str:
    form, value = wanted
    text = VARIABLE.sub(lambda match: str(row.get(match[1], match[0])), value)
    return form.replace("{}", re.escape(text) if kind == "matches" else text)


def _rows(draft: Draft) -> tuple[list[dict[str, object]], list[dict[str, object]], list[str]]:
    """Rows, an evaluator for what they expect, and what was left out."""
    rows: list[dict[str, object]] = []
    losses: list[str] = []
    expecting = 0
    for number, test in enumerate(draft.tests, 1):
        inputs = test.get("inputs") or {}
        assertions = test.get("assert") or []
        assert isinstance(inputs, Mapping) and isinstance(assertions, list)
        row: dict[str, object] = {name: value for name, value in inputs.items() if isinstance(value, str)}
        losses += [f"the input {name} of test {number}, which is no text" for name in inputs if name not in row]
        wanted = [each["expect"] for each in assertions if each["kind"] == "contains"]
        if wanted and _EXPECTED not in inputs:
            row[_EXPECTED] = wanted[0]
            expecting += 1
        dropped = len(assertions) - (1 if _EXPECTED in row else 0)
        losses += [f"{dropped} of what test {number} expects"] if dropped else []
        rows.append(row)
    if any(test.get("replies") for test in draft.tests):
        losses.append("the replies that the tests script")
    shared: list[dict[str, object]] = [
        {"name": "says what is expected", "string": {"contains": f"{{{{{_EXPECTED}}}}}"}}
    ]
    if expecting and expecting == len(rows):
        return rows, shared, losses
    return rows, [], losses
