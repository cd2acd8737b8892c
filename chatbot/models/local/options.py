"""What can be set about local models: the table `[local]` of chatbot.toml, or `LocalOptions` in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from chatbot.errors import ProjectError
from chatbot.workspace import checked

QUANTIZED = ("", "8bit", "4bit")
DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """How local models are loaded and run."""

    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`, or `auto`: the first GPU that is there, else the CPU."""
    dtype: str = "auto"
    """One of DTYPES. `auto`: on a GPU what the checkpoint was saved in, on a CPU float32, whose products are exact
    enough to repeat and which every CPU is quick at."""
    quantize: str = ""
    """`8bit` or `4bit` weights (see `precision`); empty for the weights as they are."""
    cache_gib: float = 1.0
    """GiB that kept prefixes of conversations may take beside the weights: 1 GiB holds about 8,000 tokens of an 8 B
    model with grouped keys, in 16 bits."""
    batch: int = 32
    """Most replies that are written side by side; more wait. A larger batch is quicker in all and slower for each."""
    trust_remote_code: tuple[str, ...] = ()
    """Names of models, as they stand in the spec, whose own Python code may run. It can do whatever you can."""

    @classmethod
    def read(cls, table: Mapping[str, object], *, where: str) -> LocalOptions:
        """The options of a table of settings. Raises ProjectError, which names what is wrong there."""
        given: dict[str, Any] = checked(table, {each.name: each.default for each in fields(cls)}, where=where)
        options = cls(**given)
        for key, value, known in (("quantize", options.quantize, QUANTIZED), ("dtype", options.dtype, DTYPES)):
            if value not in known:
                raise ProjectError(f"{where}: {key} is {value!r}", hint=f"known: {', '.join(filter(None, known))}")
        return options
