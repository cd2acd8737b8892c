"""What every test runs in: an environment without settings or keys, a home of its own, and no way off this machine."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from canaries import CANARIES, leaks, named
from chat_server import ChatServer, Scene
from hypothesis import settings
from ports import closed_port as port_without_server
from starter import indexed_starter

os.environ.update(CANARIES)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each program that a test starts would compile the package again
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's `&`: no program could be interrupted
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores: threads of one would wait for another's

# Tests never assert on time. The normal run draws the same examples each time, so that it fails for a change and not by
# chance, and not as many as it could; `make test-slow` looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("searching", deadline=None, max_examples=2_000)
settings.load_profile("repeatable")

FOREIGN = ("OPENAI_", "CHATBOT_", "OLLAMA_", "LANGSMITH_", "LANGCHAIN_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
"""Variables that change what the program does or where it sends things."""


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders, each of its own. `mktemp` reads all names that there are for each, of which there would be thousands."""
    root = tmp_path_factory.mktemp("homes")
    return (root / str(number) for number in count())


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, homes: Iterator[Path]) -> None:
    """No key, no setting, no file of the user who runs the tests; programs that a test starts cannot get out either."""
    for name in os.environ:
        if name.upper().startswith(FOREIGN):
            monkeypatch.delenv(name)
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as `chatbot init` makes it, indexed. It is for all tests: give copies of its index to their own."""
    own = tmp_path_factory.getbasetemp()
    return indexed_starter(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuses connections that leave the machine."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked(address: object) -> None:
        if isinstance(address, tuple) and not _is_here(str(address[0])):
            raise ConnectionRefusedError(f"tests stay on this machine, and this one wanted {address[0]}")

    def guarded_connect(self: socket.socket, address: object) -> None:
        checked(address)
        connect(self, address)  # type: ignore[arg-type]

    def guarded_connect_ex(self: socket.socket, address: object) -> int:
        checked(address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    def guarded_resolve(host: object, *args: object, **kwargs: object) -> object:
        if host is not None and not _is_here(host.decode() if isinstance(host, bytes) else str(host)):
            raise socket.gaierror(socket.EAI_NONAME, f"tests stay on this machine, and this one asked for {host!r}")
        return resolve(host, *args, **kwargs)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Tells a figure, with what it may be or what others reach: all of them are printed when the tests are done."""
    return lambda text: record_property("figure", text)


def pytest_collection_finish() -> None:
    """Takes what collecting made out of the collector's sight: a million objects, which it would walk over each time.

    statsmodels collects in each correction of p-values; two hundred of them took three minutes without this.
    """
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was counted."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    figures = [str(value) for report in reports for name, value in report.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(sorted(figures)))


printed: list[str] = []
"""Secrets that were printed, and by which test."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Looks at what each test printed and logged, and at how it failed."""
    report = yield
    said = (*(text for _, text in report.sections), report.longreprtext)
    printed.extend(f"{item.nodeid}: {name}" for text in said for name in named(text))
    return report


@pytest.fixture(autouse=True, scope="session")
def no_secret_is_written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """When all tests are done, fails if a secret is in what they wrote or printed (see `canaries`)."""
    yield
    found = [*printed, *leaks(tmp_path_factory.getbasetemp())]
    assert not found, "secrets of the environment were written:\n" + "\n".join(found)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port at which nothing listens, and that no other program is given while the test runs (see `ports`)."""
    with port_without_server() as port:
        yield port


@pytest.fixture
def chat_server() -> Iterator[Callable[..., ChatServer]]:
    """Starts servers that play the given scenes (see `chat_server`), and stops them after the test."""
    servers: list[ChatServer] = []

    def start(*scenes: Scene, models: tuple[str | dict[str, object], ...] = ("test-model",)) -> ChatServer:
        servers.append(ChatServer(*scenes, models=models))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _is_here(host: str) -> bool:
    try:
        return host in ("localhost", "") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
