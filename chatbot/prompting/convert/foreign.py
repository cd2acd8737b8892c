"""Files of other formats as plain data with lines, so that every error names a line. Nothing in them is run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from chatbot.errors import NotFoundError, ProjectError, PromptError
from chatbot.paths import inside
from chatbot.prompting.convert.tree import Block, For, If, Member, Name, Thread, expressions, free_names, parts, walk
from chatbot.prompting.inputs import RESERVED, Input, Kind, bind
from chatbot.prompting.prompt_file import MAX_BYTES, PromptFile
from chatbot.prompting.section import Section
from chatbot.prompting.strict_yaml import error_at, read_yaml


def read_text(path: Path) -> str:
    """The text of a file. Raises NotFoundError and PromptError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise PromptError(f"{path} is longer than {MAX_BYTES:,} bytes", hint="a prompt file holds a prompt")
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise error_at(path, line, "this is not UTF-8 text", hint="save the file as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def yaml_file(path: Path, text: str) -> PromptFile:
    """A YAML document that is a table. Raises PromptError with the line."""
    data, lines = read_yaml(path, text)
    if not isinstance(data, dict):
        raise error_at(path, 1, "the file must be a table of `key: value` lines")
    return PromptFile(path, data, "", lines=lines)


def json_file(path: Path, text: str) -> PromptFile:
    """A JSON document; a list becomes a table with the list under `messages`. Raises PromptError with the line."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise error_at(path, error.lineno, f"this is not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise error_at(path, 1, f"this JSON cannot be read: {error}") from None
    try:
        lines = read_yaml(path, text)[1]  # most JSON is YAML, which knows its lines
    except PromptError:
        lines = {}
    if isinstance(data, list):
        return PromptFile(path, {"messages": data}, "", lines={("messages", *at): line for at, line in lines.items()})
    if not isinstance(data, dict):
        raise error_at(path, 1, "the file must be a list of messages or an object")
    return PromptFile(path, data, "", lines=lines)


def part_of(part: Section, key: str, text: str) -> PromptFile:
    """A text in a file as the body of one, so that errors in it have its line."""
    at = (*part.at, key)
    line = part.file.lines.get(at, 1)
    return PromptFile(part.file.path, {}, text, line, part.file.lines)


def referenced(part: Section, reference: str) -> Path:
    """The file that `file://…` names, which lies beside the file it stands in, or below. Raises PromptError."""
    target = reference.removeprefix("file://")
    try:
        path = inside(part.file.path.parent, target)
    except ProjectError as error:
        raise part.error(error.message, hint=error.hint) from error
    if not path.is_file():
        raise part.error(f"there is no file {target}")
    return path


def fitting(
    tests: Sequence[Mapping[str, object]], inputs: Sequence[Input]
) -> tuple[list[Mapping[str, object]], list[str]]:
    """The tests whose inputs fit the prompt, without values that it has no input for; and what was left out."""
    declared = {each.name: each for each in inputs}
    kept: list[Mapping[str, object]] = []
    losses: list[str] = []
    for number, test in enumerate(tests, 1):
        given = cast(Mapping[str, object], test.get("inputs") or {})
        known = {name: value for name, value in given.items() if name in declared}
        losses += [
            f"the value {name} of test {number}, which the prompt has no input for"
            for name in given
            if name not in known
        ]
        try:
            bind(declared, known)
        except PromptError as error:
            losses.append(f"test {number}, whose inputs do not fit: {error.message}")
            continue
        kept.append({**test, "inputs": known})
    return kept, losses


def kind_of(value: object) -> Kind:
    """The kind of input that a value of JSON is one of."""
    kinds: Mapping[type, Kind] = {bool: "boolean", int: "integer", float: "float", list: "array", dict: "object"}
    return kinds.get(type(value), "string")


def inputs_of(file: PromptFile, body: Block, told: Sequence[Input] = ()) -> tuple[Input, ...]:
    """The inputs that a body needs; those not `told` are of the kind that their use shows.

    They are required, but for those that the body tests for being there: these are empty where they are not given. What
    is tested and nothing else is true or false.
    Raises PromptError for a name that no input can have.
    """
    known = {each.name: each for each in told}
    threads = {node.name for node in walk(body) if isinstance(node, Thread)}
    lists = {node.over.name for node in walk(body) if isinstance(node, For) and isinstance(node.over, Name)}
    owners = {
        part.owner.name
        for each in expressions(body)
        for part in parts(each)
        if isinstance(part, Member) and isinstance(part.owner, Name)
    }
    tests = [test for node in walk(body) if isinstance(node, If) for test, _ in node.branches]
    tested = [test.name for test in tests if isinstance(test, Name)]
    uses = Counter(part.name for each in expressions(body) for part in parts(each) if isinstance(part, Name))
    for name in free_names(body):
        if not name.isidentifier() or name in RESERVED:
            raise file.error(f"no input can be named {name!r}", hint="rename the variable")
        if name in threads:
            known.setdefault(name, Input(name, "thread", default=[]))
        elif name in lists:
            known.setdefault(name, _guessed(name, "array", [], name in tested))
        elif name in owners:
            known.setdefault(name, _guessed(name, "object", {}, name in tested))
        elif uses[name] == tested.count(name):
            known.setdefault(name, Input(name, "boolean", default=False))
        else:
            known.setdefault(name, _guessed(name, "string", "", name in tested))
    return tuple(known.values())


def _guessed(name: str, kind: Kind, empty: object, tested: bool) -> Input:
    return Input(name, kind, default=empty) if tested else Input(name, kind, required=True)
