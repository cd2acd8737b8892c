"""How much memory a model needs, from its shape alone: weights, the cache of keys and values, activations.

In: numbers of a config (`Shape`, `Parameters`), or a size in words ("7B"). Out: bytes. Nothing is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import ModelTooLarge
from chatbot.models.local import machine
from chatbot.models.local.model_shape import LayerCache, Shape
from chatbot.models.local.parameters import Parameters, counted, of_shape
from chatbot.models.local.precision import DTYPE_BYTES, QUANTIZATIONS, quantization

if TYPE_CHECKING:
    from chatbot.models.local.checkpoint import Checkpoint

GIB = 2**30

SHORT_CONTEXT = 2048
"""Tokens of the cache that must fit beside the weights before a model is loaded: a question with a few passages."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bm])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Size:
    """What memory follows from."""

    name: str
    parameters: Parameters
    shape: Shape | None
    """None where a family does not say it in the usual words; then weights alone are reckoned."""
    stored: int = 0
    """Bytes of the weights where they are stored in few bits already; else 0."""
    rounded: bool = False
    """A size in words: every weight counts the same, as the field's tables have it."""

    def weights(self, dtype: str, quantize: str = "") -> int:
        """Bytes of the weights: as they are stored, in a dtype, or those of linear layers in few bits."""
        if self.stored:
            return self.stored
        if not quantize or self.rounded:
            return weight_bytes(self.parameters.total, dtype, quantize)
        bits = quantization(quantize).bits + quantization(quantize).overhead
        whole = self.parameters.total - self.parameters.linear
        return int(self.parameters.linear * bits / 8) + weight_bytes(whole, dtype)


@dataclass(frozen=True, slots=True)
class Needed:
    """Bytes for one use of a model."""

    weights: int
    cache: int
    """Keys and values of all tokens of all sequences."""
    activations: int
    """The largest sum of what is computed at a time and then forgotten."""
    training: int = 0
    """Gradients, states of the optimizer, and further copies of the weights that are trained."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.activations + self.training


def size_of(checkpoint: Checkpoint) -> Size:
    """The size of a checkpoint. Raises CheckpointError where its config describes no model."""
    stored = checkpoint.stored.bytes if checkpoint.quantized else 0
    return Size(checkpoint.name, counted(checkpoint), checkpoint.shape, stored)


def _as_stored(checkpoint: Checkpoint) -> Size:
    """The size as far as files tell it: enough where no layer is quantized, and at once."""
    parameters = Parameters(checkpoint.stored.parameters, 0, 0)
    return Size(checkpoint.name, parameters, checkpoint.shape, checkpoint.stored.bytes if checkpoint.quantized else 0)


def size_in_words(text: str) -> Size | None:
    """A size such as "7B" or "500M" as a decoder of usual proportions; None where the text is no such size.

    128 numbers of width for each layer, as GPT-3 and Llama have it at 7 to 13 billion parameters, of which 12 times the
    width squared lie in each layer (Kaplan et al. 2020, section 2.1); heads of 128, of which at most 8 keep keys and
    values (Ainslie et al. 2023); a vocabulary of 128,000.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    total = int(float(found[1]) * {"b": 1e9, "m": 1e6}[found[2].lower()])
    layers = max(1, int((total / (12 * 128**2)) ** (1 / 3)))
    hidden, kv_heads = 128 * layers, min(8, layers)
    cache = LayerCache(2 * kv_heads * 128)
    shape = Shape(layers, hidden, layers, kv_heads, 128, hidden * 8 // 3, 128_000, None, (cache,) * layers)
    return Size(text.strip(), of_shape(shape, total), shape, rounded=True)


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


def to_answer(size: Size, tokens: int, *, batch: int = 1, dtype: str, quantize: str = "") -> Needed:
    """What answering takes: `batch` sequences of so many tokens each, question and answer together."""
    weights = size.weights(dtype, quantize)
    if size.shape is None:
        return Needed(weights, 0, 0)
    return Needed(
        weights,
        cache_bytes(size.shape, tokens, batch=batch, dtype=dtype),
        activation_bytes(size.shape, tokens, batch=batch, dtype=dtype),
    )


def fitting_tokens(size: Size, free: int, *, batch: int = 1, dtype: str, quantize: str = "") -> int:
    """The most tokens of each sequence for which `free` bytes do; 0 where not even the weights fit."""
    most = (size.shape.context_tokens if size.shape else None) or 2**20

    def fits(tokens: int) -> bool:
        return to_answer(size, tokens, batch=batch, dtype=dtype, quantize=quantize).total <= free

    return last_where(fits, most)


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
    size = size_of(checkpoint) if quantize else _as_stored(checkpoint)
    needed = to_answer(size, tokens, batch=batch, dtype=dtype, quantize=quantize)
    if free is None or needed.total <= free:
        return
    kept = quantize or (checkpoint.quantized or dtype)
    raise ModelTooLarge(
        f"{checkpoint.name} needs {in_gib(needed.total)} on {device} (weights in {kept} {in_gib(needed.weights)}, the"
        f" rest to read {tokens:,} tokens); {in_gib(free)} are free",
        hint=_what_fits(size_of(checkpoint), device, dtype, tokens, free),
    )


def _what_fits(size: Size, device: str, dtype: str, tokens: int, free: int) -> str:
    """What the user can do about a model that does not fit."""
    if not size.stored:
        for name in QUANTIZATIONS:
            needed = to_answer(size, tokens, dtype=dtype, quantize=name).total
            if needed <= free:
                return f'quantize = "{name}" in [local] of chatbot.toml needs {in_gib(needed)}'
    if device != "cpu" and (free_there := machine.free_bytes("cpu")):
        needed = to_answer(size, tokens, dtype=dtype).total
        if needed <= free_there:
            return f'device = "cpu" in [local] of chatbot.toml has room for it ({in_gib(free_there)}), and is slower'
    billions = free * 8 / 4 / 1.2 / 1e9  # a fifth is left for the cache and what is computed
    return f"the largest that fits here in 4 bits has about {billions:.2g} billion parameters"


def in_gib(size: float) -> str:
    """Bytes, for people."""
    return f"{size / GIB:.2f} GiB"


def last_where(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` of which something holds that, once false, stays false; 0 for none."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
