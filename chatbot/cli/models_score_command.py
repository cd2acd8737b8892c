"""`chatbot models score`: how well a local model predicts given text."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.options import Choices
from chatbot.cli.progress_bar import ProgressBar
from chatbot.cli.screen import Screen
from chatbot.errors import UsageError

if TYPE_CHECKING:
    from chatbot.models.local.model import LocalModel
    from chatbot.models.text_score import TextScore

WINDOW = 2048
"""Tokens that a model reads at once where nobody says: longer windows help little and take much."""


@click.command("score")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-m", "--model", metavar="SPEC", help="A local model: local:FOLDER_OR_HUB_ID.")
@click.option(
    "--window",
    type=click.IntRange(min=2),
    help=f"Tokens that are read at once.  [default: {WINDOW:,}, or all that the model reads]",
)
@click.option(
    "--stride", type=click.IntRange(min=1), help="Tokens that the window moves on by.  [default: half the window]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(files: tuple[Path, ...], model: str | None, window: int | None, stride: int | None, as_json: bool) -> None:
    """Show cross-entropy, perplexity and bits per byte of the text in FILE, as a local model predicts it.

    A window slides over a long text, and each token is counted once: in the first window that reaches it. A smaller
    stride leaves more text before each token, and takes longer.
    """
    screen = Screen(plain=as_json)
    texts = [(str(file), _text(file)) for file in files]
    local = _local(model, screen)
    window = window or min(WINDOW, local.weights.context_tokens)
    stride = stride or max(window // 2, 1)
    scores = [(name, _score(local, name, text, window, stride)) for name, text in texts]
    whole = sum((score for _, score in scores[1:]), scores[0][1])
    if as_json:
        told = {"model": local.name, "window": window, "stride": stride}
        screen.json({**told, "files": [_as_json(name, score) for name, score in scores], "all": _as_json("", whole)})
        return
    screen.line(f"{local.name}: windows of {window:,} tokens, each {stride:,} further on", "bold")
    rows = [*scores, ("all of it", whole)] if len(scores) > 1 else scores
    screen.table([_cells(name, score) for name, score in rows], _cells_of(HEADER))
    screen.line("\nTokens are each model's own: of models with other tokens only bits per byte compare.")


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        hint = "give a file of plain text"
        raise UsageError(
            f"{file} is not UTF-8 text: byte {error.start:,} is 0x{error.object[error.start]:02x}", hint=hint
        ) from error


def _local(spec: str | None, screen: Screen) -> LocalModel:
    from chatbot.cli.choice import settled_model
    from chatbot.models.in_process import is_in_process

    choices = Choices(spec, no_knowledge=True)
    found = choices.bot(model=settled_model(choices, screen)).model
    if not is_in_process(found):
        hint = "name one that is here: --model local:FOLDER_OR_HUB_ID"
        raise UsageError(f"{found.name} does not tell how likely a given text is", hint=hint)
    return found


def _score(local: LocalModel, name: str, text: str, window: int, stride: int) -> TextScore:
    from chatbot.models.local.perplexity import score_text

    try:
        with ProgressBar(f"reading {name}") as bar:
            return score_text(local.weights, text, window=window, stride=stride, watch=bar.show)
    except UsageError as error:
        raise UsageError(f"{name}: {error.message}", hint=error.hint) from None


HEADER = ("TOKENS", "BYTES", "NATS A TOKEN", "PERPLEXITY", "BITS A BYTE", "FILE")

_WIDTHS = (9, 10, 12, 12, 11, 0)


def _cells(name: str, score: TextScore) -> tuple[str, ...]:
    figures = (f"{score.cross_entropy:.4f}", f"{score.perplexity:,.2f}", f"{score.bits_per_byte:.4f}")
    return _cells_of((f"{score.tokens:,}", f"{score.bytes:,}", *figures, name))


def _cells_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.rjust(width) for text, width in zip(texts, _WIDTHS, strict=True))


def _as_json(name: str, score: TextScore) -> dict[str, object]:
    return {
        **({"file": name} if name else {}),
        "tokens": score.tokens,
        "bytes": score.bytes,
        "nats": score.nats,
        "cross_entropy": score.cross_entropy,
        "perplexity": score.perplexity if math.isfinite(score.perplexity) else None,
        "bits_per_byte": score.bits_per_byte,
    }
