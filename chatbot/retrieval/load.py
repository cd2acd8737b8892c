"""Files to documents. A loader is a function from bytes to text, registered by file ending.

Offsets of Markdown and text are offsets in the decoded file itself, byte order mark and line ends kept. HTML becomes
plain text with its headings as Markdown headings, and offsets are offsets in that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import KnowledgeError
from chatbot.messages import Metadata

MAX_BYTES = 50_000_000
"""Larger files are skipped: their text would fill the memory several times."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its source."""

    source: str
    """Path relative to the root, or the record's id."""
    text: str
    title: str = ""
    is_file: bool = True
    metadata: Metadata = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """sha256 of all that the index holds of it."""
        whole = repr((self.title, sorted(self.metadata.items()), self.text))
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def decode_text(data: bytes) -> str:
    """UTF-8, as it stands. Raises UnicodeDecodeError."""
    return data.decode("utf-8")


def decode_html(data: bytes) -> str:
    """The readable text of a page, a block per line, headings marked as in Markdown."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(data, "html.parser")
    for hidden in page(["script", "style", "nav", "template", "noscript"]):
        hidden.decompose()
    for level in range(1, 7):
        for heading in page(f"h{level}"):
            heading.insert(0, f"{'#' * level} ")
    for block in page(["p", "div", "li", "tr", "pre", "section", "h1", "h2", "h3", "h4", "h5", "h6", "br"]):
        block.append("\n\n")
    lines = [" ".join(line.split()) for line in page.get_text(" " if not page.find("p") else "").split("\n")]
    return "\n".join(line for i, line in enumerate(lines) if line or (i and lines[i - 1])) + "\n"


LOADERS: Mapping[str, Callable[[bytes], str]] = {
    ".md": decode_text,
    ".markdown": decode_text,
    ".txt": decode_text,
    ".html": decode_html,
    ".htm": decode_html,
}
"""File ending to loader: a new format is one function and one line here."""


def files(root: Path) -> Iterator[Path]:
    """The files below a folder that may be documents: hidden ones and those that leave it by a link are not."""
    if root.is_file():
        yield root
        return
    real = root.resolve()
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if (
            not any(part.startswith(".") for part in relative.parts)
            and path.is_file()
            and path.resolve().is_relative_to(real)
        ):
            yield path


def read(path: Path, source: str) -> Document:
    """The document in a file. Raises KnowledgeError with the reason where there is none."""
    loader = LOADERS.get(path.suffix.lower())
    if loader is None:
        raise KnowledgeError(f"files ending in {path.suffix or 'nothing'} are not read")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KnowledgeError(f"larger than {MAX_BYTES // 1_000_000} MB")
        text = loader(path.read_bytes())
    except OSError as error:
        raise KnowledgeError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"not UTF-8 text (byte {error.start})") from error
    if "\0" in text:
        raise KnowledgeError("binary data, not text")
    if not text.strip():
        raise KnowledgeError("empty")
    return Document(source, text, _title(text) or path.stem)


def _title(text: str) -> str:
    for line in text.splitlines()[:40]:
        if line.lstrip("\ufeff").startswith("# "):
            return line.lstrip("\ufeff")[2:].strip()
    return ""
