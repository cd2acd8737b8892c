"""How much memory training a model needs: LoRA, QLoRA, and all of its weights.

In: a `Size` and the length and number of texts in a step. Out: bytes, for AdamW without sharding or offloading, the
inputs of blocks kept and their insides computed again on the way back (gradient checkpointing), as is usual.
"""

from __future__ import annotations

from chatbot.models.local.memory_needed import Needed, Size
from chatbot.models.local.model_shape import Shape

RANK = 16
"""Of LoRA's matrices, on all linear layers: what QLoRA (Dettmers et al. 2023, section 4) found to be enough."""

ADAPTER_BYTES = 16
"""For each number of an adapter, which peft trains in float32: the number, its gradient, two moments of Adam."""

MIXED_BYTES = 14
"""For each weight beside its 2 bytes where all are trained (Rajbhandari et al. 2020, ZeRO, section 3.1): the gradient
in 16 bits, a copy of the weight and two moments of Adam in 32."""

LOGIT_BYTES = 12
"""For each number of the vocabulary at each token, where the loss is computed: logits in 16 bits and in 32, their
logarithms and gradients (as torch's memory tracker counts, within a tenth)."""


def to_train(size: Size, tokens: int, *, batch: int = 1) -> Needed:
    """All weights, in mixed precision: they and their gradients in 16 bits, what the optimizer keeps in 32."""
    weights = size.weights("bfloat16")
    activations = training_activations(size.shape, tokens * batch)
    return Needed(weights, 0, activations, size.parameters.total * MIXED_BYTES)


def to_adapt(size: Size, tokens: int, *, batch: int = 1, quantize: str = "") -> Needed:
    """A LoRA adapter of RANK on all linear layers of a model that itself stays as it is, in 16 bits or fewer."""
    adapter = RANK * size.parameters.sides * ADAPTER_BYTES
    weights = size.weights("bfloat16", quantize)
    return Needed(weights, 0, training_activations(size.shape, tokens * batch), adapter)


def training_activations(shape: Shape | None, tokens: int) -> int:
    """Of one step over so many tokens in 16 bits: the inputs of all blocks, and the loss or one block's insides.

    A block keeps, of each token, about 14 numbers for each of its width and 4 for each of its feed-forward layer; that
    is what torch's memory tracker counts in Llama's, within a twentieth.
    """
    if shape is None:
        return 0
    inside = 2 * (14 * shape.hidden + 4 * shape.intermediate)
    return tokens * (2 * shape.layers * shape.hidden + max(inside, LOGIT_BYTES * shape.vocabulary))
