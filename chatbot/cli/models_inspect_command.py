"""`chatbot models inspect`: what a model is, from its config and the headers of its files."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatbot.cli.local_settings import described
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.models.local.checkpoint import Checkpoint
    from chatbot.models.local.fitting import Fit
    from chatbot.models.local.parameters import Parameters


@click.command("inspect")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, as_json: bool) -> None:
    """Show parameters, layers, heads and context of model NAME, and how it fits this machine.

    NAME is a folder or a hub id. Its weights are neither loaded nor downloaded.
    """
    from chatbot.models.local import machine
    from chatbot.models.local.fitting import fits
    from chatbot.models.local.memory_needed import size_of

    checkpoint = described(name)
    size = size_of(checkpoint)
    found = [fit for device in machine.devices() for fit in fits(size, device)]
    screen = Screen(plain=as_json)
    if as_json:
        screen.json({**dict(_facts(checkpoint, size.parameters)), "fits": [asdict(fit) for fit in found]})
        return
    for label, value in _facts(checkpoint, size.parameters):
        if value is not None:
            screen.hanging(f"{label + ':':<16}", _text(value))
    screen.line("\nwhat fits this machine:", "bold")
    screen.table([_cells(fit) for fit in found], ("DEVICE", "WEIGHTS", "   GiB", "TOKENS OF CONTEXT"))


def _facts(checkpoint: Checkpoint, parameters: Parameters) -> list[tuple[str, object]]:
    shape, stored = checkpoint.shape, checkpoint.stored
    facts: list[tuple[str, object]] = [
        ("model", checkpoint.name),
        ("architecture", checkpoint.architecture),
        ("sees images", checkpoint.kind == "vision"),
        ("parameters", parameters.total),
        ("stored as", checkpoint.quantized or stored.dtype or None),
        ("stored bytes", stored.bytes or None),
    ]
    if shape is None:
        return facts
    kept = sum(cache.width > 0 for cache in shape.caches)
    windows = {cache.window + 1 for cache in shape.caches if cache.window}
    return [
        *facts,
        ("layers", shape.layers),
        ("width", shape.hidden),
        ("heads", shape.heads),
        ("key heads", shape.kv_heads),
        ("head size", shape.head_dim),
        ("feed-forward", shape.intermediate),
        ("vocabulary", shape.vocabulary),
        ("context", shape.context_tokens),
        ("attends in", kept if kept < shape.layers else None),
        ("window", max(windows, default=None)),
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cells(fit: Fit) -> tuple[str, ...]:
    from chatbot.models.local.memory_needed import GIB

    tokens = "does not fit" if not fit.tokens else f"{fit.tokens:,}{' (all it reads)' if fit.whole else ''}"
    return (fit.device, fit.precision, f"{fit.weights / GIB:6.2f}", tokens)
