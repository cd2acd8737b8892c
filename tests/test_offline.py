"""Nothing is sent anywhere before the user says where: not on import, not at the start, not in a chat on this machine.

Shown twice, below Python, so that C code counts too. A filter of the kernel ends the program at the first internet
socket it opens, where a run needs none at all. And in a network of its own, which has no way out, the kernel counts
what programs tried to send off the machine: the start without a named model looks for servers on it, and only there.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.workspace import create_workspace

PROGRAM = str(Path(sys.executable).parent / "chatbot")
QUIET_RUNS = {
    "import": [sys.executable, "-c", "import chatbot, chatbot.cli.repl, chatbot.models.openai_api"],
    "--help": [PROGRAM, "--help"],
    "index": [PROGRAM, "index"],
    "a chat": [PROGRAM, "--plain", "-m", "extractive"],
}
LOOKING_RUNS = {
    "a chat without a named model": [PROGRAM],
    "models": [PROGRAM, "models"],
    "LangChain": [sys.executable, "-c", "import chatbot.retrieval.retriever, chatbot.models.langchain_chat"],
}
"""These open sockets, to look for servers on this machine, or to see whether it knows IPv6."""

SOCKET, ARCHITECTURE = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}.get(platform.machine(), (0, 0))
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
ALLOW, KILL = 0x7FFF0000, 0x80000000
INTERNET = (2, 10)
"""AF_INET and AF_INET6."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = create_workspace(tmp_path_factory.mktemp("offline") / "shop").root
    for page in sorted((root / "knowledge").iterdir())[2:]:
        page.unlink()
    return root


def without_internet_sockets() -> None:
    """From here on the kernel ends this process at the first internet socket that it, or a child, opens."""

    def step(code: int, true: int, false: int, value: int) -> bytes:
        return struct.pack("HBBI", code, true, false, value)

    load, equal, give = 0x20, 0x15, 0x06
    program = [
        *(step(load, 0, 0, 4), step(equal, 0, 5, ARCHITECTURE)),
        *(step(load, 0, 0, 0), step(equal, 0, 3, SOCKET), step(load, 0, 0, 16)),
        *(step(equal, 2, 0, INTERNET[0]), step(equal, 1, 0, INTERNET[1])),
        *(step(give, 0, 0, ALLOW), step(give, 0, 0, KILL)),
    ]
    data = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(data))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or library.prctl(SET_SECCOMP, FILTER, header, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def filtered(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    lines, limit = "How does the chatbot cite sources?\n", without_internet_sockets
    return subprocess.run(
        command, input=lines, capture_output=True, text=True, cwd=folder, env=environment(), preexec_fn=limit
    )


def environment() -> dict[str, str]:
    """Ours, without a way around the network, and without what makes libraries quieter than they are at a user's."""
    loud = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "GITHUB_ACTIONS", "TF_BUILD")
    return {name: value for name, value in os.environ.items() if name not in loud and not name.endswith("_PROXY")}


can_filter = pytest.mark.skipif(not SOCKET or sys.platform != "linux", reason="a filter of Linux, on x86-64 and ARM")


@can_filter
@pytest.mark.parametrize("run", QUIET_RUNS)
def test_no_internet_socket_is_opened(folder: Path, run: str, figure: Callable[[str], None]) -> None:
    done = filtered(QUIET_RUNS[run], folder)

    assert done.returncode == 0, done.stderr[-2000:]
    figure(f"internet sockets opened by {run}: 0 (0 may be)")


@can_filter
def test_an_internet_socket_would_be_seen(folder: Path) -> None:
    opens = "import socket\ntry: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\nexcept OSError: pass"

    assert filtered([sys.executable, "-c", opens], folder).returncode == -signal.SIGSYS


# --- a network without a way out --------------------------------------------------------------------------------------

ALONE = """
import fcntl, pathlib, socket, struct, subprocess, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:  # loopback is down in a new network
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"lo", 1))
done = subprocess.run(sys.argv[1:], input="How does the chatbot cite sources?\\n", text=True, capture_output=True)
names, counts = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines() if line[:3] == "Ip:"]
six = dict(line.split() for line in pathlib.Path("/proc/net/snmp6").read_text().splitlines())
tried = int(counts[names.index("OutNoRoutes")]) + int(six.get("Ip6OutNoRoutes", 0))
print(done.returncode, tried, done.stderr[-500:])
"""


def alone(command: list[str], folder: Path) -> tuple[int, int]:
    """The exit code of a run in a network of its own, and how often it tried to send off the machine."""
    made = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"no network of one's own can be made here: {made.stderr.decode().strip()}")
    watched = ["unshare", "-rn", sys.executable, "-c", ALONE, *command]
    done = subprocess.run(watched, capture_output=True, text=True, cwd=folder, env=environment(), check=True)
    code, tried, *_ = done.stdout.split()
    return int(code), int(tried)


def test_the_start_looks_for_servers_on_this_machine_and_nowhere_else(folder: Path) -> None:
    came = {name: alone(command, folder) for name, command in LOOKING_RUNS.items()}
    print(f"{len(came)} runs in a network of their own: {sum(tried for _, tried in came.values())} tries to leave it")

    assert came == dict.fromkeys(LOOKING_RUNS, (0, 0))


def test_a_try_to_leave_the_machine_would_be_counted(folder: Path) -> None:
    leaves = "import socket\ntry: socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError: pass"
    asks = "import socket\nsocket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('2001:db8::1', 53))"

    assert alone([sys.executable, "-c", leaves], folder)[1] >= 1
    assert alone([sys.executable, "-c", asks], folder)[1] >= 1
