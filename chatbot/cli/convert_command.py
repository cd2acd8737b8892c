"""`chatbot prompts convert`: a prompt file in the format of another tool, or the other way round."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("convert")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--to", "target", default="prompty", show_default=True, metavar="FORMAT", help="What to write.")
@click.option(
    "--from", "source", metavar="FORMAT", help="What FILE is; told from its name and content where not given."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="Write to this new file.")
def convert(file: Path, target: str, source: str | None, output: Path | None) -> None:
    """Convert a prompt FILE between prompty (also version 1), dotprompt, promptfoo, github, llm, openai and dspy.

    What the other format has no place for is told, line by line, on the standard error stream.
    """
    from chatbot.cli.screen import Screen
    from chatbot.errors import UsageError
    from chatbot.prompting.convert import convert as converted

    screen = Screen(plain=True)
    done = converted(file, target, source)
    for loss in done.losses:
        screen.notice(f"lost: {loss}")
    if output is None:
        screen.exactly(done.text)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as out:
            out.write(done.text)
    except FileExistsError:
        raise UsageError(f"{output} exists already", hint="name a new file") from None
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}") from error
