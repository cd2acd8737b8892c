"""Checkpoints of about 100,000 random weights, made where a test needs them: the real loading code, seconds not hours.

`tiny_model(folder, family)` writes config, safetensors and a byte-level BPE tokenizer with special tokens and a
ChatML-like chat template; `tiny_weights(family)` has one of them loaded, once per process. Weights are
spread wide, so that the likeliest tokens lie far apart and greedy decoding does not turn on rounding.
"""

from __future__ import annotations

import functools
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

CORPUS = Path(__file__).with_name("tiny_corpus.txt")

VOCABULARY = 640

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>", "<think>", "</think>")

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

_SMALL = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "initializer_range": 0.25,
}

FAMILIES: dict[str, dict[str, Any]] = {
    "llama": _SMALL,
    "qwen2": _SMALL,
    "qwen3": _SMALL,
    "mistral": {**_SMALL, "sliding_window": None},
    "olmo2": _SMALL,
    "phi3": {key: value for key, value in _SMALL.items() if key != "head_dim"},
    "gemma3_text": {**_SMALL, "sliding_window": 16, "query_pre_attn_scalar": 16},
    "gpt2": {"n_embd": 64, "n_layer": 2, "n_head": 4, "initializer_range": 0.25},
}
"""What of each family's config is not its default."""


def tiny_model(folder: Path, family: str = "llama", *, seed: int = 0, context: int = 512, **changes: Any) -> Path:
    """The folder, with a checkpoint of this family in it: "llama", "qwen3", "gpt2", "gemma3", …

    seed: other weights. context: most tokens it reads. changes: what of its config is to be otherwise.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    name = {"gemma3": "gemma3_text"}.get(family, family)
    tokenizer = tiny_tokenizer()
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    given = {"vocab_size": len(tokenizer), "max_position_embeddings": context, **ends, **FAMILIES[name], **changes}
    config = AutoConfig.for_model(name, **given)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.generation_config = GenerationConfig(**ends)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@dataclass(frozen=True)
class TinyWeights:
    """A loaded checkpoint, as `chatbot.models.local.decoding.Loaded` has it."""

    model: Any
    tokenizer: Any
    config: Any
    context_tokens: int


@functools.cache
def tiny_weights(family: str = "llama", *, seed: int = 0, context: int = 512) -> TinyWeights:
    """A tiny model in memory, in float32 on the CPU."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with tempfile.TemporaryDirectory() as folder:
        made = tiny_model(Path(folder), family, seed=seed, context=context)
        model = AutoModelForCausalLM.from_pretrained(made, dtype="float32").eval()
        return TinyWeights(model, AutoTokenizer.from_pretrained(made), model.config, context)


@functools.cache
def tiny_tokenizer() -> Any:
    """A byte-level BPE tokenizer, trained on a text that never changes; it ends a turn with `<|im_end|>`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bare.train_from_iterator(CORPUS.read_text(encoding="utf-8").splitlines(), trainer)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tokenizer.json"
        bare.save(str(file))
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(file), eos_token="<|im_end|>", pad_token=SPECIAL[0])
    tokenizer.chat_template = CHATML
    return tokenizer
