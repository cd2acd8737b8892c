"""An entry of a suite's scorers, as the readers of the kinds see it: options checked, with file and line.

{kind: contains, expect: "{{ answer }}", ignore_case: true}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from chatbot.errors import PromptError, UsageError, nearest
from chatbot.evaluation.records import Item
from chatbot.evaluation.scoring.expected import Expected, Fields, read_expected
from chatbot.prompting.extraction import Extraction
from chatbot.prompting.section import Section

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One scorer's table."""

    section: Section
    fields: Fields | None = None
    """Those of the dataset; None where they are not known."""
    reads: Extraction | None = None
    """How the prompt's answers are read; None where that is not known."""

    @property
    def folder(self) -> Path:
        """Where the suite lies."""
        return self.section.file.path.parent

    def has(self, key: str) -> bool:
        """Whether the entry gives this key."""
        return self.section.table.get(key) is not None

    def expected(self, key: str = "expect", default: str = "") -> Expected:
        """The value under a key, or else the field `default`.

        Raises PromptError where there is neither, or with the line of a wrong template.
        """
        if self.has(key):
            return read_expected(self.section, key, self.fields)
        if not default or (self.fields is not None and default not in self.fields):
            hint = f'write it as {key}: "{{{{ {default or "field"} }}}}"'
            raise self.error(f"{self.section.text('kind')} needs `{key}`", hint=hint)
        written = Section(self.section.file, {key: f"{{{{ {default} }}}}"}, self.section.at)
        return read_expected(written, key, self.fields)

    def optional(self, key: str) -> Expected | None:
        """The value under a key; None where there is none."""
        return read_expected(self.section, key, self.fields) if self.has(key) else None

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """The word under a key, one of several."""
        word = self.section.text(key)
        if word is not None and word not in choices:
            raise self.error(
                f"{key} must be one of {', '.join(choices)}, not {word!r}", key, hint=nearest(word, choices)
            )
        return word or default

    def made(self, key: str, value: Expected, make: Callable[[object], T]) -> Callable[[Item], T]:
        """What `make` gives of an item's value: made now where no item changes it, so that mistakes have their line.

        `make` raises UsageError for what it does not take.
        """
        if not value.constant:
            return lambda item: make(value.value(item))
        try:
            ready = make(value.fill({}))
        except UsageError as error:
            raise self.error(error.message, key, hint=error.hint) from None
        return lambda item: ready

    def error(self, message: str, key: str | None = None, *, hint: str = "") -> PromptError:
        """An error about a value, or about the entry."""
        return self.section.error(message, key, hint=hint)
