"""What the user approved of MCP servers: which to start, and each tool by the sha256 of its whole declaration.

Kept in one file of the user's own state folder, by the server's identity, so that a workspace from somewhere else can
neither bring its own pins nor reuse those of another command. What is not in the file is not approved, and a file
that cannot be read approves nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chatbot.errors import ProjectError
from chatbot.locks import FileLock
from chatbot.tools.mcp.declared import Declared
from chatbot.tools.mcp.server import Server

FILE = "mcp_pins.json"

LOCK_SECONDS = 10.0
"""Longest wait for another program that writes the file."""


@dataclass(frozen=True, slots=True)
class Pins:
    """The pins in a file, which need not exist yet."""

    path: Path

    def of(self, server: Server) -> Mapping[str, Declared] | None:
        """The tools of a server as they were approved, by name; None where the server itself never was.

        Raises ProjectError where the file cannot be read.
        """
        entry = self._read().get(server.identity)
        if entry is None:
            return None
        tools = entry.get("tools") if isinstance(entry, dict) else None
        if not isinstance(tools, dict):
            raise self._broken("it holds no tools")
        return {name: self._declared(name, kept) for name, kept in tools.items()}

    def approve(self, server: Server, tools: Iterable[Declared]) -> None:
        """Approves the server with exactly these tools; what was approved of it before is forgotten."""
        entry = {
            "name": server.name,
            "place": server.place,
            "tools": {tool.name: {"sha256": tool.fingerprint, "manifest": tool.manifest} for tool in tools},
        }
        with self._locked():
            self._write({**self._read(), server.identity: entry})

    def _declared(self, name: str, kept: object) -> Declared:
        manifest = kept.get("manifest") if isinstance(kept, dict) else None
        tool = Declared(name, manifest if isinstance(manifest, dict) else {})
        if not isinstance(kept, dict) or kept.get("sha256") != tool.fingerprint:
            raise self._broken(f"the hash of {name!r} does not fit")
        return tool

    def _read(self) -> dict[str, object]:
        try:
            whole = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._broken(str(error)) from error
        servers = whole.get("servers") if isinstance(whole, dict) else None
        if not isinstance(servers, dict):
            raise self._broken("it holds no servers")
        return servers

    def _write(self, servers: Mapping[str, object]) -> None:
        """Beside, flushed, and then in place: a crash leaves the old file or the new one."""
        aside = self.path.with_suffix(".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "servers": servers}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_suffix(".lock"))
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be written: {error}", hint="check the folder") from error
        with contextlib.closing(lock):
            if not lock.acquire(LOCK_SECONDS):
                raise ProjectError(f"{self.path} is being written by another program", hint="try again")
            try:
                yield
            finally:
                lock.release()

    def _broken(self, why: str) -> ProjectError:
        return ProjectError(f"{self.path} cannot be read: {why}", hint="remove it and approve your MCP servers again")
