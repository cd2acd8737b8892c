"""`chatbot ask`: one question, one answer, for people and for scripts."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from chatbot.cli.attaching import images, passages, read_file
from chatbot.cli.options import Choices, chat_options
from chatbot.cli.screen import Screen
from chatbot.errors import ModelError
from chatbot.messages import Answer, Citation, ToolUse


@click.command("ask")
@click.argument("question", required=False)
@chat_options
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A text or a picture that goes along with the question; may be given several times.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="A bound on the whole request."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer, its citations and usage as JSON.")
def command(
    question: str | None, choices: Choices, files: tuple[Path, ...], timeout: float | None, as_json: bool
) -> None:
    """Answer QUESTION and exit. What is piped in joins the question."""
    from chatbot.cli.answer import TurnView, ending
    from chatbot.cli.choice import settled_model, tell_loading
    from chatbot.cli.index_command import refresh_with_progress
    from chatbot.cli.search_command import why_nothing
    from chatbot.tools.printing import tools_kept_off_the_screen

    screen = Screen(plain=as_json)
    asked = _with_standard_input(question)
    attached = [read_file(path.expanduser()) for path in files]
    model = settled_model(choices, screen)
    tell_loading(choices.model or model, screen)
    bot = choices.bot(model=model)
    if bot.knowledge is not None:
        refresh_with_progress(bot.knowledge)
    with tools_kept_off_the_screen():
        if as_json:
            answer = bot.ask(asked, attached=passages(attached), images=images(attached), timeout=timeout)
            screen.json(as_plain(answer))
        else:
            events = bot.stream(asked, attached=passages(attached), images=images(attached), timeout=timeout)
            answer = TurnView(screen, asked).draw(events)
            if answer.declined and bot.knowledge is not None and not bot.knowledge.search(asked):
                screen.notice(why_nothing(bot.knowledge, asked, {}))
    if answer.finish != "complete":
        raise ModelError(ending(answer), hint="what came is kept: chatbot --continue goes on with it")


def as_plain(answer: Answer) -> dict[str, object]:
    """An answer as `--json` prints it."""
    return {
        "text": answer.text,
        "finish": answer.finish,
        "citations": [_citation(citation) for citation in answer.citations],
        "declined": answer.declined,
        "limit": answer.limit,
        "tool_calls": [_tool_use(use) for use in answer.tool_calls],
        "model": answer.model,
        "usage": asdict(answer.usage),
        "trace_id": answer.trace_id,
    }


def _citation(citation: Citation) -> dict[str, object]:
    return {
        "number": citation.number,
        "path": citation.path or citation.record_id,
        "start": citation.start,
        "end": citation.end,
        "line": citation.line,
        "anchor": citation.anchor,
        "quote": citation.quote,
        "stale": citation.stale,
    }


def _tool_use(use: ToolUse) -> dict[str, object]:
    return {
        "name": use.call.name,
        "arguments": use.call.arguments,
        "result": use.result.text,
        "failed": use.result.failed,
        "seconds": use.result.seconds,
    }


def _with_standard_input(question: str | None) -> str:
    piped = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read().strip()
    asked = "\n\n".join(part for part in (question, piped) if part)
    if not asked.strip():
        raise click.UsageError("there is no question: give it as an argument or pipe it in")
    return asked
