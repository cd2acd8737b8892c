"""The calls by which a program changes files, seen before they are made: to record them, to fail them, to kill at one.

Linux hands each such call of the program, and of the programs it starts, to its watcher (seccomp's user notification,
from 5.0 on), so nothing is missed: SQLite's C code, FAISS, numpy and Python write alike. It needs no privilege, no
compiler and no tracer. Writes through memory maps are no calls: what the calls come to must be compared with the files.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import select
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path


def _numbers(names: str) -> dict[str, int]:
    pairs = (pair.split(":") for pair in names.split())
    return {name: int(number) for name, number in pairs}


if sys.platform == "linux" and platform.machine() == "x86_64":
    _ARCHITECTURE = 0xC000003E
    _CREATING = _numbers("open:2 openat:257 creat:85")
    _NUMBERS = _numbers(
        "write:1 pwrite64:18 writev:20 pwritev:296 truncate:76 ftruncate:77 fallocate:285 fsync:74 fdatasync:75"
        " rename:82 renameat:264 renameat2:316 unlink:87 unlinkat:263 link:86 linkat:265 sendfile:40"
        " copy_file_range:326"
    )
elif sys.platform == "linux" and platform.machine() == "aarch64":
    _ARCHITECTURE = 0xC00000B7
    _CREATING = _numbers("openat:56")
    _NUMBERS = _numbers(
        "write:64 pwrite64:68 writev:66 pwritev:70 truncate:45 ftruncate:46 fallocate:47 fsync:82 fdatasync:83"
        " renameat:38 renameat2:276 unlinkat:35 linkat:37 sendfile:71 copy_file_range:285"
    )
else:
    _CREATING, _NUMBERS, _ARCHITECTURE = {}, {}, 0
_NAMES = {number: name for name, number in (_CREATING | _NUMBERS).items()}

_SECCOMP = {"x86_64": 317, "aarch64": 277}
_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 1 << 3
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_CONTINUE = 1
_NOTIFICATION = struct.Struct("QIIiIQ6Q")
_RESPONSE = struct.Struct("QqiI")
_AT_FDCWD = -100

supported = bool(_NUMBERS) and "user_notif" in (
    Path("/proc/sys/kernel/seccomp/actions_avail").read_text(encoding="ascii")
    if Path("/proc/sys/kernel/seccomp/actions_avail").exists()
    else ""
)
"""Whether calls can be watched here."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, before it is made."""

    kind: str
    """create, write, truncate, sync, rename, unlink, or tell: a write to a pipe, which says how far the program is."""
    path: Path
    offset: int = 0
    """Where it writes; the new length, for truncate."""
    data: bytes = b""
    target: Path | None = None
    """The new name, for rename."""


Decide = Callable[[Call], int | None]
"""What becomes of a call: None lets it be made, an errno makes it fail, and KILL ends the program before it."""

KILL = -1


def hand_over() -> int:
    """From here on all calls of this process go through the watcher who gets the returned file descriptor."""
    library = ctypes.CDLL(None, use_errno=True)
    program = _filter()
    buffer = ctypes.create_string_buffer(program)
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    listener: int = library.syscall(_SECCOMP[platform.machine()], _SET_MODE_FILTER, _NEW_LISTENER, header)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def watch(listener: int, process: int, folder: Path, decide: Decide) -> None:
    """Sees the calls on files below `folder`, and what is told, until the program has ended."""
    folder = folder.resolve()
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        ((_, events),) = poll.poll()
        if not events & select.POLLIN:
            return
        buffer = bytearray(_NOTIFICATION.size)
        try:
            ioctl(listener, _RECEIVE, buffer)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # the caller has gone meanwhile
                continue
            raise
        key, caller, _, number, _, _, *arguments = _NOTIFICATION.unpack(buffer)
        failure = None
        for call in _calls(caller, _NAMES[number], arguments):
            if call.kind == "tell" or call.path.is_relative_to(folder):
                failure = failure if failure is not None else decide(call)
        if failure == KILL:
            os.kill(process, signal.SIGKILL)
            continue
        answer = (key, 0, 0, _CONTINUE) if failure is None else (key, 0, -failure, 0)
        try:
            ioctl(listener, _SEND, bytearray(_RESPONSE.pack(*answer)))
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise


def _filter() -> bytes:
    """BPF: calls that change files are notified, and opening only where it creates or empties a file."""

    def step(code: int, true: int, false: int, value: int) -> bytes:
        return struct.pack("HBBI", code, true, false, value)

    load, equal, any_bit, give = 0x20, 0x15, 0x45, 0x06
    flags_at = {"open": 24, "openat": 32}
    program = [step(load, 0, 0, 4), step(equal, 1, 0, _ARCHITECTURE), step(give, 0, 0, _ALLOW), step(load, 0, 0, 0)]
    for name, number in _CREATING.items():
        if name in flags_at:
            wanted = os.O_CREAT | os.O_TRUNC
            program += [step(equal, 0, 4, number), step(load, 0, 0, flags_at[name]), step(any_bit, 0, 1, wanted)]
            program += [step(give, 0, 0, _NOTIFY), step(give, 0, 0, _ALLOW)]
        else:
            program += [step(equal, 0, 1, number), step(give, 0, 0, _NOTIFY)]
    for number in _NUMBERS.values():
        program += [step(equal, 0, 1, number), step(give, 0, 0, _NOTIFY)]
    return b"".join([*program, step(give, 0, 0, _ALLOW)])


def _calls(caller: int, name: str, arguments: list[int]) -> list[Call]:
    """What a call does to files; nothing where it does nothing to them."""
    memory = _Memory(caller)
    first, second, third, fourth, *_ = arguments
    match name:
        case "open" | "creat":
            flags = second if name == "open" else os.O_CREAT | os.O_TRUNC
            return _opened(memory.path(_AT_FDCWD, first), flags)
        case "openat":
            return _opened(memory.path(_signed(first), second), third)
        case "write" | "pwrite64" | "writev" | "pwritev":
            data = memory.vector(second, third) if name.endswith("v") else memory.read(second, third)
            return memory.written(first, data, fourth if name.startswith("p") else None)
        case "truncate":
            return [Call("truncate", memory.path(_AT_FDCWD, first), second)]
        case "ftruncate":
            return [Call("truncate", memory.file(first), second)]
        case "fsync" | "fdatasync":
            return [Call("sync", memory.file(first))]
        case "rename":
            return [Call("rename", memory.path(_AT_FDCWD, first), target=memory.path(_AT_FDCWD, second))]
        case "renameat" | "renameat2":
            source, target = memory.path(_signed(first), second), memory.path(_signed(third), fourth)
            return [Call("rename", source, target=target)]
        case "unlink" | "unlinkat":
            path = memory.path(_AT_FDCWD, first) if name == "unlink" else memory.path(_signed(first), second)
            return [Call("unlink", path)] if path.is_symlink() or path.is_file() else []
        case "sendfile":
            return memory.sent(first, second, third, fourth)
        case "fallocate":
            return memory.allocated(first, third + fourth)
    return [Call(name, memory.file(third if name == "copy_file_range" else first))]


def _opened(path: Path, flags: int) -> list[Call]:
    if not path.exists():
        return [Call("create", path)] if flags & os.O_CREAT else []
    return [Call("truncate", path)] if flags & os.O_TRUNC and path.is_file() else []


def _signed(value: int) -> int:
    return ctypes.c_int(value & 0xFFFFFFFF).value


class _Memory:
    """What a stopped program's pointers and file descriptors stand for."""

    def __init__(self, process: int) -> None:
        self._folder = Path(f"/proc/{process}")

    def read(self, address: int, length: int) -> bytes:
        with (self._folder / "mem").open("rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(length)

    def vector(self, address: int, count: int) -> bytes:
        parts = struct.iter_unpack("QQ", self.read(address, 16 * count))
        return b"".join(self.read(start, length) for start, length in parts)

    def path(self, folder: int, address: int) -> Path:
        name = b""
        while b"\0" not in name:  # not past the page it ends on: the next may not be there
            name += self.read(address + len(name), 4096 - (address + len(name)) % 4096)
        start = self._folder / "cwd" if folder == _AT_FDCWD else self._folder / "fd" / str(folder)
        path = Path(os.fsdecode(name.partition(b"\0")[0]))
        path = path if path.is_absolute() else start.readlink() / path
        return path.parent.resolve() / path.name

    def file(self, descriptor: int) -> Path:
        return (self._folder / "fd" / str(descriptor)).readlink()

    def written(self, descriptor: int, data: bytes, offset: int | None) -> list[Call]:
        path = self.file(descriptor)
        if str(path).startswith("pipe:"):
            return [Call("tell", path, data=data)]
        if not path.is_absolute() or not path.is_file():
            return []
        if offset is None:
            state = self._state(descriptor)
            appends = int(state["flags"], 8) & os.O_APPEND
            offset = path.stat().st_size if appends else int(state["pos"])
        return [Call("write", path, offset, data)]

    def sent(self, descriptor: int, source: int, where: int, count: int) -> list[Call]:
        with self.file(source).open("rb") as file:
            file.seek(struct.unpack("q", self.read(where, 8))[0] if where else int(self._state(source)["pos"]))
            data = file.read(count)
        return self.written(descriptor, data, None) if data else []

    def _state(self, descriptor: int) -> dict[str, str]:
        lines = (self._folder / "fdinfo" / str(descriptor)).read_text(encoding="ascii").splitlines()
        return dict(line.split(":\t") for line in lines if ":\t" in line)

    def allocated(self, descriptor: int, end: int) -> list[Call]:
        path = self.file(descriptor)
        return [Call("truncate", path, end)] if path.stat().st_size < end else []
