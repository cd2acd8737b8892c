"""A pool of demonstrations: a JSONL file, a row an object with the prompt's inputs, `answer`, and perhaps `rationale`,
`label` and `id`.

Every row is checked when the pool is read, and every mistake is told with its line. What JSON leaves open is refused:
keys that stand twice, numbers that are none, halves of characters; and so is a row that repeats another.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import NotFoundError, PromptError, nearest
from chatbot.messages import Segment
from chatbot.prompting.inputs import Input, complaint
from chatbot.prompting.strict_yaml import MAX_DIGITS, error_at

MAX_BYTES = 50_000_000
"""Of a pool: about a hundred thousand demonstrations."""

TOLD = 5
"""Mistakes that are told at once; of the rest, how many there are."""

OWN = ("answer", "rationale", "label", "id")
"""What a row has beside the prompt's inputs."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A worked item."""

    inputs: Mapping[str, object]
    answer: str
    rationale: str = ""
    """The reasoning that leads to the answer; empty where the row has none."""
    label: str = ""
    """What `balanced` counts; the answer where the row has none."""
    id: str = ""
    line: int = 0
    """Of the file, from 1."""

    @property
    def text(self) -> str:
        """What of its inputs is text."""
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
    values = (value.text if isinstance(value, Segment) else value for _, value in sorted(inputs.items()))
    return "\n".join(value for value in values if isinstance(value, str))


def read_pool(path: Path, inputs: Mapping[str, Input]) -> Pool:
    """The pool in a file, for a prompt with these inputs.

    Raises NotFoundError where there is no such file, PromptError with the lines of what is wrong in it.
    """
    content = _read(path)
    rows: list[Demonstration] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(content.decode("utf-8-sig").split("\n"), 1):
        try:
            if line.strip():
                rows.append(_row(line, number, inputs))
        except ValueError as error:
            wrong.append((number, str(error)))
    if wrong := sorted([*wrong, *_repeated(rows)]):
        raise _mistakes(path, wrong)
    if not rows:
        raise PromptError(f"{path} holds no demonstrations", hint='a row is like {"question": "…", "answer": "…"}')
    return Pool(path, tuple(rows), hashlib.sha256(content).hexdigest()[:16])


def _mistakes(path: Path, wrong: list[tuple[int, str]]) -> PromptError:
    """The first of them, each with its file and line."""
    told = [f"{path}:{number}: {what}" for number, what in wrong[1:TOLD]]
    if len(wrong) > TOLD:
        told.append(f"and {len(wrong) - TOLD} more")
    first, what = wrong[0]
    return error_at(path, first, "\n".join([what, *told]))


def _repeated(rows: list[Demonstration]) -> Iterator[tuple[int, str]]:
    """Rows that ask what another asks, and those with another's id."""
    asked: dict[str, Demonstration] = {}
    ids: dict[str, int] = {}
    for row in rows:
        twin = asked.setdefault(json.dumps(row.inputs, sort_keys=True), row)
        if twin is not row and twin.answer == row.answer:
            yield row.line, f"the same as line {twin.line}"
        elif twin is not row:
            yield row.line, f"asks what line {twin.line} asks, and gives another answer"
        if row.id and ids.setdefault(row.id, row.line) != row.line:
            yield row.line, f"the id {row.id!r} is that of line {ids[row.id]}"


def _row(line: str, number: int, inputs: Mapping[str, Input]) -> Demonstration:
    """Raises ValueError with what is wrong."""
    try:
        data = json.loads(line, parse_constant=_no_number, parse_int=_whole, object_pairs_hook=_once)
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError(r"half of a character, written as \ud8… without its other half") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("this JSON is nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError('a row is an object like {"question": "…", "answer": "…"}')
    if problems := list(_problems(data, inputs)):
        raise ValueError("; ".join(problems))
    given = {name: data[name] for name in inputs if data.get(name) is not None}
    own = {name: str(data.get(name) or "") for name in OWN}
    return Demonstration(given, own["answer"], own["rationale"], own["label"] or own["answer"], own["id"], number)


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number of JSON")


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS:,} digits")
    return int(text)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if twice := [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]:
        raise ValueError(f"given twice: {', '.join(twice)}")
    return dict(pairs)


def _problems(data: Mapping[str, object], inputs: Mapping[str, Input]) -> Iterator[str]:
    known = [*inputs, *OWN]
    for name in data:
        if name not in known:
            yield f"unknown key {name!r} ({nearest(name, known)})"
    for name in OWN:
        if name not in inputs and not isinstance(data.get(name), str | None):
            yield f"{name} must be text"
    if not str(data.get("answer") or "").strip():
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
    except ValueError:
        raise NotFoundError(f"there is no pool {str(path)!r}: no file can have this name") from None
    if len(content) > MAX_BYTES:
        raise PromptError(f"{path} is longer than {MAX_BYTES:,} bytes", hint="keep a part of it as the pool")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise error_at(path, line, "this is not UTF-8 text", hint="save the file as UTF-8") from error
    return content
