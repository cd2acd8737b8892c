"""In which numbers a model's weights are kept: the dtypes, 8 and 4 bits, and what transformers is told for each.

8 and 4 bits shrink the weights of linear layers alone; embeddings and the rest stay in the dtype that the model
computes in. Quantizing happens while a model is loaded, from files in full precision.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.errors import NotFoundError, UsageError, nearest


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
        Quantization("8bit", "LLM.int8() (Dettmers et al. 2022), a scale for each row", 8, 0.0),
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
    chosen = quantization(quantize)
    try:
        import bitsandbytes  # noqa: F401  # transformers would only say so in many lines
        from transformers import BitsAndBytesConfig
    except ImportError as error:
        raise UsageError(f"{quantize} needs the package bitsandbytes", hint="pip install 'chatbot[local]'") from error
    if chosen.bits == 8:
        return {**arguments, "quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, dtype),
    )
    return {**arguments, "quantization_config": config}
