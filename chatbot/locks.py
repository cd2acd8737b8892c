"""A lock on a file, for programs that share a folder: the operating system lets go of it when its holder dies.

It tells apart every `FileLock`, also two in one process and two in different containers, and needs no process id that
could be reused. It is advisory: it binds only those who ask for it. The file itself stays empty.
"""

from __future__ import annotations

import errno
import os
import random
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}


class FileLock:
    """An exclusive lock on `path`, which is created when missing (its folder is not).

    Not reentrant, and one lock is for one thread at a time. A forked child shares its parent's lock; a process started
    in any other way does not.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)

    def acquire(self, timeout: float = 0.0) -> bool:
        """Takes the lock, waiting at most `timeout` seconds for it; says whether it was taken.

        It asks again and again, at random moments up to 2 ms apart, because a wait inside the system has no deadline.
        Raises OSError where the file system cannot lock; see `supported`.
        """
        deadline = time.monotonic() + timeout
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(random.uniform(0.0002, 0.002))
        return True

    def release(self) -> None:
        """Lets go of the lock, which must be held."""
        if sys.platform == "win32":
            os.lseek(self._file, 0, os.SEEK_SET)
            msvcrt.locking(self._file, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Closes the file, and with it lets go of the lock."""
        os.close(self._file)

    @property
    def supported(self) -> bool:
        """Whether the file system can lock at all; some network file systems cannot."""
        try:
            if self._try():
                self.release()
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return False
            raise
        return True

    def _try(self) -> bool:
        try:
            if sys.platform == "win32":
                os.lseek(self._file, 0, os.SEEK_SET)
                msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True
