"""The command line: options, subcommands, and the one place where errors become sentences and exit codes.

Exit codes: 0 done, 1 the outside world failed, 2 the caller has something to change, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from chatbot import __version__
from chatbot.cli.options import Choices, chat_options
from chatbot.cli.streams import ReaderLeft
from chatbot.errors import ChatbotError, NotFoundError, UsageError, nearest

if TYPE_CHECKING:
    from chatbot.cli.screen import Screen

COMMANDS = {
    "ask": "Answer one question and exit.",
    "index": "Bring the index of the documents up to date.",
    "search": "Show the passages that a question finds.",
    "prompts": "List, show and render prompt files.",
    "tools": "List, show, call and approve tools, and serve them to other programs.",
    "eval": "Compare prompts, strategies and models on a dataset.",
    "sessions": "List, show, export and delete conversations.",
    "memory": "List, erase and export what is remembered of you.",
    "decode": "Show how a model may go on, and what each way of decoding makes of it.",
    "models": "Show the models that can be used now.",
    "init": "Make a new workspace with the starter's prompts and documents.",
    "backup": "Write conversations, facts, indexes, prompts and settings to one file.",
    "restore": "Bring back what a backup holds.",
    "doctor": "Check the installation, the workspace and what it can reach; mend what is damaged.",
}


class _Commands(click.Group):
    """Subcommands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"chatbot.cli.{cmd_name}_command").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and args[0][0] != "-" and not ctx.resilient_parsing:
            raise NotFoundError(f"there is no command {args[0]!r}", hint=nearest(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chatbot", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, envvar="CHATBOT_DEBUG", help="Show tracebacks.")
@click.option("--continue", "latest", is_flag=True, help="Go on with the latest conversation.")
@click.option("--resume", metavar="ID", help="Go on with this conversation (its id, or the beginning of it).")
@click.option("--plain", is_flag=True, help="No live Markdown, no colours.")
@chat_options
@click.pass_context
def program(
    context: click.Context, debug: bool, latest: bool, resume: str | None, plain: bool, choices: Choices
) -> None:
    """Chat with your own documents.

    Without a command this opens the chat; with questions piped in, it answers one per line.
    """
    if context.invoked_subcommand is None:
        from chatbot.cli.repl import chat

        context.exit(chat(choices, latest=latest, resume=resume, plain=plain))
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name != "debug" and source is click.core.ParameterSource.COMMANDLINE:
            raise UsageError(
                f"{parameter.opts[-1]} before {context.invoked_subcommand!r} is for the chat and would be overlooked",
                hint="write it behind the command, or leave it out",
            )


def run(arguments: Sequence[str]) -> int:
    """Runs the command line; returns the exit code."""
    try:
        code = program.main(list(arguments), prog_name="chatbot", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        _screen().error(_in_one_line(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except ReaderLeft:
        return 0
    except ChatbotError as error:
        if _debugging(arguments):
            raise
        _screen().error(error)
        return error.exit_code
    except Exception as error:  # the last door: a bug of ours must not print a traceback at a person
        if _debugging(arguments):
            raise
        _screen().error(
            ChatbotError(f"a fault in the program: {error!r}", hint="CHATBOT_DEBUG=1 shows where; please report it")
        )
        return 70


def _in_one_line(error: click.ClickException) -> ChatbotError:
    """What click has to say of a wrong command line, as we say it."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"see: {context.command_path} --help" if context else ""
    return UsageError(error.format_message().rstrip("."), hint=hint)


def _debugging(arguments: Sequence[str]) -> bool:
    return "--debug" in arguments or bool(os.environ.get("CHATBOT_DEBUG"))


def _screen() -> Screen:
    from chatbot.cli.screen import Screen

    return Screen(plain=True)
