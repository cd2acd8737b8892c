"""The chat: on a terminal a conversation, with standard input from elsewhere one answer per line."""

from __future__ import annotations

import sys
from contextlib import suppress

from chatbot.bot import Chatbot
from chatbot.cli.approving import Approver
from chatbot.cli.chat import Chat
from chatbot.cli.choice import settled_model, tell_loading
from chatbot.cli.commands import LEAVING, perform, show_history
from chatbot.cli.keyboard import typing_ahead
from chatbot.cli.options import Choices
from chatbot.cli.screen import Screen
from chatbot.cli.sessions_command import tell_died_calls
from chatbot.errors import ChatbotError, UsageError
from chatbot.tools.printing import tools_kept_off_the_screen
from chatbot.visible import hidden


def chat(choices: Choices, *, latest: bool, resume: str | None, plain: bool) -> int:
    """Opens the chat; returns the exit code."""
    with tools_kept_off_the_screen():
        return _chat(choices, latest=latest, resume=resume, plain=plain)


def _chat(choices: Choices, *, latest: bool, resume: str | None, plain: bool) -> int:
    screen = Screen(plain=plain)
    interactive = sys.stdin.isatty()
    model = settled_model(choices, screen, ask=interactive)
    tell_loading(choices.model or model, screen)
    if not interactive:
        talk = _opened(choices.bot(model=model, session=resume), screen, latest=latest)
        tell_died_calls(talk.bot.session, screen)
        return _answer_lines(talk)
    with typing_ahead():
        approver = Approver(screen)
        talk = _opened(choices.bot(model=model, session=resume, approve=approver), screen, latest=latest)
        talk.approver = approver
        _greet(talk)
        _converse(talk)
    return 0


def _opened(bot: Chatbot, screen: Screen, *, latest: bool) -> Chat:
    """The chat, with the index up to date; in the conversation last active where `latest` is wanted."""
    from chatbot.cli.index_command import refresh_with_progress

    if latest:
        newest = bot.journal.latest_session()
        if newest is None:
            raise UsageError("there is no conversation to go on with", hint="start one with: chatbot")
        bot.session = bot.conversation(newest.id).session
    if bot.knowledge is not None:
        refresh_with_progress(bot.knowledge)
    return Chat(bot, screen)


def _greet(talk: Chat) -> None:
    bot, screen = talk.bot, talk.screen
    stats = bot.knowledge.stats() if bot.knowledge else None
    documents = f"{stats.documents} documents from {bot.documents}" if stats else "no documents"
    screen.line(f"{bot.model.name} · prompt {bot.prompt.name} · {documents}", style="bold")
    screen.line("Ask something. /help lists the commands, Ctrl-D leaves.", style="dim")
    show_history(talk)
    tell_died_calls(bot.session, screen)


def _answer_lines(talk: Chat) -> int:
    """Answers one question per line; 1 where one of them failed."""
    failed = False
    for line in sys.stdin:
        question = line.strip()
        if not question:
            continue
        if question.lower() in LEAVING:
            break
        talk.screen.line(f"> {question}")
        failed |= not _take(talk, question)
        talk.screen.line()
        if talk.leaving:
            break
    return 1 if failed else 0


def _converse(talk: Chat) -> None:
    from chatbot.cli.line_editor import LineEditor

    editor = LineEditor(talk)
    warned = False
    while not talk.leaving:
        try:
            line = editor.read().strip()
        except KeyboardInterrupt:
            if warned:
                return
            talk.screen.line("(Ctrl-C again, Ctrl-D or /exit leaves)", style="dim")
            warned = True
            continue
        except EOFError:
            return
        warned = False
        if line.lower() in LEAVING:
            return
        if unseen := hidden(line):
            talk.screen.line(f"(that held characters nobody can see: {', '.join(unseen)})", style="yellow")
        if line:
            with suppress(KeyboardInterrupt):  # between two steps of a command there is nothing left to stop
                _take(talk, line)


def _take(talk: Chat, line: str) -> bool:
    """Answers a question or performs a command; returns whether that went well."""
    if not line.startswith("/") or "\n" in line:
        return talk.ask(line)
    try:
        perform(talk, line)
    except ChatbotError as error:
        talk.screen.error(error)
        return False
    return True
