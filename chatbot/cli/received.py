"""What services sent in a conversation or a run: the list of the responses, and one of them byte for byte."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from chatbot.cli.screen import Screen
from chatbot.errors import NotFoundError, UsageError
from chatbot.visible import visible

if TYPE_CHECKING:
    from chatbot.journal import Journal
    from chatbot.journal.records import Received

Command = TypeVar("Command", bound=Callable[..., object])


def received_options(command: Command) -> Command:
    """What is asked of a list of responses; as `show_received` takes it."""
    command = click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")(command)
    output = click.option(
        "-o", "--output", type=click.Path(path_type=Path), help="A file for the bytes; else standard output."
    )
    return click.argument("number", type=int, required=False)(output(command))


def show_received(journal: Journal, of: str, number: int | None, output: Path | None, *, as_json: bool) -> None:
    """The responses of a conversation or a run, or the bytes of one of them.

    On a terminal what could command it is written out; a file and a pipe get the bytes as they came.
    """
    screen, responses = Screen(), journal.received(of)
    if number is not None:
        if number not in [each.id for each in responses]:
            raise NotFoundError(f"there is no response {number} in {of}", hint="leave the number out to list them")
        _write(journal.body(number), output, screen)
    elif as_json:
        screen.json([asdict(each) for each in responses])
    elif responses:
        header = ("NUMBER", "BEGUN", "MODEL", "STATUS", "BYTES", "REQUEST", "CAME TO")
        screen.table([_row(each) for each in responses], header)
    else:
        screen.line("No response came in here: only models at an endpoint send any.")


def _row(response: Received) -> tuple[str, ...]:
    begun = datetime.fromtimestamp(response.started).astimezone()
    result = response.result or {}
    came_to = result.get("error") or result.get("finish") or "cut off"
    sizes = (str(response.status), f"{response.length:,}")
    return (str(response.id), f"{begun:%Y-%m-%d %H:%M:%S}", response.model, *sizes, response.request_id, str(came_to))


def _write(body: bytes, output: Path | None, screen: Screen) -> None:
    if output is not None:
        try:
            output.write_bytes(body)
        except OSError as error:
            raise UsageError(f"{output} cannot be written: {error.strerror}", hint="name another file") from error
    elif sys.stdout.isatty():
        screen.line(visible(body.decode("utf-8", "replace")))
    else:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
