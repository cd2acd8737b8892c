"""The input line: history across runs, several lines, paste, completion."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.cli.chat import Chat
from chatbot.cli.commands import COMMANDS, SETTINGS
from chatbot.cli.streams import unguarded
from chatbot.cli.typed_lines import HISTORY

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output


class LineEditor:
    """Reads what a person types."""

    def __init__(self, talk: Chat) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import FileHistory, InMemoryHistory

        self._talk = talk
        state = talk.bot.workspace.state
        try:
            state.mkdir(parents=True, exist_ok=True)
            history: FileHistory | InMemoryHistory = FileHistory(str(state / HISTORY))
        except OSError:
            history = InMemoryHistory()
        self._session: PromptSession[str] = PromptSession(
            history=history,
            output=drawn_on(),
            multiline=True,
            key_bindings=_keys(),
            completer=WordCompleter(self._words, sentence=True),
            complete_while_typing=False,
            enable_open_in_editor=True,
            prompt_continuation="  ",
        )

    def read(self) -> str:
        """The next line or lines. Raises KeyboardInterrupt on Ctrl-C and EOFError on Ctrl-D, at an empty line."""
        prefill, self._talk.prefill = self._talk.prefill, ""
        return self._session.prompt("› ", default=prefill)

    def _words(self) -> list[str]:
        before = self._session.default_buffer.document.text_before_cursor
        name, space, _ = before[1:].partition(" ") if before.startswith("/") else ("", "", "")
        if not space:
            return [f"/{name}" for name in COMMANDS]
        return [f"/{name} {value}" for value in self._arguments(name)]

    def _arguments(self, name: str) -> Iterable[str]:
        bot = self._talk.bot
        match name:
            case "prompt":
                return sorted(path.stem for path in bot.workspace.prompts.glob("*.prompty"))
            case "load":
                return [info.id for info in bot.journal.sessions()]
            case "set":
                return SETTINGS
            case "sources":
                return [str(item.number) for item in bot.session.ledger]
            case "model":
                return ("extractive", "openai:gpt-4o-mini", "ollama:", "vllm:")
            case "file":
                return sorted(str(path) for path in Path().iterdir() if path.is_file())
            case _:
                return ()


def drawn_on() -> Output | None:
    """Where an input line draws itself: the terminal, past the guard. On a simple one nothing is drawn."""
    from prompt_toolkit.output import create_output
    from prompt_toolkit.utils import is_dumb_terminal

    return None if is_dumb_terminal() else create_output(unguarded(sys.stdout))


def _keys() -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    @keys.add("c-j")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
