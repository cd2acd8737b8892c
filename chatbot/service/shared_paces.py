"""One pace for an endpoint and model, kept by everybody in the process who asks it."""

from __future__ import annotations

import threading
import weakref

from chatbot.service.pace import START, Pace

_PACES: weakref.WeakValueDictionary[tuple[str, ...], Pace] = weakref.WeakValueDictionary()
_LOCK = threading.Lock()


def pace_of(url: str, model: str, key: str = "", *, start: int = START) -> Pace:
    """The pace that all share who ask this model at this address with this key."""
    with _LOCK:
        pace = _PACES.get((url, model, key))
        if pace is None:
            pace = _PACES[url, model, key] = Pace(url, start=start)
        return pace


def troubles() -> list[str]:
    """What calls wait for at present, a line for each endpoint in trouble."""
    with _LOCK:
        paces = list(_PACES.values())
    return [trouble for pace in paces if (trouble := pace.trouble)]
