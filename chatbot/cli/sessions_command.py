"""`chatbot sessions`: list, show, export and delete conversations."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from chatbot.cli.received import received_options, show_received
from chatbot.cli.screen import Screen, as_json

if TYPE_CHECKING:
    from chatbot.journal import Journal, SessionInfo
    from chatbot.session import Session


@click.group("sessions")
def command() -> None:
    """List, show, export and delete conversations."""


@command.command("list")
@click.option("--containing", default="", metavar="TEXT", help="Only those that mention TEXT.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(containing: str, as_json: bool) -> None:
    """List the conversations, the latest first."""
    found = _journal().sessions(containing=containing)
    if as_json:
        Screen().json([asdict(info) for info in found])
    elif found:
        Screen().table(list(map(session_row, found)), ("ID", "LAST USED", "MESSAGES", "ABOUT"))
    else:
        Screen().line("There are no conversations yet.")


@command.command("show")
@click.argument("session_id")
def show(session_id: str) -> None:
    """Print conversation SESSION_ID (its id, or the beginning of it)."""
    session, screen = _session(session_id), Screen()
    screen.write(transcript(session, "md"))
    tell_died_calls(session, screen)


@command.command("export")
@click.argument("session_id")
@click.option("--format", "form", type=click.Choice(["md", "json"]), default="md", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; standard output where it is left out.")
def export(session_id: str, form: Literal["md", "json"], output: Path | None) -> None:
    """Write conversation SESSION_ID as Markdown or JSON."""
    text = transcript(_session(session_id), form)
    if output is None:
        Screen().exactly(text)
    else:
        write_file(output, text)


@command.command("received")
@click.argument("session_id")
@received_options
def received(session_id: str, number: int | None, output: Path | None, as_json: bool) -> None:
    """List what services sent in conversation SESSION_ID, or write response NUMBER byte for byte."""
    journal = _journal()
    show_received(journal, journal.session(session_id).id, number, output, as_json=as_json)


@command.command("delete")
@click.argument("session_ids", metavar="SESSION_ID...", nargs=-1, required=True)
def delete(session_ids: tuple[str, ...]) -> None:
    """Delete conversations for good, with all that was sent, received and typed in them."""
    from chatbot.cli.typed_lines import HISTORY, forget
    from chatbot.errors import JournalError, UsageError
    from chatbot.workspace import find_workspace

    journal, screen = _journal(), Screen()
    without_trace = True
    for info in [journal.session(each) for each in session_ids]:  # all of them are there, or none is deleted
        typed = {stored.display for stored in journal.tree(info.id) if stored.display}
        without_trace = journal.delete_session(info.id)  # of those before it too
        try:
            forget(find_workspace().state / HISTORY, typed)
        except OSError as error:
            what = f"the questions of {info.id} are still among those typed: {error.strerror}"
            raise UsageError(what, hint=f"delete {find_workspace().state / HISTORY}") from error
        screen.line(f"deleted {info.id}: {info.title}")
    if not without_trace:
        what = "what was deleted stays in the file of the journal while another program reads it"
        raise JournalError(what, hint="it goes when that has ended, and `chatbot sessions list` was called")


def session_row(info: SessionInfo) -> tuple[str, str, str, str]:
    """A conversation as a row of a table."""
    when = datetime.fromtimestamp(info.updated).astimezone()
    return info.id, when.strftime("%Y-%m-%d %H:%M"), str(info.messages), info.title


def tell_died_calls(session: Session, screen: Screen) -> None:
    """Says which calls of the last turn may have to be paid, though nobody knows what came of them."""
    from chatbot.models.in_process import costs_nothing

    models = [model for model in session.died_calls() if not costs_nothing(model)]
    if models:
        calls = "A call" if len(models) == 1 else f"{len(models)} calls"
        was = "was" if len(models) == 1 else "were"
        screen.notice(f"{calls} to {models[0]} {was} under way when the program died, and may have to be paid.")


def transcript(session: Session, form: Literal["md", "json"]) -> str:
    """A conversation for people (`md`) or programs (`json`), with its sources."""
    from chatbot import codec, conversation

    if form == "json":
        return as_json([codec.plain(stored) for stored in session.messages], indent=1)
    return conversation.as_markdown(session.messages)


def write_file(path: Path, text: str) -> None:
    """Writes a file that the user asked for by name."""
    from chatbot.errors import UsageError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="name another file") from error


def _journal() -> Journal:
    from chatbot.journal import Journal
    from chatbot.workspace import find_workspace

    return Journal(find_workspace().journal)


def _session(session_id: str) -> Session:
    from chatbot.session import Session

    return Session(_journal(), session_id)
