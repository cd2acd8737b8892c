"""What fits a device: for each precision of a model's weights, the longest context that there is room for."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.models.local.machine import Device
from chatbot.models.local.memory_needed import Size, fitting_tokens

_PRECISIONS = (("float32", ""), ("bfloat16", ""), ("bfloat16", "8bit"), ("bfloat16", "4bit"))


@dataclass(frozen=True, slots=True)
class Fit:
    """A model in one precision on one device."""

    device: str
    precision: str
    weights: int
    """Bytes."""
    tokens: int
    """Of one conversation, question and answer together; 0 where the model does not fit."""
    whole: bool
    """That is all that the model was made to read."""


def fits(size: Size, device: Device) -> list[Fit]:
    """Each precision on a device; on one that does not tell what is free, everything is taken to fit."""
    free = 1 << 62 if device.free is None else device.free
    found = []
    for dtype, quantize in (("bfloat16", ""),) if size.stored else _PRECISIONS:
        tokens = fitting_tokens(size, free, dtype=dtype, quantize=quantize)
        most = size.shape.context_tokens if size.shape else None
        name = "stored" if size.stored else quantize or dtype
        found.append(Fit(device.name, name, size.weights(dtype, quantize), tokens, tokens == most))
    return found
