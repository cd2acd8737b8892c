"""A dataset: a JSONL or CSV file, or one of Hugging Face; a row an item. Mistakes are told before anything is asked.

A row without an id goes by its line. Rows keep the order of the file; a run shuffles them by its own seed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import NotFoundError, ProjectError, nearest
from chatbot.evaluation.huggingface import json_lines, placed
from chatbot.evaluation.records import Item
from chatbot.prompting.section import Section

TOLD = 5
"""Mistakes that are told at once; of the rest, how many there are."""

KEYS = ("path", "huggingface", "subset", "id", "cluster", "tags", "split", "limit", "rename")


@dataclass(frozen=True, slots=True)
class Source:
    """Where items come from, and which fields of a row mean something to the harness."""

    path: Path
    id: str = "id"
    """Field of an item's id."""
    cluster: str = ""
    """Field of what an item shares with others, such as its document; empty where items stand alone."""
    tags: str = "tags"
    """Field of the tags, by which a report is broken down: a list of texts, or one."""
    split: str = ""
    """Only rows whose field `split` is this; empty for all."""
    limit: int | None = None
    """Only so many of them, the first."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """Names that the prompt and the scorers use, with the fields they stand for: `question: prompt`."""
    place: str = field(default="", compare=False)
    """File and line of the suite that says so."""
    huggingface: str = ""
    """Name of a Hugging Face dataset, or folder of one, in place of a file; `split` is then the dataset's own."""
    subset: str = ""
    """Its configuration, where it has several."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Items, and what of their file changes a result."""

    items: tuple[Item, ...]
    hash: str
    """Changes with the file."""

    @property
    def fields(self) -> frozenset[str]:
        """Names that an item has: what only some have, an item without leaves its own cell unscored."""
        return frozenset[str]().union(*(item.fields for item in self.items))


def read_source(section: Section, folder: Path) -> Source:
    """What a suite says of its dataset; paths are relative to `folder`. Raises PromptError with the line."""
    section.only(KEYS)
    path, hub = section.text("path"), section.text("huggingface")
    if not path and not hub:
        raise section.error("the dataset needs a path", hint="write dataset: {path: items.jsonl}")
    if path and hub:
        raise section.error("the dataset is a file at a path, or one of Hugging Face: not both", "huggingface")
    if section.text("subset") and not hub:
        raise section.error("only a Hugging Face dataset has subsets", "subset")
    rename = {name: _text_under(section, name) for name in section.section("rename").table}
    return Source(
        folder / path if path else Path(hub or ""),
        section.text("id") or "id",
        section.text("cluster") or "",
        section.text("tags") or "tags",
        section.text("split") or "",
        section.whole_number("limit", least=1),
        rename,
        section.place("path" if path else "huggingface"),
        placed(hub, folder) if hub else "",
        section.text("subset") or "",
    )


def _text_under(section: Section, name: str) -> str:
    inner = section.section("rename")
    found = inner.text(name)
    if not found:
        raise inner.error(f"rename needs the name of a field for {name!r}", name)
    return found


def read_dataset(source: Source) -> Dataset:
    """All items. Raises NotFoundError where there is no file, and ProjectError that lists the first mistakes."""
    hub = source.huggingface
    content = json_lines(hub, source.subset, source.split, source.place) if hub else _read(source)
    items: list[Item] = []
    wrong: list[tuple[int, str]] = []
    for line, row in _rows(source.path, content):
        if isinstance(row, str):
            wrong.append((line, row))
        elif hub or not source.split or str(row.get("split", "")) == source.split:
            try:
                items.append(_item(row, line, source))
            except ValueError as error:
                wrong.append((line, str(error)))
    wrong += _repeated(items)
    if wrong:
        raise _mistakes(source.path, sorted(wrong))
    if not items:
        which = f" of the split {source.split!r}" if source.split else ""
        said = f"{source.place}: " if source.place else ""
        raise ProjectError(
            f"{said}{source.path} holds no items{which}", hint='a row is like {"id": "1", "question": "…"}'
        )
    return Dataset(tuple(items[: source.limit]), hashlib.sha256(content).hexdigest()[:16])


def _read(source: Source) -> bytes:
    path, said = source.path, f"{source.place}: " if source.place else ""
    try:
        content = path.read_bytes()
        content.decode()
    except FileNotFoundError:
        beside = [each.name for each in path.parent.glob("*") if each.is_file()]
        raise NotFoundError(f"{said}there is no dataset {path}", hint=nearest(path.name, beside)) from None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{said}{path} cannot be read: {error}", hint="a dataset is a text file in UTF-8") from None
    return content


_Row = Mapping[str, object]


def _rows(path: Path, content: bytes) -> Iterator[tuple[int, _Row | str]]:
    """Line and row, or what is wrong with it."""
    text = content.decode("utf-8-sig")
    if path.suffix.lower() == ".csv":
        yield from _csv_rows(text)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"this is not JSON: {error}"
            continue
        yield number, row if isinstance(row, dict) else 'a row is an object like {"id": "1", "question": "…"}'


def _csv_rows(text: str) -> Iterator[tuple[int, _Row | str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            wide = None in row or None in row.values()
            yield reader.line_num, "it has not as many cells as the head" if wide else row
    except csv.Error as error:
        yield reader.line_num, f"this is not CSV: {error}"


def _item(row: _Row, line: int, source: Source) -> Item:
    """Raises ValueError with what is wrong."""
    missing = [name for name in source.rename.values() if name not in row]
    if source.cluster and row.get(source.cluster) in (None, ""):
        missing.append(source.cluster)
    if missing:
        raise ValueError(f"missing: {', '.join(missing)} (there are: {', '.join(map(str, row))})")
    key = row.get(source.id, line)
    if not isinstance(key, str | int) or isinstance(key, bool) or key == "":
        raise ValueError(f"{source.id} must be a text or a whole number, not {key!r}")
    fields = {**row, **{name: row[field] for name, field in source.rename.items()}}
    cluster = str(row[source.cluster]) if source.cluster else ""
    return Item(str(key), fields, cluster, _tags(row.get(source.tags)), line)


def _tags(value: object) -> tuple[str, ...]:
    match value:
        case None | "":
            return ()
        case str():
            return tuple(tag.strip() for tag in value.split(",") if tag.strip())
        case list() if all(isinstance(each, str) for each in value):
            return tuple(value)
    raise ValueError(f"tags must be texts, not {value!r}")


def _repeated(items: Sequence[Item]) -> list[tuple[int, str]]:
    first: dict[str, int] = {}
    return [
        (item.line, f"the id {item.id!r} is that of line {line}")
        for item in items
        if (line := first.setdefault(item.id, item.line)) != item.line
    ]


def _mistakes(path: Path, wrong: Sequence[tuple[int, str]]) -> ProjectError:
    told = [f"{path}:{line}: {what}" for line, what in wrong[:TOLD]]
    if len(wrong) > TOLD:
        told.append(f"and {len(wrong) - TOLD} more")
    return ProjectError("\n".join(told))
