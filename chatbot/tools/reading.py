"""Tokens as they are read one after the other, and what to say of one that does not fit, with its column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from chatbot.errors import ToolError, nearest
from chatbot.tools.arithmetic import CONSTANTS, FUNCTIONS
from chatbot.tools.tokens import Token
from chatbot.tools.units import unit_names

T = TypeVar("T")


@dataclass(slots=True)
class Reader:
    """The tokens of a calculation and how far they have been read."""

    tokens: list[Token]
    position: int = 0

    def peek(self, ahead: int = 0) -> Token:
        """The token that comes next, or one behind it."""
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token, which is read by that."""
        token = self.peek()
        self.position += 1
        return token

    def words(self, *wanted: str) -> bool:
        """Whether these words come next; they are read then. Alternatives are set apart by spaces."""
        if all(self.peek(at).text in each.split() for at, each in enumerate(wanted)):
            self.position += len(wanted)
            return True
        return False

    def expect(self, *words: str) -> Token:
        """Reads one of these words or signs. Raises ToolError where something else comes."""
        if self.peek().text not in words:
            raise self.unexpected(" or ".join(map(repr, words)))
        return self.take()

    def unexpected(self, wanted: str) -> ToolError:
        """What to say of the token that comes next."""
        token = self.peek()
        found = f"not {token.written!r}" if token.kind != "end" else "but the expression ends"
        hint = ""
        if wanted in ("an operator", "a unit") and token.kind == "name" and token.text not in {*FUNCTIONS, *CONSTANTS}:
            hint = close(token.written, unit_names())
        if not hint and wanted == "an operator" and (token.kind in ("number", "name") or token.text == "("):
            hint = "write * to multiply"
        if wanted == "an operator" and token.text == ",":
            hint = "write decimals with a point, 1.5"
        return problem(token, f"expected {wanted}, {found}", hint)

    def compute(self, at: Token, function: Callable[..., T], *values: object) -> T:
        """The function's value; its errors get the token's column."""
        try:
            return function(*values)
        except ToolError as error:
            raise problem(at, error.message, error.hint) from None


def problem(at: Token, message: str, hint: str = "") -> ToolError:
    """An error that says where."""
    return ToolError(f"column {at.column}: {message}", hint=hint)


def close(name: str, known: Iterable[str]) -> str:
    """A hint where a known name is much like this one; few mistype the first letter."""
    alike = [each for each in known if len(each) > 2 and each[0].casefold() == name[0].casefold()]
    hint = nearest(name, alike) if 2 < len(name) <= 40 else ""
    return hint if hint.startswith("did you mean") else ""
