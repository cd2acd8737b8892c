"""What a person may want to know of a model in this process: where it computes, how fast, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.models.local.machine import devices
from chatbot.models.local.memory_needed import size_of

if TYPE_CHECKING:
    from chatbot.models.local.engine import Engine
    from chatbot.models.local.loading import Weights

MIB = 1 << 20


def status(engine: Engine) -> tuple[tuple[str, str], ...]:
    """Rows of a name and what is to be said of it."""
    weights, rates, kept = engine.weights, engine.rates, engine.kept
    prompts = rates.read + rates.cached
    reused = f", {rates.cached / prompts:.0%} of {prompts:,} tokens were kept from before" if prompts else ""
    return (
        ("computes on", _device(weights)),
        ("context", f"{weights.context_tokens:,} tokens"),
        ("reads", _rate(rates.read, rates.reading_seconds) + reused),
        ("writes", _rate(rates.written, rates.writing_seconds)),
        ("memory", _memory(weights)),
        ("kept prefixes", f"{kept.tokens:,} tokens, {_size(kept.bytes)} of {_size(kept.most_bytes)}"),
    )


def _device(weights: Weights) -> str:
    name = str(weights.device)
    title = next((each.title for each in devices() if each.name in (name, f"{name}:0")), name)
    numbers = weights.options.quantize or str(weights.dtype).removeprefix("torch.")
    return f"{title} ({name}), in {numbers}"


def _memory(weights: Weights) -> str:
    """What the weights take, as reckoned (packed ones do not tell their size), and what is left beside them."""
    dtype = str(weights.dtype).removeprefix("torch.")
    taken = round(size_of(weights.checkpoint).weights(dtype, weights.options.quantize))
    name = str(weights.device)
    free = next((each.free for each in devices() if each.name in (name, f"{name}:0")), None)
    return f"{_size(taken)} of weights" + (f"; {_size(free)} are free" if free is not None else "")


def _rate(tokens: int, seconds: float) -> str:
    return f"{tokens / seconds:,.0f} tokens/s" if tokens and seconds else "nothing yet"


def _size(size: int) -> str:
    return f"{size / MIB / 1024:,.2f} GiB" if size >= 1024 * MIB else f"{size / MIB:,.0f} MiB"
