"""A configuration of promptfoo with one prompt: a JSON list of messages with Nunjucks in it, and its tests.

In: a configuration, or a prompt's entry alone (`raw`, `label`, `config`); a text, or `file://` of one beside it. Of
several prompts the first is taken. Programs (`.py`, `.js`, `exec:`) and prompts on a server are refused: nothing that a
file names is run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from chatbot.prompting.convert.draft import Converted, Draft, Read
from chatbot.prompting.convert.foreign import fitting, inputs_of, json_file, kind_of, read_text, referenced, yaml_file
from chatbot.prompting.convert.losses import lost
from chatbot.prompting.convert.openai_messages import OPTIONS, read_template, write_messages
from chatbot.prompting.convert.promptfoo_tests import read_test, write_test
from chatbot.prompting.convert.prompty import options_of
from chatbot.prompting.convert.sampling import read_sampling
from chatbot.prompting.convert.tree import Block, free_names
from chatbot.prompting.convert.turns import Said, joined, listed, read_messages, without_threads
from chatbot.prompting.convert.yaml_text import write_yaml
from chatbot.prompting.inputs import Input
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.section import Section

TITLE = "promptfoo"

TEXT_FILES = (".txt", ".md", ".json", ".j2")

_KEPT = ("name", "description", "model", "tests")

_WRITTEN = {theirs: ours for theirs, ours in OPTIONS.items() if theirs != "max_completion_tokens"}


def read(path: Path, text: str) -> Read:
    """The draft of the first prompt. Raises PromptError with the line of the first mistake."""
    file = yaml_file(path, text)
    top = Section(file, file.data)
    entry, losses = _entry(top)
    said, more = _messages(entry)
    body = joined(said)
    defaults, undefined = _defaults(top)
    inputs = inputs_of(file, body, [each for each in defaults if each.name in free_names(body)])
    sampling, unknown = read_sampling(entry.section("config"), OPTIONS)
    tests, untested = _tests(top)
    kept, unfit = fitting(tests, inputs)
    provider, others = _provider(top)
    known = ("description", "prompts", "providers", "tests", "defaultTest", "raw", "label", "id", "config")
    odd = [f"`{key}`" for key in top.table if key not in known]
    draft = Draft(
        name=entry.text("label") or entry.text("id") or "",
        description=top.text("description") or "",
        model=provider,
        sampling=sampling,
        inputs=inputs,
        body=body,
        tests=tuple(kept),
    )
    return Read(draft, (*losses, *more, *unknown, *undefined, *others, *untested, *unfit, *odd))


def write(draft: Draft) -> Converted:
    """The configuration, and what it has no place for."""
    messages, unlisted = listed(draft.body)
    said, losses = without_threads(messages, TITLE)
    entry = {"label": draft.name, "raw": write_messages(said), "config": options_of(draft.sampling, _WRITTEN)}
    tests = []
    for number, test in enumerate(draft.tests, 1):
        written, more = write_test(test, number, reads_all="answer" not in draft.settings)
        tests.append(written)
        losses += more
    defaults = {each.name: each.default for each in draft.inputs if each.default is not None and each.kind != "thread"}
    data = {
        "description": draft.description,
        "prompts": [{key: value for key, value in entry.items() if value}],
        "providers": [draft.model] if draft.model else [],
        "defaultTest": {"vars": defaults} if defaults else {},
        "tests": tests,
    }
    told = [*lost(draft, TITLE, (*_KEPT, "inputs"), _WRITTEN.values()), *_undeclared(draft)]
    given = {key: value for key, value in data.items() if value}
    return Converted(write_yaml(given), (*unlisted, *losses, *told), "promptfoo")


def _undeclared(draft: Draft) -> list[str]:
    """What is declared of inputs beside a default, and cannot be seen from how the prompt uses them."""
    seen = {each.name: each for each in inputs_of(PromptFile(Path(draft.name), {}, ""), draft.body)}
    odd = [
        each.name
        for each in draft.inputs
        if each.kind != "thread"
        and (each.name not in seen or each.description or each.choices or seen[each.name].kind != each.kind)
    ]
    return [f"what is declared of {', '.join(odd)}: {TITLE} knows defaults alone"] if odd else []


# --- reading ----------------------------------------------------------------------------------------------------------


def _entry(top: Section) -> tuple[Section, list[str]]:
    """The first prompt as a table with `raw`, and what other prompts there are."""
    if "raw" in top.table:
        return top, []
    given = top.table.get("prompts")
    prompts = given if isinstance(given, list) else [given] if given else []
    if not prompts:
        raise top.error("there is no prompt", hint="write it as prompts: [{label: …, raw: …}]")
    losses = [f"{len(prompts) - 1} more prompts: the first is taken"] if len(prompts) > 1 else []
    at = ("prompts", 0) if isinstance(given, list) else ("prompts",)
    first = prompts[0]
    if isinstance(first, str):
        first = {"raw": first}
    if not isinstance(first, Mapping):
        raise top.file.error("a prompt is a text, or a table with raw and label", at=at)
    if "raw" not in first and isinstance(first.get("id"), str):
        first = {**first, "raw": first["id"]}
    return Section(top.file, first, at), losses


def _messages(entry: Section) -> tuple[list[Said], list[str]]:
    raw = entry.text("raw") or ""
    where = entry
    if "://" in raw.split("\n")[0] or raw.startswith("exec:"):
        path = _text_file(entry, raw)
        raw = read_text(path)
        where = Section(type(entry.file)(path, {}, raw), {})
    if raw.lstrip().startswith("["):
        listed = json_file(where.file.path, raw)
        return read_messages(Section(listed, listed.data), "messages", _nunjucks)
    first, *more = raw.split("\n---\n") if where is not entry else [raw]
    losses = [f"{len(more)} more prompts in {where.file.path.name}: the first is taken"] if more else []
    return [Said("user", read_template(first, where, "raw"))], losses


def _nunjucks(text: str, part: Section, key: str) -> Block:
    return read_template(text, part, key)


def _text_file(entry: Section, reference: str) -> Path:
    suffix = Path(reference.partition(":")[2]).suffix
    if not reference.startswith("file://") or suffix not in TEXT_FILES:
        message = f"{reference!r} is not taken: nothing that a file names is run or fetched"
        raise entry.error(message, "raw", hint=f"name a file beside it, of {', '.join(TEXT_FILES)}")
    return referenced(entry, reference)


def _defaults(top: Section) -> tuple[list[Input], list[str]]:
    """Inputs with the values that hold for all tests, and what else holds for all of them."""
    table = top.section("defaultTest").table if not isinstance(top.table.get("defaultTest"), str) else {}
    values = table.get("vars")
    found = [
        Input(name, kind_of(value), default=value)
        for name, value in (values.items() if isinstance(values, Mapping) else ())
        if value is not None and isinstance(name, str)
    ]
    return found, [f"`{key}` of the default test" for key in table if key != "vars"]


def _provider(top: Section) -> tuple[str | None, list[str]]:
    given = top.table.get("providers")
    providers = given if isinstance(given, list) else [given] if given else []
    names = [each.get("id") if isinstance(each, Mapping) else each for each in providers]
    losses = [f"the provider {json.dumps(each)}" for each in names[1:]]
    losses += [
        f"what is set for the provider {each.get('id')}"
        for each in providers
        if isinstance(each, Mapping) and len(each) > 1
    ]
    return (names[0] if names and isinstance(names[0], str) else None), losses


def _tests(top: Section) -> tuple[list[Mapping[str, object]], list[str]]:
    tests: list[Mapping[str, object]] = []
    losses: list[str] = []
    if isinstance(top.table.get("tests"), str):
        return [], [f"the tests in {top.table['tests']}"]
    for number, item in enumerate(top.items("tests")):
        if not isinstance(item, Mapping):
            losses.append(f"test {number + 1}, which is not written out")
            continue
        test, more = read_test(Section(top.file, item, ("tests", number)), number + 1)
        losses += more
        tests += [test] if test else []
    return tests, losses
