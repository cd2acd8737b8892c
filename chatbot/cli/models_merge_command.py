"""`chatbot models merge`: a LoRA adapter and its model become one checkpoint."""

from __future__ import annotations

from pathlib import Path

import click

from chatbot.cli.local_settings import local_options
from chatbot.cli.screen import Screen
from chatbot.errors import UsageError


@click.command("merge")
@click.argument("name", metavar="BASE+ADAPTER")
@click.argument("folder", type=click.Path(path_type=Path))
def command(name: str, folder: Path) -> None:
    """Merge a LoRA adapter into its model, as a new model in FOLDER.

    BASE and ADAPTER are folders or hub ids. Both stay as they are.
    """
    try:
        from chatbot.models.local.merging import merge
    except ImportError as error:
        raise UsageError(
            f"local models need torch and transformers: {error}", hint="pip install 'chatbot[local]'"
        ) from error
    merge(name.removeprefix("local:"), folder, trust_remote_code=local_options().trust_remote_code)
    Screen().line(f"written: {folder}\nchat with it: chatbot --model local:{folder}")
