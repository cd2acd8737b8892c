"""The peer of the local benchmarks: transformers' own `generate`, called as its documentation does; nothing is kept.

Also the checkpoint of random weights that benchmarks measure beside our small model, whose arithmetic is so cheap that
what is measured there is mostly Python.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ROOT = Path(__file__).parents[2]
POCKET = ROOT / "examples" / "pocket"

Chat = Sequence[dict[str, str]]


@dataclass(frozen=True)
class Timed:
    """A reply, and when it came."""

    text: str
    tokens: int
    first: float
    """Seconds until the first token."""
    whole: float


class Plain:
    """A model and its tokenizer, as the Auto classes load them."""

    def __init__(self, folder: Path, *, device: str = "cpu", dtype: str = "float32") -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.device = device
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).to(device)

    @property
    def parameters(self) -> int:
        """How many there are, shared ones counted once."""
        return sum(each.numel() for each in self.model.parameters())

    def ask(self, chat: Chat, *, max_tokens: int, **options: object) -> Timed:
        """Reads the whole conversation and answers it, greedily unless told otherwise."""
        clock = _FirstToken()
        inputs = self._inputs(chat)
        chosen = {"do_sample": False, **options}
        written = self.model.generate(**inputs, max_new_tokens=max_tokens, stopping_criteria=[clock], **chosen)
        new = written[:, inputs["input_ids"].shape[1] :].tolist()  # which waits for the device
        whole = time.perf_counter() - clock.began
        tokens = sum(each != self.model.generation_config.pad_token_id for row in new for each in row)
        return Timed(self.tokenizer.decode(new[0], skip_special_tokens=True), tokens, clock.first, whole)

    def tokens(self, chat: Chat) -> int:
        """Length of the prompt."""
        return int(self._inputs(chat)["input_ids"].shape[1])

    def _inputs(self, chat: Chat) -> Any:
        options = {"add_generation_prompt": True, "return_tensors": "pt", "return_dict": True}
        return self.tokenizer.apply_chat_template(list(chat), **options).to(self.device)


class _FirstToken:
    """Looks at the clock when the first token has been chosen; as a stopping criterion, which stops nothing."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.first = 0.0

    def __call__(self, ids: torch.Tensor, _: object, **__: object) -> torch.Tensor:
        if not self.first:
            ids[0, -1].item()  # waits for the device
            self.first = time.perf_counter() - self.began
        return ids[:, 0] < 0


SMALL: Mapping[str, int] = {
    "hidden_size": 768,
    "intermediate_size": 2048,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "num_key_value_heads": 4,
    "max_position_embeddings": 8192,
}
"""75 million parameters."""


def random_checkpoint(
    folder: Path, shape: Mapping[str, int] = SMALL, *, device: str = "cpu", dtype: str = "float32"
) -> Path:
    """A Llama of random weights with our small model's tokenizer, made on `device` and written to `folder`.

    Weights are spread wide, so that the likeliest tokens lie far apart and greedy decoding does not turn on rounding.
    """
    import torch
    from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM

    tokenizer: Any = AutoTokenizer.from_pretrained(POCKET)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    config = LlamaConfig(
        vocab_size=len(tokenizer), tie_word_embeddings=True, initializer_range=0.05, dtype=dtype, **shape, **ends
    )
    torch.manual_seed(0)
    with torch.device(device):
        model: Any = LlamaForCausalLM._from_config(config, dtype=getattr(torch, dtype))
    model.generation_config = GenerationConfig(**ends)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
