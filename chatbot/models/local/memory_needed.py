"""How much memory a model needs, from its shape alone: weights, the cache of keys and values, activations.

In: numbers of a config (`Shape`), or of a model's size in words ("7B"). Out: bytes. Nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatbot.errors import ModelTooLarge
from chatbot.models.local import machine
from chatbot.models.local.checkpoint import Checkpoint
from chatbot.models.local.model_shape import Shape
from chatbot.models.local.precision import DTYPE_BYTES, QUANTIZATIONS, quantization

GIB = 2**30

SHORT_CONTEXT = 2048
"""Tokens of the cache that must fit beside the weights before a model is loaded: a question with a few passages."""


@dataclass(frozen=True, slots=True)
class Needed:
    """Bytes for one use of a model."""

    weights: int
    cache: int
    """Keys and values of all tokens of all sequences."""
    activations: int
    """The largest sum of what is computed at a time and then forgotten."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.activations


def weight_bytes(parameters: int, dtype: str, quantize: str = "") -> int:
    """Weights of so many parameters, all of them in one precision."""
    bits = quantization(quantize).bits if quantize else 8 * DTYPE_BYTES[dtype]
    return parameters * bits // 8


def cache_bytes(shape: Shape, tokens: int, *, batch: int = 1, dtype: str = "bfloat16") -> int:
    """Keys and values of `batch` sequences of so many tokens; layers with a window keep the last tokens alone."""
    numbers = sum(cache.width * min(tokens, cache.window or tokens) for cache in shape.caches)
    return numbers * batch * DTYPE_BYTES[dtype]


def activation_bytes(shape: Shape, tokens: int, *, batch: int = 1, dtype: str = "bfloat16") -> int:
    """The most that reading so many tokens at once holds at a time: one block, and the logits of the last token.

    A block holds the residual stream twice and, in its wider half, either queries, keys, values and what attention
    makes of them, or the three products of a gated feed-forward layer. Attention is counted as computed without the
    matrix of all pairs (PyTorch's scaled_dot_product_attention).
    """
    attention = (2 * shape.heads + 2 * shape.kv_heads) * shape.head_dim
    block = 2 * shape.hidden + max(attention, 3 * shape.intermediate)
    return batch * (tokens * block * DTYPE_BYTES[dtype] + shape.vocabulary * 4)


def to_answer(checkpoint: Checkpoint, tokens: int, *, batch: int = 1, dtype: str, quantize: str = "") -> Needed:
    """What answering takes: `batch` sequences of so many tokens each, question and answer together."""
    if checkpoint.quantized:
        weights = checkpoint.stored.bytes
    else:
        weights = weight_bytes(checkpoint.stored.parameters, dtype, quantize)
    shape = checkpoint.shape
    if shape is None:
        return Needed(weights, 0, 0)
    return Needed(
        weights,
        cache_bytes(shape, tokens, batch=batch, dtype=dtype),
        activation_bytes(shape, tokens, batch=batch, dtype=dtype),
    )


def fitting_tokens(checkpoint: Checkpoint, free: int, *, batch: int = 1, dtype: str, quantize: str = "") -> int:
    """The most tokens of each sequence for which `free` bytes do; 0 where not even the weights fit."""
    most = (checkpoint.shape.context_tokens if checkpoint.shape else None) or 2**20

    def fits(tokens: int) -> bool:
        return to_answer(checkpoint, tokens, batch=batch, dtype=dtype, quantize=quantize).total <= free

    return _last_where(fits, most)


def check_fits(
    checkpoint: Checkpoint,
    device: str,
    dtype: str,
    *,
    quantize: str = "",
    tokens: int = SHORT_CONTEXT,
    batch: int = 1,
    free: int | None = None,
) -> None:
    """Raises ModelTooLarge where the model and a cache of `tokens` need more than the device has free.

    free: bytes, where they are known otherwise. Nothing is refused where the system does not tell what is free.
    """
    free = machine.free_bytes(device) if free is None else free
    needed = to_answer(checkpoint, tokens, batch=batch, dtype=dtype, quantize=quantize)
    if free is None or needed.total <= free:
        return
    kept = quantize or (checkpoint.quantized or dtype)
    raise ModelTooLarge(
        f"{checkpoint.name} needs {_gib(needed.total)} on {device} (weights in {kept} {_gib(needed.weights)}, the rest"
        f" to read {tokens:,} tokens); {_gib(free)} are free",
        hint=_what_fits(checkpoint, device, dtype, tokens, free),
    )


def _what_fits(checkpoint: Checkpoint, device: str, dtype: str, tokens: int, free: int) -> str:
    """What the user can do about a model that does not fit."""
    if not checkpoint.quantized:
        for name in QUANTIZATIONS:
            needed = to_answer(checkpoint, tokens, dtype=dtype, quantize=name).total
            if needed <= free:
                return f'quantize = "{name}" in [local] of chatbot.toml needs {_gib(needed)}'
    if device != "cpu" and (free_there := machine.free_bytes("cpu")):
        needed = to_answer(checkpoint, tokens, dtype=dtype).total
        if needed <= free_there:
            return f'device = "cpu" in [local] of chatbot.toml has room for it ({_gib(free_there)}), and is slower'
    billions = free * 8 / 4 / 1.2 / 1e9  # a fifth is left for the cache and what is computed
    return f"the largest that fits here in 4 bits has about {billions:.2g} billion parameters"


def _gib(size: float) -> str:
    return f"{size / GIB:.2f} GiB"


def _last_where(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` of which something holds that, once false, stays false; 0 for none."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
