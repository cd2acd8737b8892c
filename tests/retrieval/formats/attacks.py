"""A converter that does what a file would do that has taken its reader over: the file says what."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from chatbot.retrieval.formats.converted import Converted

_libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
_kept: list[bytes] = []


def convert(data: bytes) -> Converted:
    name, _, argument = data.decode().partition(" ")
    return Converted(str(ATTACKS[name](argument)))


def _fill(megabytes: str) -> str:
    return str(len(bytearray(int(megabytes) << 20)))


def _keep(megabytes: str) -> str:
    _kept.append(bytes(int(megabytes) << 20))
    return "kept"


def _spin(seconds: str) -> str:
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        pass
    return "done"


def _connect(port: str) -> str:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
        return "connected"


def _system_call(name: str, *arguments: object) -> str:
    """What C code would do, past Python and its audit hook."""
    assert _libc is not None
    result = getattr(_libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return str(result)


def _fork(_: str) -> str:
    assert _libc is not None
    child = int(_libc.fork())
    if child == 0:
        os._exit(0)
    if child < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "forked"


ATTACKS: dict[str, Callable[[str], object]] = {
    "say": lambda text: text,
    "fill": _fill,
    "keep": _keep,
    "spin": _spin,
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "crash": lambda _: ctypes.string_at(0),
    "exit": lambda _: os._exit(0),
    "nest": lambda depth: ATTACKS["nest"](depth),
    "print": lambda text: print(text, flush=True) or os.write(1, text.encode()),
    "process": lambda _: os.getpid(),
    "environment": lambda _: " ".join(sorted(os.environ)),
    "read": lambda path: Path(path).read_text(encoding="utf-8"),
    "write": lambda path: Path(path).write_text("x", encoding="utf-8"),
    "remove": lambda path: Path(path).unlink(),
    "list": lambda path: sorted(Path(path).iterdir()),
    "connect": _connect,
    "socket": lambda _: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "run": lambda _: subprocess.run([sys.executable, "-c", ""], check=True),
    "c_read": lambda path: _system_call("open", path.encode(), os.O_RDONLY),
    "c_write": lambda path: _system_call("open", path.encode(), os.O_WRONLY | os.O_CREAT, 0o600),
    "c_remove": lambda path: _system_call("unlink", path.encode()),
    "c_socket": lambda _: _system_call("socket", int(socket.AF_INET), int(socket.SOCK_DGRAM), 0),
    "c_run": lambda _: _system_call("execv", b"/bin/true", None),
    "c_fork": _fork,
    "c_kill": lambda process: _system_call("kill", int(process), 0),
}
