"""Which programs that share a journal are alive, told by files that each of them holds locked while it runs.

The system lets go of a lock when its holder dies, however it dies; a process id would be reused, and means nothing in
another container. Call this only inside a write transaction of the journal, so that no two programs meet over a file.
"""

from __future__ import annotations

import contextlib
import secrets
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from chatbot.errors import JournalError
from chatbot.forking import renewed_in_children
from chatbot.locks import FileLock


class Presence:
    """This program, as others that use the same journal see it. `folder` None: there are no others."""

    def __init__(self, folder: Path | None) -> None:
        self.token = secrets.token_hex(8)
        """Stands for this program in the journal."""
        self._folder = folder
        self._leave: weakref.finalize[..., Presence] | None = None
        renewed_in_children(self)

    def inherit(self) -> None:
        """A forked child is a program of its own. For `forking`."""
        self.token = secrets.token_hex(8)
        if self._leave is not None and (kept := self._leave.detach()):
            lock: FileLock = kept[2][0]
            lock.close()  # which leaves it to the parent, and does not hold it any longer than that
        self._leave = None

    def announce(self) -> str:
        """Lets the others see that this program is alive, from now until `leave` or its end; returns its token.

        Raises JournalError where its file cannot be written, as `hold` does.
        """
        if self._folder is not None and self._leave is None:
            with _written_in(self._folder):
                self.sweep()
                path = self._folder / self.token
                lock = FileLock(path)
                if lock.supported:
                    lock.acquire()
            self._leave = weakref.finalize(self, _leave, lock, path)
        return self.token

    def sweep(self) -> int:
        """Removes the files of programs that died; how many."""
        others = [other.name for other in self._folder.iterdir()] if self._folder and self._folder.is_dir() else []
        return sum(not self.is_alive(other) for other in others)

    def is_alive(self, token: str) -> bool:
        """Whether the program of this token still runs. Without locks in the file system none but this one seems to."""
        if token == self.token:
            return True
        if self._folder is None or not token.isalnum() or not (path := self._folder / token).is_file():
            return False
        lock = FileLock(path)
        if lock.supported and not lock.acquire():
            lock.close()
            return True
        _leave(lock, path)
        return False

    def hold(self, name: str) -> Callable[[], None] | None:
        """Holds a name, of letters and digits, until what is returned is called, or this program dies.

        None where it is held already, by this program or another. Without locks in the file system it is always free.
        """
        if self._folder is None:
            return lambda: None
        path = self._folder / name
        with _written_in(self._folder):
            lock = FileLock(path)
            if lock.supported and not lock.acquire():
                lock.close()
                return None
        return partial(_leave, lock, path)

    def leave(self) -> None:
        """This program has ended, as far as the journal is concerned."""
        if self._leave is not None:
            self._leave()


@contextlib.contextmanager
def _written_in(folder: Path) -> Iterator[None]:
    """Makes the folder where it is missing, and says for people what goes wrong with files in it."""
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        yield
    except OSError as error:
        what = f"{folder} cannot be written to: {error.strerror}"
        raise JournalError(what, hint="check its permissions, and whether the disk is full") from error


def _leave(lock: FileLock, path: Path) -> None:
    lock.close()
    with contextlib.suppress(OSError):  # the folder may be gone, and a file left behind does no harm
        path.unlink()
