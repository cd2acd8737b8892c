"""YAML as plain data, with the line of every value.

Refuses what YAML would resolve in silence or at any cost: aliases, doubled keys, keys that are not text, numbers of
more than a thousand digits, and tags that make objects. Errors begin with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from chatbot.errors import PromptError

if TYPE_CHECKING:
    from yaml import MappingNode, Node

Place = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""

MAX_DIGITS = 1_000
"""Of a number: Python refuses to print those of some thousand."""


def error_at(path: Path, line: int, message: str, *, hint: str = "") -> PromptError:
    """An error that begins with file and line, as editors and terminals link them."""
    return PromptError(f"{path}:{line}: {message}", hint=hint)


def read_yaml(path: Path, text: str, *, line: int = 1) -> tuple[object, Mapping[Place, int]]:
    """The data, and the line of each value in the file; `line` is the one on which the text begins.

    Raises PromptError with the line of what is no YAML, or not taken here.
    """
    import yaml

    walk = _Walk(path, line)
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            return None, {}
        walk.note(root, ())
        return loader.construct_document(root), walk.lines
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line + line if error.problem_mark else line
        raise error_at(path, at, f"this is not YAML: {error.problem or error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise error_at(path, line, f"this is not YAML: {error}".splitlines()[0]) from error
    except RecursionError:
        raise error_at(path, line, "this YAML is nested too deeply") from None


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through a tree of nodes once, before anything is made of them."""

    path: Path
    first: int
    lines: dict[Place, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def note(self, node: Node, place: Place) -> None:
        """Notes the line of each value. Raises PromptError for what is not taken."""
        import yaml

        line = node.start_mark.line + self.first
        if id(node) in self.seen:
            message = "YAML aliases (&name, *name) are not used in prompt files"
            raise error_at(self.path, line, message, hint="write the value out")
        self.seen.add(id(node))
        self.lines.setdefault(place, line)
        if isinstance(node, yaml.MappingNode):
            self.note_entries(node, place)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.note(item, (*place, index))
        elif node.tag == "tag:yaml.org,2002:int" and len(node.value) > MAX_DIGITS:
            raise error_at(self.path, line, f"a number has more than {MAX_DIGITS:,} digits")

    def note_entries(self, node: MappingNode, place: Place) -> None:
        for key_node, value in node.value:
            key, line = cast(object, key_node.value), key_node.start_mark.line + self.first
            if not isinstance(key, str) or key_node.tag != "tag:yaml.org,2002:str":
                raise error_at(self.path, line, f"{key!r} is not a text key", hint="put it in quotes")
            if (*place, key) in self.lines:
                raise error_at(self.path, line, f"{key!r} is given twice")
            self.lines[(*place, key)] = line
            self.note(value, (*place, key))
