"""Jupyter notebooks: the text of its cells, code in fences, and what code printed below it.

In: a notebook of format 3 or 4. Out: an anchor for each cell, counted from 1. Pictures and other output that is no text
are left out. Refuses what is no notebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from chatbot.anchors import Anchor
from chatbot.errors import KnowledgeError
from chatbot.html_text import html_text
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.plain_text import text_of

_LONGEST_OUTPUT = 2_000
"""Characters of what a cell printed: what people look for stands in the first lines."""

_OBJECT = re.compile(r"<[\w.]+(?: [^\n<>]*)?>")
"""How Python names what it shows in another form: `<Figure size 640x480 with 1 Axes>`."""

_TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def convert(data: bytes) -> Converted:
    """The cells in order. Raises KnowledgeError."""
    try:
        notebook = json.loads(text_of(data))
    except (ValueError, RecursionError) as error:
        raise KnowledgeError("no notebook: it is no JSON") from error
    cells = _cells(notebook)
    language = _language(notebook)
    parts: list[str] = []
    anchors: list[Anchor] = []
    start = 0
    for number, cell in enumerate(cells, 1):
        part = "\n\n".join(_shown(cell, language))
        if part.strip():
            anchors.append(Anchor(start, "cell", str(number)))
            parts.append(part + "\n\n")
            start += len(parts[-1])
    return Converted("".join(parts), anchors=tuple(anchors), has_lines=False)


def _cells(notebook: object) -> list[Mapping[str, object]]:
    if isinstance(notebook, dict):
        cells = notebook.get("cells")
        if cells is None and isinstance(sheets := notebook.get("worksheets"), list):
            cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]
        if isinstance(cells, list):
            return [cell for cell in cells if isinstance(cell, dict)]
    raise KnowledgeError("no notebook: it has no cells")


def _language(notebook: Mapping[str, object]) -> str:
    metadata = notebook.get("metadata")
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        about = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(about, dict) and isinstance(language := about.get(name), str):
            return language if language.isalnum() else ""
    return ""


def _shown(cell: Mapping[str, object], language: str) -> Iterator[str]:
    source = _joined(cell.get("source", cell.get("input"))).strip("\n")
    if not source.strip():
        return
    if cell.get("cell_type") != "code":
        level = cell.get("level")
        yield f"{'#' * level} {source}" if cell.get("cell_type") == "heading" and isinstance(level, int) else source
        return
    yield _fenced(source, language)
    outputs = cell.get("outputs")
    printed = "".join(_printed(output) for output in outputs) if isinstance(outputs, list) else ""
    if printed.strip():
        yield _fenced(printed[:_LONGEST_OUTPUT].strip("\n"), "")


def _printed(output: object) -> str:
    if not isinstance(output, dict):
        return ""
    data = output.get("data")
    shown = _as_text(data) if isinstance(data, dict) else _joined(output.get("text"))
    if output.get("output_type") in ("error", "pyerr"):
        shown = f"{output.get('ename')}: {output.get('evalue')}\n"
    lines = _TERMINAL.sub("", shown).replace("\r\n", "\n").split("\n")
    text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)  # what a progress bar came to
    return text if text.endswith("\n") or not text else text + "\n"


def _as_text(data: Mapping[str, object]) -> str:
    """What was shown, in the form in which it says most."""
    plain = _joined(data.get("text/plain"))
    if plain and not _OBJECT.fullmatch(plain.strip()):
        return plain
    return _joined(data.get("text/markdown")) or html_text(_joined(data.get("text/html"))).strip("\n")


def _joined(lines: object) -> str:
    """A text, which notebooks keep as a list of lines."""
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""


def _fenced(code: str, language: str) -> str:
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", code))])
    return f"{fence}{language}\n{code}\n{fence}"
