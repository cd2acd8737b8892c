"""Packages that an extra brings, and what is said where they are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chatbot.errors import UsageError


@contextmanager
def brought_by(extra: str, what: str) -> Iterator[None]:
    """Stands around imports of what only this extra brings. Raises UsageError, which names it, where that is missing.

    what: needs it, for the message: "pictures".
    """
    try:
        yield
    except ImportError as error:
        raise UsageError(f"{what} need the extra `{extra}`", hint=f"pip install 'chatbot[{extra}]'") from error
