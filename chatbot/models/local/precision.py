"""In which numbers a model's weights are kept: the dtypes, 8 and 4 bits, and what transformers is told for each.

8 and 4 bits shrink the weights of linear layers alone; embeddings and the rest stay in the dtype that the model
computes in. Quantizing happens while a model is loaded, from files in full precision. In 8 bits torchao's kernels are
the quicker to load and the more exact on a CPU, bitsandbytes' on an Nvidia GPU; in 4 bits bitsandbytes serves both.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import CheckpointError, NotFoundError, UsageError, nearest

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True, slots=True)
class Quantization:
    """A way to keep the weights of linear layers in few bits."""

    name: str
    title: str
    """What it is, for people, with where it is described."""
    bits: int
    """Of one weight."""
    overhead: float
    """Bits for each weight that the scales of its block take."""


QUANTIZATIONS = {
    each.name: each
    for each in (
        Quantization("8bit", "a scale for each row; on a GPU LLM.int8() (Dettmers et al. 2022)", 8, 0.0),
        Quantization("4bit", "NF4 with double quantization (QLoRA, Dettmers et al. 2023)", 4, 0.127),
    )
}
"""By the name that goes into `quantize`. NF4's overhead is the paper's: 8 bits for 64 weights, 32 for 64 * 256."""

DTYPE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""The dtypes a model can compute in, by torch's names, and the bytes of a number."""


def quantization(name: str) -> Quantization:
    """The one of this name. Raises NotFoundError."""
    found = QUANTIZATIONS.get(name)
    if found is None:
        raise NotFoundError(f"there is no quantization {name!r}", hint=nearest(name, QUANTIZATIONS))
    return found


BLOCK = 64
"""Weights of NF4 that share a scale."""


def loading_arguments(quantize: str, device: str, dtype: str) -> dict[str, object]:
    """What `from_pretrained` is given for these, beside the path.

    quantize: a name of QUANTIZATIONS, or empty for none. device, dtype: as torch names them.
    Raises NotFoundError for a name that is unknown, UsageError where the package that quantizes is not installed.
    """
    import torch

    arguments: dict[str, object] = {"dtype": getattr(torch, dtype), "use_safetensors": True}
    if not quantize:
        return arguments  # moved to the device afterwards, which needs no further package
    arguments["device_map"] = {"": device}
    if quantization(quantize).bits == 4:
        return {**arguments, "quantization_config": _nf4(getattr(torch, dtype))}
    eight = _llm_int8() if device.startswith("cuda") else _torchao_int8()
    return {**arguments, "quantization_config": eight}


def check_layers(model: PreTrainedModel, name: str, quantize: str) -> None:
    """Raises CheckpointError where a CPU cannot multiply with layers of these widths in 4 bits."""
    if quantize != "4bit" or model.device.type != "cpu":
        return
    import bitsandbytes

    for layer in model.modules():
        if isinstance(layer, bitsandbytes.nn.Linear4bit) and layer.in_features % BLOCK:
            raise CheckpointError(
                f"local:{name} has a layer of {layer.in_features} inputs; 4 bits on a CPU take multiples of {BLOCK}",
                hint='quantize = "8bit" in [local] of chatbot.toml has no such bound',
            )


def _nf4(dtype: object) -> object:
    with _installed("bitsandbytes"):
        import bitsandbytes  # noqa: F401  # transformers would only say so in many lines
        from transformers import BitsAndBytesConfig
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def _llm_int8() -> object:
    with _installed("bitsandbytes"):
        import bitsandbytes  # noqa: F401  # as above
        from transformers import BitsAndBytesConfig
    return BitsAndBytesConfig(load_in_8bit=True)


def _torchao_int8() -> object:
    with _installed("torchao"):
        from torchao.quantization import Int8WeightOnlyConfig
        from transformers import TorchAoConfig
    return TorchAoConfig(Int8WeightOnlyConfig())


@contextmanager
def _installed(package: str) -> Iterator[None]:
    """Imports of a package that may be missing. What it has to tell would be drawn over the chat."""
    logging.getLogger(package).setLevel(logging.ERROR)  # at every product, otherwise
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    except ImportError as error:
        raise UsageError(f"fewer bits need the package {package}", hint="pip install 'chatbot[local]'") from error
    finally:
        logging.disable(before)
