"""A table of the frontmatter that knows where it stands: a value comes out checked, or as an error with its line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from chatbot.errors import PromptError, nearest
from chatbot.prompting.inputs import brief
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.strict_yaml import Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Section:
    """A table, and the keys that lead to it."""

    file: PromptFile
    table: Mapping[str, object]
    at: Place = ()

    def error(self, message: str, key: str | None = None, *, hint: str = "") -> PromptError:
        """An error about a value, or about the table itself."""
        return self.file.error(message, at=self.at if key is None else (*self.at, key), hint=hint)

    def place(self, *keys: str | int) -> str:
        """File and line of a value, or of the nearest thing around it."""
        return f"{self.file.path}:{self.file.line_of((*self.at, *keys))}"

    def only(self, known: Collection[str], *, reasons: Mapping[str, str] | None = None) -> None:
        """Refuses all other keys; `reasons` has the hints for some of them. Raises PromptError."""
        for key in self.table:
            if key not in known:
                where = f" in {'.'.join(map(str, self.at))}" if self.at else ""
                hint = (reasons or {}).get(key) or nearest(key, known)
                raise self.error(f"unknown key {key!r}{where}", key, hint=hint)

    def section(self, key: str) -> Section:
        """The table under a key; an empty one where there is none. Raises PromptError for anything else."""
        value = self._value(key, Mapping, "a table of `key: value` lines")
        return Section(self.file, value or {}, (*self.at, key))

    def text(self, key: str) -> str | None:
        """The text under a key."""
        return self._value(key, str, "text")

    def flag(self, key: str) -> bool:
        """The truth value under a key; false where there is none."""
        return bool(self._value(key, bool, "true or false"))

    def items(self, key: str) -> Sequence[object]:
        """The list under a key; an empty one where there is none."""
        return self._value(key, list, "a list") or ()

    def whole_number(self, key: str, *, least: int | None = None) -> int | None:
        """The whole number under a key."""
        value = self._value(key, int, "a whole number")
        if value is not None and least is not None and value < least:
            raise self.error(f"{key} must be at least {least}, not {value!r}", key)
        return value

    def number(self, key: str, *, least: float, most: float) -> float | None:
        """The number under a key."""
        what = f"a number from {least:g} to {most:g}"
        value = self._value(key, (int, float), what)
        if value is None:
            return None
        if not least <= value <= most:
            raise self.error(f"{key} must be {what}, not {value!r}", key)
        return float(value)

    def _value(self, key: str, kind: type[T] | tuple[type[T], ...], what: str) -> T | None:
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(f"{key} must be {what}, not {brief(value)}", key)
        return value
