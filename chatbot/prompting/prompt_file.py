"""A prompt file as text: frontmatter and body apart, each with its lines, so that every error can point at one.

Takes UTF-8 of at most a megabyte and YAML without aliases and doubled keys. Gives plain data and the body; what the
keys mean is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from chatbot.errors import NotFoundError, PromptError

if TYPE_CHECKING:
    from yaml import Node

MAX_BYTES = 1_000_000
"""A prompt is text that a person wrote; more than this is a mistake."""

_FENCE = re.compile(r"(?:---|\+\+\+)[ \t]*")

Place = tuple[str | int, ...]
"""Keys that lead to a value of the frontmatter."""


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
        while at not in self.lines and at:
            at = at[:-1]
        return error_at(self.path, self.lines.get(at, 1), message, hint)

    def body_error(self, line: int, message: str, *, hint: str = "") -> PromptError:
        """An error about a line of the body, counted from 1."""
        return error_at(self.path, self.body_line + line - 1, message, hint)


def error_at(path: Path, line: int, message: str, hint: str = "") -> PromptError:
    """An error that begins with file and line, as editors and terminals link them."""
    return PromptError(f"{path}:{line}: {message}", hint=hint)


def read_prompt_file(path: Path) -> PromptFile:
    """Reads and splits a file.

    Raises NotFoundError when there is none, PromptError for one that cannot be read or whose YAML is wrong.
    """
    text = _read(path)
    first, *rest = text.split("\n")
    if not _FENCE.fullmatch(first):
        return PromptFile(path, {}, text)
    end = next((number for number, line in enumerate(rest) if _FENCE.fullmatch(line)), None)
    if end is None:
        raise error_at(path, 1, "the frontmatter is not closed", "end it with a line of three dashes")
    data, lines = _parse_yaml(path, "\n".join(rest[:end]))
    return PromptFile(path, data, "\n".join(rest[end + 1 :]), end + 3, lines)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"there is no prompt file {path}") from None
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise error_at(path, line, "this is not UTF-8 text", "save the file as UTF-8") from error
    if len(content) > MAX_BYTES:
        raise PromptError(f"{path} is longer than {MAX_BYTES:,} bytes", hint="a prompt file holds a prompt")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parse_yaml(path: Path, text: str) -> tuple[Mapping[str, object], Mapping[Place, int]]:
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Place, int] = {(): 1}
        if root is not None:
            _walk(path, root, (), lines, set())
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise error_at(path, line, f"the frontmatter is not YAML: {error.problem or error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise error_at(path, 1, f"the frontmatter is not YAML: {error}".splitlines()[0]) from error
    except RecursionError:
        raise error_at(path, 1, "the frontmatter is nested too deeply") from None
    if not isinstance(data, dict | None):
        raise error_at(path, 2, "the frontmatter must be a table of `key: value` lines")
    return data or {}, lines


def _walk(path: Path, node: Node, place: Place, lines: dict[Place, int], seen: set[int]) -> None:
    """Notes the line of each value. Refuses what YAML would resolve in silence: aliases and doubled keys."""
    import yaml

    if id(node) in seen:
        line = node.start_mark.line + 2
        raise error_at(path, line, "YAML aliases (&name, *name) are not used in prompt files", "write the value out")
    seen.add(id(node))
    lines.setdefault(place, node.start_mark.line + 2)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(path, item, (*place, index), lines, seen)
    elif isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            key, line = cast(object, key_node.value), key_node.start_mark.line + 2
            if not isinstance(key, str) or key_node.tag != "tag:yaml.org,2002:str":
                raise error_at(path, line, f"{key!r} is not a text key", "put it in quotes")
            if (*place, key) in lines:
                raise error_at(path, line, f"{key!r} is given twice")
            lines[(*place, key)] = line
            _walk(path, value, (*place, key), lines, seen)
