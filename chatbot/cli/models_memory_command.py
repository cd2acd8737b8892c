"""`chatbot models memory`: what a model needs, before it is downloaded or loaded."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatbot.cli.local_settings import described
from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.models.local.machine import Device
    from chatbot.models.local.memory_needed import Needed, Size
    from chatbot.models.local.memory_uses import Use

CONTEXT = 4096
"""Tokens, where nobody says: a long question with its passages, and the answer."""

COLUMNS = ("USE", "WEIGHTS", "CACHE", "ACTIVATIONS", "TRAINING", "TOTAL", "FITS HERE")


@click.command("memory")
@click.argument("name", metavar="NAME|SIZE")
@click.option(
    "--context", type=click.IntRange(min=1), help=f"Tokens of each text.  [default: {CONTEXT:,} or what it reads]"
)
@click.option("--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Texts at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, context: int | None, batch: int, as_json: bool) -> None:
    """Show the memory that a model needs to answer and to be trained.

    NAME is a folder or a hub id, of which only the config is read; SIZE is a number of parameters, like 7B or 500M.
    """
    from chatbot.models.local import machine
    from chatbot.models.local.memory_needed import size_in_words, size_of
    from chatbot.models.local.memory_uses import uses

    size = size_in_words(name) or size_of(described(name))
    tokens = context or min(CONTEXT, (size.shape.context_tokens if size.shape else None) or CONTEXT)
    rows, devices = uses(size, tokens, batch=batch), machine.devices()
    screen = Screen(plain=as_json)
    if as_json:
        screen.json(_as_json(size, tokens, batch, rows, devices))
        return
    _show(screen, size, rows, devices, f"{batch} text{'s' if batch > 1 else ''} of {tokens:,} tokens")


def _show(screen: Screen, size: Size, rows: list[Use], devices: tuple[Device, ...], of: str) -> None:
    from chatbot.models.local.memory_needed import in_gib

    shape, total = size.shape, size.parameters.total
    screen.line(f"{size.name}: {total:,} parameters, {_shape(size)}", "bold")
    screen.line(f"GiB for {of}:\n")
    screen.table([_cells(use, devices) for use in rows], _header())
    screen.line()
    if shape is None:
        screen.line("Its config does not say its shape in the usual words: weights alone are reckoned.")
    for device in devices:
        free = "unknown" if device.free is None else f"{in_gib(device.free)} free"
        screen.line(f"{device.name} ({device.title}): {free}")


def _shape(size: Size) -> str:
    shape = size.shape
    if shape is None:
        return "of unknown shape"
    heads = f"{shape.heads} heads ({shape.kv_heads} for keys)" if shape.heads else "no attention"
    said = f"{shape.layers} layers of {shape.hidden:,}, {heads}"
    return f"as if {said}" if size.rounded else said


_WIDTHS = (0, 7, 6, 11, 8, 7, 0)


def _header() -> tuple[str, ...]:
    return tuple(name.rjust(width) for name, width in zip(COLUMNS, _WIDTHS, strict=True))


def _cells(use: Use, devices: tuple[Device, ...]) -> tuple[str, ...]:
    needed = use.needed
    numbers = (needed.weights, needed.cache, needed.activations, needed.training, needed.total)
    there = ", ".join(device.name for device in devices if _fits(needed, device)) or "no"
    cells = (use.name, *(_number(each) for each in numbers), there)
    return tuple(cell.rjust(width) for cell, width in zip(cells, _WIDTHS, strict=True))


def _number(size: int) -> str:
    from chatbot.models.local.memory_needed import GIB

    return f"{size / GIB:.2f}" if size else "-"


def _fits(needed: Needed, device: Device) -> bool:
    return device.free is None or needed.total <= device.free


def _as_json(size: Size, tokens: int, batch: int, rows: list[Use], devices: tuple[Device, ...]) -> dict[str, object]:
    from chatbot.models.local.memory_needed import GIB

    uses = []
    for use in rows:
        taken = {**asdict(use.needed), "total": use.needed.total}
        gib = {part: round(taken_by / GIB, 2) for part, taken_by in taken.items()}
        there = [device.name for device in devices if _fits(use.needed, device)]
        uses.append({"use": use.kind, "weights": use.precision, "bytes": taken, "gib": gib, "fits": there})
    return {
        "model": size.name,
        "parameters": size.parameters.total,
        "shape": _shape_as_json(size),
        "context": tokens,
        "batch": batch,
        "uses": uses,
        "devices": [asdict(device) for device in devices],
    }


def _shape_as_json(size: Size) -> dict[str, object] | None:
    if size.shape is None:
        return None
    shape = asdict(size.shape)
    del shape["caches"]  # one row for each layer
    return {**shape, "assumed": size.rounded}
