"""`chatbot tools approve`: look at an MCP server and its tools, and say that they may be used."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen
from chatbot.errors import NotFoundError, UsageError, nearest
from chatbot.visible import visible

if TYPE_CHECKING:
    from chatbot.tools.mcp import Connection, Declared


@click.command("approve")
@click.argument("server")
@click.option("--yes", is_flag=True, help="Approve without asking, as in a script that sets a machine up.")
def command(server: str, yes: bool) -> None:
    """Approve MCP server SERVER with the tools that it declares now.

    Its command is shown before it is started for the first time, and what its tools say of themselves before they are
    approved. A tool that says anything else later is not used until it is approved again.
    """
    from chatbot.tools import Place
    from chatbot.tools.sources import connect_all
    from chatbot.workspace import find_workspace

    workspace = find_workspace()
    found = connect_all(workspace.settings, Place(workspace.root, workspace.state))
    connections = {connection.server.name: connection for connection in found}
    if server not in connections:
        hint = nearest(server, connections) if connections else f"name one in {workspace.settings_file}: [mcp.{server}]"
        raise NotFoundError(f"there is no MCP server {server!r}", hint=hint)
    with connections[server] as connection:
        _approve(connection, Screen(), yes=yes)


def _approve(connection: Connection, screen: Screen, *, yes: bool) -> None:
    name, approved = connection.server.name, connection.approved()
    if approved is None:
        screen.line(f"{name} is {_how(connection)}", style="bold")
        _ask(f"Start {name}?" if connection.server.command else f"Connect to {name}?", yes=yes)
    now = connection.declared()
    if approved is not None and _fingerprints(approved) == _fingerprints(now):
        screen.line(f"{name}: all {len(now)} tools are approved, and none has changed.")
        return
    for each in now.values():
        _show(each, (approved or {}).get(each.name), connection, screen)
    for gone in sorted(set(approved or ()) - set(now)):
        screen.line(f"{visible(gone)} is no longer there.", style="yellow")
    _ask(f"Approve {name} with {len(now)} tools?", yes=yes)
    connection.approve()
    screen.line(f"{name} is approved, with {len(now)} tools.")


def _how(connection: Connection) -> str:
    server = connection.server
    if server.url:
        token = f", with the token in {server.token}" if server.token else ""
        return f"reached at {visible(server.url)}{token}"
    given = f", given {', '.join(server.env)}" if server.env else ""
    return f"started by {visible(json.dumps(list(server.command), ensure_ascii=False))} in {server.folder}{given}"


def _fingerprints(tools: Mapping[str, Declared]) -> dict[str, str]:
    return {name: tool.fingerprint for name, tool in tools.items()}


def _show(now: Declared, before: Declared | None, connection: Connection, screen: Screen) -> None:
    """A tool with all that a model will read of it, and what of it is new."""
    if before is not None and before.fingerprint == now.fingerprint:
        return
    mark = "new" if before is None else "changed"
    impact = connection.server.impact_of(now.name)
    screen.line(f"\n{visible(now.name)} ({mark}; impact {impact})", style="bold")
    screen.hanging("  ", now.description or "(it says nothing of itself)")
    if before is None:
        screen.hanging("  arguments: ", _json(now.schema))
        return
    for key in sorted({*before.manifest, *now.manifest}):
        old, new = before.manifest.get(key), now.manifest.get(key)
        if old != new:
            screen.hanging(f"  {visible(key)} was: ", _json(old), style="red")
            screen.hanging(f"  {visible(key)} is:  ", _json(new), style="green")


def _json(value: object) -> str:
    return "(nothing)" if value is None else visible(json.dumps(value, ensure_ascii=False))


def _ask(question: str, *, yes: bool) -> None:
    """Returns when the answer is yes. Raises UsageError otherwise, or where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody can be asked here", hint="run it in a terminal, or with --yes")
    if not click.confirm(question, default=False, err=True):
        raise UsageError("nothing was approved", hint="remove it from chatbot.toml if you do not want it")
