"""A pool of demonstrations: a JSONL file, a row an object with the prompt's inputs, `answer`, and perhaps `rationale`,
`label` and `id`.

Every row is checked when the pool is read, and every mistake is told with its line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import NotFoundError, PromptError, nearest
from chatbot.prompting.inputs import Input, complaint
from chatbot.prompting.strict_yaml import error_at

MAX_BYTES = 50_000_000
"""Of a pool: about a hundred thousand demonstrations."""

TOLD = 5
"""Mistakes that are told at once."""

OWN = ("answer", "rationale", "label", "id")
"""What a row has beside the prompt's inputs."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A worked item."""

    inputs: Mapping[str, object]
    answer: str
    rationale: str = ""
    label: str = ""
    """What `balanced` counts; the answer where the row has none."""
    id: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """Its inputs as one text, by which it is compared."""
        return text_of(self.inputs)


@dataclass(frozen=True, slots=True)
class Pool:
    """The demonstrations of a file, in its order."""

    path: Path
    rows: tuple[Demonstration, ...] = field(repr=False)
    hash: str = ""
    """Sixteen hex digits of the file's content."""


def text_of(inputs: Mapping[str, object]) -> str:
    """The text among inputs, in the order of their names."""
    return "\n".join(str(value) for _, value in sorted(inputs.items()) if isinstance(value, str))


def read_pool(path: Path, inputs: Mapping[str, Input]) -> Pool:
    """The pool in a file, for a prompt with these inputs.

    Raises NotFoundError where there is no such file, PromptError with the lines of what is wrong in it.
    """
    content = _read(path)
    rows: list[Demonstration] = []
    wrong: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(content.decode("utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = _row(line, number, inputs)
        except ValueError as error:
            wrong.append((number, str(error)))
            continue
        twin = seen.setdefault(json.dumps([row.inputs, row.answer], sort_keys=True), number)
        if twin != number:
            wrong.append((number, f"the same as line {twin}"))
        rows.append(row)
    if wrong:
        first, message = wrong[0]
        more = [f"line {number}: {what}" for number, what in wrong[1:TOLD]]
        raise error_at(path, first, "; ".join([message, *more]))
    if not rows:
        raise PromptError(f"{path} holds no demonstrations", hint='a row is like {"question": "…", "answer": "…"}')
    return Pool(path, tuple(rows), hashlib.sha256(content).hexdigest()[:16])


def _row(line: str, number: int, inputs: Mapping[str, Input]) -> Demonstration:
    """Raises ValueError with what is wrong."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError('a row is an object like {"question": "…", "answer": "…"}')
    if problems := list(_problems(data, inputs)):
        raise ValueError("; ".join(problems))
    given = {name: data[name] for name in inputs if data.get(name) is not None}
    own = {name: str(data.get(name) or "") for name in OWN}
    return Demonstration(given, own["answer"], own["rationale"], own["label"] or own["answer"], own["id"], number)


def _problems(data: Mapping[str, object], inputs: Mapping[str, Input]) -> Iterator[str]:
    known = [*inputs, *OWN]
    for name in data:
        if name not in known:
            yield f"unknown key {name!r} ({nearest(name, known)})"
    for name in OWN:
        if name not in inputs and not isinstance(data.get(name, ""), str):
            yield f"{name} must be text"
    if not data.get("answer"):
        yield "the row has no answer"
    missing = [name for name, declared in inputs.items() if declared.required and data.get(name) is None]
    if missing:
        yield f"missing: {', '.join(missing)}"
    for name, declared in inputs.items():
        if found := complaint(declared, data.get(name)):
            yield found


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no pool of demonstrations {path}") from None
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise PromptError(f"{path} is longer than {MAX_BYTES:,} bytes", hint="show fewer demonstrations")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise error_at(path, line, "this is not UTF-8 text", hint="save the file as UTF-8") from error
    return content
