"""Files to documents, by the converter of their format.

Offsets of Markdown, text and code are offsets in the decoded file itself, line ends kept, less what nobody can see (see
`unseen`); of other formats they are offsets in the text that their converter makes, whose anchors lead back to the
file. Refuses, with a reason in a few words, what is too large, not text, or empty.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.anchors import Anchor
from chatbot.codec import plain
from chatbot.errors import KnowledgeError
from chatbot.messages import Metadata
from chatbot.retrieval.formats.table_of_formats import LOCKS, WRITTEN_BY_PROGRAMS, format_of
from chatbot.retrieval.unseen import cleaned

MAX_BYTES = 20_000_000
"""Larger files are skipped: such a text is data rather than something to read, and fills the memory several times."""

MAX_BINARY_BYTES = 100_000_000
"""The same for formats such as PDF: most of what they hold is pictures and fonts."""

CLOCK_TICK = 2_000_000_000
"""Nanoseconds within which two changes of a file may bear the same time: the coarsest file system in use (FAT)."""

TITLE_LINES = 40
"""A title stands in these first lines, or nowhere."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its source."""

    source: str
    """Path relative to the root, or the record's id."""
    text: str
    title: str = ""
    is_file: bool = True
    metadata: Metadata = field(default_factory=dict)
    anchors: tuple[Anchor, ...] = ()
    """See `Converted`, for this and what follows."""
    has_lines: bool = True
    language: str = ""
    format: str = ""
    """The name of its format; "" for records."""

    @property
    def hash(self) -> str:
        """sha256 of all that the index holds of it."""
        held: list[object] = [self.title, self.metadata]
        if self.anchors or not self.has_lines or self.language:
            held.append([plain(self.anchors), self.has_lines, self.language])
        digest = hashlib.sha256(json.dumps(held, sort_keys=True).encode())
        digest.update(self.text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def stamp(path: Path, *, now: int | None = None) -> str:
    """What tells, without reading it, that a file has not changed since it was read; to be taken before reading it.

    "" where it cannot tell: a file changed within the last tick of the clock may change again without showing it.
    now: nanoseconds since the epoch; None for the clock. Raises OSError.
    """
    status = path.stat()
    now = time.time_ns() if now is None else now
    if max(status.st_mtime_ns, status.st_ctime_ns) >= now - CLOCK_TICK:
        return ""
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size} {status.st_ino}"


def refusal(path: Path, size: int) -> str:
    """Why a file of this many bytes is not opened; "" where it is. Neither reads the file nor looks at it."""
    form = format_of(path)
    if form is None:
        return f"files ending in {path.suffix or 'nothing'} are not read"
    if not size:
        return "empty"
    if path.name in WRITTEN_BY_PROGRAMS or path.name.startswith(LOCKS):
        return "written by a program"
    most = MAX_BINARY_BYTES if form.apart else MAX_BYTES
    return f"larger than {most // 1_000_000} MB" if size > most else form.missing


def content_key(path: Path) -> bytes:
    """Stands for the bytes of a file: equal for equal ones. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def read(path: Path, source: str) -> Document:
    """The document in a file. Raises KnowledgeError with the reason where it holds none, and OSError."""
    if not path.is_file():
        raise KnowledgeError("not a file")
    reason, form = refusal(path, path.stat().st_size), format_of(path)
    if reason or form is None:
        raise KnowledgeError(reason)
    with path.open("rb") as file:
        data = file.read(MAX_BINARY_BYTES + 1)
    if reason := refusal(path, len(data)):  # it grew meanwhile, or its system does not tell its size
        raise KnowledgeError(reason)
    try:
        found = form.convert(data)
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"not {error.encoding.upper()} text (byte {error.start})") from error
    if "\0" in found.text:
        raise KnowledgeError("binary data, not text")
    found = cleaned(found)
    if not found.text.strip():
        raise KnowledgeError("empty")
    return Document(
        source,
        found.text,
        found.title or _title(found.text) or path.stem,
        metadata=found.metadata,
        anchors=found.anchors,
        has_lines=found.has_lines,
        language=found.language,
        format=form.name,
    )


def _title(text: str) -> str:
    for line in text[:10_000].splitlines()[:TITLE_LINES]:
        if line.startswith("# "):
            return line[2:].strip().rstrip("#").strip()
    return ""
