"""`chatbot index --watch`: the index follows the documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

from chatbot.cli.screen import Screen
from chatbot.errors import ChatbotError


def follow(documents: Path, refresh: Callable[[], object], screen: Screen) -> None:
    """Refreshes at once, and again whenever a document has changed, until Ctrl-C.

    A folder that is gone, a full disk or a service that is down is told, and tried again with the next change.
    """
    from chatbot.retrieval.watch import changes

    screen.notice(f"following {documents}; Ctrl-C ends it")
    try:
        for _ in changes(documents, Event()):
            try:
                refresh()
            except ChatbotError as error:
                screen.error(error)
    except KeyboardInterrupt:
        screen.notice("no longer following; the index is up to date with the last line above")
