"""How many numbers a model has, and where: counted on torch's meta device, which builds a model without any memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import CheckpointError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from chatbot.models.local.checkpoint import Checkpoint
    from chatbot.models.local.model_shape import Shape


@dataclass(frozen=True, slots=True)
class Parameters:
    """Counts of a model; shared weights count once."""

    total: int
    linear: int
    """Weights of the linear layers inside: these are what is kept in few bits. Embeddings and the last layer are not,
    nor are the fused experts of a mixture."""
    sides: int
    """Inputs and outputs of these layers in all: a LoRA adapter to all of them has so many numbers for each rank."""


def counted(checkpoint: Checkpoint) -> Parameters:
    """The counts of a checkpoint, by its config alone. Raises CheckpointError where its family refuses the config.

    Of a model that brings its own code, which does not run here, only what its files hold is known.
    """
    if not type(checkpoint.config).__module__.startswith("transformers."):
        return Parameters(checkpoint.stored.parameters, checkpoint.stored.parameters, 0)
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    auto = AutoModelForImageTextToText if checkpoint.kind == "vision" else AutoModelForCausalLM
    try:
        with torch.device("meta"):
            model = auto.from_config(checkpoint.config)
    except (ValueError, RuntimeError, TypeError, AttributeError, LookupError, ImportError) as error:
        raise CheckpointError(
            f"{checkpoint.name}: its config describes no model that can be built: {' '.join(str(error).split())[:200]}",
            hint="copy or download it again",
        ) from error
    return _of(model)


def _of(model: PreTrainedModel) -> Parameters:
    import torch
    from transformers.pytorch_utils import Conv1D
    from transformers.quantizers.base import get_keys_to_not_convert

    whole = set(get_keys_to_not_convert(model))
    linear = [
        module.weight
        for name, module in model.named_modules()
        if (type(module) is torch.nn.Linear or isinstance(module, Conv1D)) and name not in whole
    ]
    return Parameters(
        model.num_parameters(), sum(weight.numel() for weight in linear), sum(sum(weight.shape) for weight in linear)
    )


def of_shape(shape: Shape, total: int) -> Parameters:
    """The counts of a plain decoder of this shape and size, all of it in linear layers."""
    wide, narrow = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    attention = 2 * (shape.hidden + wide) + 2 * (shape.hidden + narrow)
    return Parameters(total, total, shape.layers * (attention + 3 * (shape.hidden + shape.intermediate)))
