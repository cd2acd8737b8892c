"""Shuts this process in: bounded memory, no file but Python's own library, no network, no other program.

For a process that reads files from anybody with libraries in C, which such a file may take over. Three guards lie one
behind the other: what the operating system counts (memory, size of files), what the Linux kernel refuses (Landlock for
files and ports, seccomp for sockets and programs), and an audit hook, which is everywhere but holds only what goes
through Python. A kernel that lacks a guard is no error: the others hold. Nothing here can be taken back.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

OPEN_FILES = 64
"""Most files open at once: the interpreter needs about ten."""

# --- Landlock: include/uapi/linux/landlock.h, the same numbers on every processor -------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_PATH_BENEATH = 1
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All that can be done with files, by the version of Landlock that first knows it."""
_PORT_RIGHTS = 0b11
"""To bind and to connect, from version 4 on."""
_SCOPES = 0b11
"""Abstract sockets and signals of other processes, from version 6 on."""

# --- seccomp: include/uapi/linux/{filter,seccomp,audit}.h -------------------------------------------------------------

_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED = {
    "x86_64": (41, 42, 53, 57, 58, 59, 62, 101, 250, 298, 310, 311, 321, 322, 323, 424, 425, 438),
    "aarch64": (198, 203, 199, 221, 129, 117, 219, 241, 270, 271, 280, 281, 282, 424, 425, 438),
}
"""socket, connect, socketpair, (fork, vfork,) execve, kill, ptrace, keyctl, perf_event_open, process_vm_readv,
process_vm_writev, bpf, execveat, userfaultfd, pidfd_send_signal, io_uring_setup, pidfd_getfd."""
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_CLONE_THREAD = 0x10000
_OLD_NUMBERS = 0x40000000
"""From here on are the numbers of a second table on x86_64."""
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
"""To do it; to answer EPERM; to answer ENOSYS, upon which the C library takes the older call."""
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2

_FORBIDDEN = (
    *("_winapi.", "ctypes.dlopen", "ftplib.", "http.", "imaplib.", "nntplib.", "os.", "poplib.", "pty.", "shutil."),
    *("smtplib.", "socket.", "sqlite3.", "subprocess.", "telnetlib.", "tempfile.", "urllib.", "webbrowser.", "winreg."),
)
"""How the names of audit events begin that touch what lies outside: https://docs.python.org/3/library/audit_events.html"""
_LOOKS = ("os.listdir", "os.scandir")


def confine(readable: Sequence[Path], *, megabytes: int) -> None:
    """From now on this process reads below `readable` and nothing else, and has so much memory."""
    roots = [os.path.realpath(path) for path in readable if path.is_dir()]
    _bound(megabytes)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _restrict_files(libc, roots)
        _refuse_calls(libc)
    sys.addaudithook(_Guard(roots))


def _bound(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for limit, value in (
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        with contextlib.suppress(OSError, ValueError):  # a lower bound is in force already
            resource.setrlimit(limit, (value, value))


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("ports", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def _restrict_files(libc: ctypes.CDLL, roots: Sequence[str]) -> None:
    """Landlock, as much of it as this kernel knows."""
    version = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return
    rights = max(value for first, value in _FILE_RIGHTS.items() if first <= version)
    wanted = _Ruleset(rights, _PORT_RIGHTS, _SCOPES)
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), 8 if version < 4 else 16 if version < 6 else 24, 0)
    if ruleset < 0:
        return
    for root in roots:
        folder = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
        rule = _PathBeneath(_READ_FILE | _READ_FOLDER, folder)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        os.close(folder)
    libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Steps(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def _refuse_calls(libc: ctypes.CDLL) -> None:
    """seccomp, on the processors whose numbers are known."""
    machine = platform.machine()
    if machine not in _MACHINES or sys.maxsize < 1 << 32:
        return
    steps = filter_steps(machine)
    array = (_Step * len(steps))(*(_Step(*step) for step in steps))
    libc.prctl(_SECCOMP, _FILTER, ctypes.byref(_Steps(len(steps), array)), 0, 0)


def filter_steps(machine: str) -> list[tuple[int, int, int, int]]:
    """The filter's program: operation, how many steps to skip where it holds and where not, and the number compared."""
    refused = _REFUSED[machine]
    checks = [(_EQUAL, len(refused) - index, 0, number) for index, number in enumerate(refused)]
    return [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, _MACHINES[machine]),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, len(refused) + 1, 0, _OLD_NUMBERS),
        *checks,  # each leads to the refusal, one step behind the last
        (_EQUAL, 1, 2, _CLONE3),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _UNKNOWN),
        (_EQUAL, 0, 3, _CLONE[machine]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_HAS, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]


class _Guard:
    """The audit hook."""

    def __init__(self, roots: Sequence[str]) -> None:
        self._roots = tuple(os.path.join(root, "") for root in roots)  # noqa: PTH118  # a path object asks the system

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and not self._may_open(*arguments):
            raise PermissionError(f"this process may not open {arguments[0]!r}")
        if event.startswith(_FORBIDDEN) and not (event in _LOOKS and self._within(arguments[0])):
            raise PermissionError(f"this process may not use {event}")

    def _may_open(self, path: object, mode: object, flags: object) -> bool:
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        asks = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        return isinstance(path, int) or (not writes and not asks and self._within(path))

    def _within(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        return os.path.join(os.path.abspath(os.fsdecode(path)), "").startswith(self._roots)  # noqa: PTH100, PTH118
