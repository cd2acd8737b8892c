"""An MCP server as the settings or an app name it: how to reach it, and what it may do here.

    [mcp.files]
    command = ["python", "files_server.py"]     # or: url = "https://example.org/mcp"
    env = ["FILES_ROOT"]                        # variables that the child is given, by name
    tools = ["read", "search"]                  # the only ones to offer; left out, all of them
    impact = { read = "reads", "*" = "sends" }  # what they do to the world, by your judgement

A server is a program that this one starts or sends to, so it comes from a file or code of the user's own and nowhere
else. What it says of itself, such as `readOnlyHint`, is not believed: a tool `sends` unless the user says otherwise.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import cast, get_args
from urllib.parse import urlsplit

from chatbot.errors import ProjectError, nearest
from chatbot.tools.tool import Impact
from chatbot.workspace import checked

REST = "*"
"""Key of `impact` for the tools that are not named."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach an MCP server, and what it may do here."""

    name: str
    """What it goes by here; `origin` of its tools is `mcp:NAME`."""
    command: tuple[str, ...] = ()
    """Program and arguments of a server that talks over its standard input and output; never read by a shell."""
    url: str = ""
    """Address of a server that talks over streamable HTTP. Exactly one of the two is given."""
    env: tuple[str, ...] = ()
    """Variables of this program's environment that the child is given, beside the few that any program needs."""
    token: str = ""
    """Name of the variable that holds the bearer token for `url`."""
    tools: tuple[str, ...] = ()
    """The only tools to offer; empty for all."""
    impact: Mapping[str, Impact] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Impact by the tool's name; `*` for the rest."""
    timeout: float = 60.0
    """Seconds that a call may take; a tool elsewhere may well be slower than one of ours."""
    folder: Path = field(default_factory=Path.cwd)
    """Where the command is run."""

    @property
    def identity(self) -> str:
        """sha256 of what is started or called: another command, folder or address is another server."""
        how: object = [self.url, self.token]
        if self.command:
            how = [list(self.command), sorted(self.env), str(self.folder.resolve())]
        return hashlib.sha256(json.dumps(how).encode()).hexdigest()

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return self.url or " ".join(self.command)

    def impact_of(self, tool: str) -> Impact:
        """What a tool does to the world: what the user says of it, else that it sends."""
        return self.impact.get(tool) or self.impact.get(REST) or "sends"


def read_server(name: str, table: Mapping[str, object], *, folder: Path, where: str) -> Server:
    """The server that a table of the settings describes.

    folder: where its command is run. where: what messages begin with. Raises ProjectError, naming the key.
    """
    where = f"{where}: [mcp.{name}]"
    defaults = {"command": (), "url": "", "env": (), "token": "", "tools": (), "impact": {}, "timeout": 60.0}
    given = checked(table, defaults, where=where)
    impact = given.pop("impact", {})
    assert isinstance(impact, Mapping)
    server = Server(name, impact=_impacts(impact, where), folder=folder, **given)  # type: ignore[arg-type]  # checked
    _check(server, where)
    return server


def read_servers(tables: Mapping[str, Mapping[str, object]], *, folder: Path, where: str) -> list[Server]:
    """The servers of the settings, in their order. Raises ProjectError."""
    return [read_server(name, table, folder=folder, where=where) for name, table in tables.items()]


def _impacts(table: Mapping[str, object], where: str) -> Mapping[str, Impact]:
    known = get_args(Impact)
    for tool, impact in table.items():
        if impact not in known:
            raise ProjectError(f"{where}: impact.{tool} is {impact!r}, not an impact", hint=nearest(str(impact), known))
    return MappingProxyType(cast(dict[str, Impact], dict(table)))


def _check(server: Server, where: str) -> None:
    if not _NAME.fullmatch(server.name):
        raise ProjectError(f"{where}: {server.name!r} is not a name of a server", hint="1 to 32 of a-z 0-9 _ -")
    if bool(server.command) == bool(server.url):
        raise ProjectError(f"{where}: give either `command` or `url`", hint='such as command = ["python", "server.py"]')
    if server.url:
        _check_address(server, where)
    elif server.token:
        raise ProjectError(
            f"{where}: `token` is for a `url`", hint="name the variable in `env` to hand it to a command"
        )


def _check_address(server: Server, where: str) -> None:
    if server.env:
        raise ProjectError(f"{where}: `env` is for a `command`", hint="a server at a `url` has its own environment")
    try:
        parts = urlsplit(server.url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise ProjectError(f"{where}: url is {server.url!r}", hint="give one that begins with https://")
    if parts.username or parts.password:
        raise ProjectError(f"{where}: a url carries no password", hint="name the variable that holds it in `token`")
    if server.token and parts.scheme == "http" and not _is_loopback(host):
        raise ProjectError(f"{where}: the token would travel in the clear", hint="use https")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
