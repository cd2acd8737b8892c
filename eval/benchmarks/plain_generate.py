"""The peer of the local benchmarks: transformers' own `generate`, called as its documentation does; nothing is kept.

Also the checkpoint of random weights that benchmarks measure beside our small model, whose arithmetic is so cheap that
what is measured there is mostly Python.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """A model and its tokenizer as the Auto classes load them, in float32."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)

    @property
    def parameters(self) -> int:
        return sum(each.numel() for each in self.model.parameters())

    def ask(self, chat: Chat, *, max_tokens: int, **options: object) -> Timed:
        """Reads the whole conversation and answers it, greedily unless told otherwise."""
        inputs = self.tokenizer.apply_chat_template(
            list(chat), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        clock = _FirstToken()
        chosen = {"do_sample": False, **options}
        written = self.model.generate(**inputs, max_new_tokens=max_tokens, streamer=clock, **chosen)
        whole = time.perf_counter() - clock.began
        new = written[0, inputs["input_ids"].shape[1] :]
        return Timed(self.tokenizer.decode(new, skip_special_tokens=True), len(new), clock.first, whole)


class _FirstToken:
    """What `generate` tells its tokens to: the prompt first, then each new one."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.first = 0.0
        self._told = 0

    def put(self, _: object) -> None:
        self._told += 1
        if self._told == 2:
            self.first = time.perf_counter() - self.began

    def end(self) -> None:
        pass


def random_checkpoint(folder: Path, *, hidden: int = 768, layers: int = 12, context: int = 8192) -> Path:
    """A Llama of random weights with our small model's tokenizer, made in `folder`: 75 million by default.

    Weights are spread wide, so that the likeliest tokens lie far apart and greedy decoding does not turn on rounding.
    """
    import torch
    from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM

    tokenizer: Any = AutoTokenizer.from_pretrained(POCKET)
    heads = hidden // 64
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=hidden * 8 // 3 // 64 * 64,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 4 or 1,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        initializer_range=0.05,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    model: Any = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(eos_token_id=config.eos_token_id, pad_token_id=config.pad_token_id)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
