"""What a forked child must not take over from its parent: threads that are not there, locks that nobody lets go of.

Who keeps such things says so here, and is told in the child. Nothing that was inherited is closed there, since the
parent goes on using it. Only Unix can fork.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Protocol


class Inherited(Protocol):
    """Something that has to begin anew in a forked child."""

    def inherit(self) -> None:
        """This process is a forked child of the one that made it, and nothing else happens in it yet."""


def renewed_in_children(thing: Inherited) -> None:
    """Calls `thing.inherit` in each forked child, as long as the thing is there."""
    _RENEWED.add(thing)


def in_children(forget: Callable[[], object]) -> None:
    """Calls `forget` in each forked child, before anything else happens there."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)


def keep_inherited(inherited: object) -> None:
    """Keeps what a child has inherited and does not use, so that it is not closed by being collected."""
    _KEPT.append(inherited)


_RENEWED: weakref.WeakSet[Inherited] = weakref.WeakSet()
_KEPT: list[object] = []


def _inherit() -> None:
    for thing in list(_RENEWED):
        thing.inherit()


in_children(_inherit)
