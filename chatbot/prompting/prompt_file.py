"""A prompt file as text: frontmatter and body apart, each with its lines, so that every error can point at one.

Takes UTF-8 of at most a megabyte, with frontmatter in strict YAML. Gives plain data and the body; what the keys mean is
not known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import NotFoundError, PromptError
from chatbot.prompting.strict_yaml import Place, error_at, read_yaml

MAX_BYTES = 1_000_000
"""A prompt is text that a person wrote; more than this is a mistake."""

_FENCE = re.compile(r"(?:---|\+\+\+)[ \t]*")


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A file's two halves, and where in it everything stands."""

    path: Path
    data: Mapping[str, object]
    body: str
    body_line: int = 1
    """Line of the file on which the body begins."""
    lines: Mapping[Place, int] = field(default_factory=dict)

    def error(self, message: str, *, at: Place = (), hint: str = "") -> PromptError:
        """An error about the value at `at`, or about the nearest thing around it that has a line."""
        return error_at(self.path, self.line_of(at), message, hint=hint)

    def line_of(self, at: Place) -> int:
        """The line of a value, or of the nearest thing around it that has one."""
        while at not in self.lines and at:
            at = at[:-1]
        return self.lines.get(at, 1)

    def body_error(self, line: int, message: str, *, hint: str = "") -> PromptError:
        """An error about a line of the body, counted from 1."""
        return error_at(self.path, self.body_line + line - 1, message, hint=hint)


def read_prompt_file(path: Path) -> PromptFile:
    """Reads and splits a file.

    Raises NotFoundError when there is none, PromptError for one that cannot be read or whose YAML is wrong.
    """
    return split_prompt_file(path, _read(path))


def split_prompt_file(path: Path, text: str) -> PromptFile:
    """The halves of a file whose text is at hand; `path` is what errors name. Raises PromptError for wrong YAML."""
    first, *rest = text.split("\n")
    if not _FENCE.fullmatch(first):
        return PromptFile(path, {}, text)
    end = next((number for number, line in enumerate(rest) if _FENCE.fullmatch(line)), None)
    if end is None:
        raise error_at(path, 1, "the frontmatter is not closed", hint="end it with a line of three dashes")
    data, lines = read_yaml(path, "\n".join(rest[:end]), line=2)
    if not isinstance(data, dict | None):
        raise error_at(path, 2, "the frontmatter must be a table of `key: value` lines")
    return PromptFile(path, data or {}, "\n".join(rest[end + 1 :]), end + 3, lines)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no prompt file {path}") from None
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError:
        raise NotFoundError(f"there is no prompt file {str(path)!r}: no file can have this name") from None
    if len(content) > MAX_BYTES:
        raise PromptError(f"{path} is longer than {MAX_BYTES:,} bytes", hint="a prompt file holds a prompt")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise error_at(path, line, "this is not UTF-8 text", hint="save the file as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
