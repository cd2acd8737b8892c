"""How SQLite writes a file so that no fault of its own can strike: by the version that is linked."""

from __future__ import annotations

from typing import Literal


def has_wal_reset_fault(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite may corrupt a WAL database when two connections write and checkpoint at the same moment.

    From 3.7.0 on; mended in 3.51.3, and in 3.50.7 and 3.44.6 for their branches (sqlite.org/wal.html#walresetbug).
    """
    mended = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return version >= (3, 7) and not mended


def journal_mode(version: tuple[int, int, int], *, guarded: bool) -> Literal["WAL", "DELETE"]:
    """How the file is written: by a write-ahead log, unless the linked SQLite's fault could strike.

    guarded: writers and checkpoints exclude each other by the lock file, which leaves the fault no room. They do so
        with a mended SQLite too: another program on the same file may have a faulty one.
    """
    return "WAL" if guarded or not has_wal_reset_fault(version) else "DELETE"
