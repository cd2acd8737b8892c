"""Tokenizers of the model families whose templates lie in tests/prompting/chat_templates, trained on this repository.

Each has the special tokens of its family with the flags they have there, and the family's way to cut text: byte-level
BPE, or pieces that begin with ▁ as SentencePiece writes them.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

REPOSITORY = Path(__file__).parents[3]
TEMPLATES = REPOSITORY / "tests" / "prompting" / "chat_templates"
CORPUS = [(REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md", "LICENSE")]

SPECIAL = {
    "chatml": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    "llama3": ["<s>", "</s>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>"],
    "mistral": [
        *("<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
        *("[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[SYSTEM_PROMPT]"),
    ],
    "gemma": ["<s>", "</s>", "<start_of_turn>", "<end_of_turn>"],
    "phi": ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
    "deepseek": [
        *("<s>", "</s>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>"),
        *("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"),
        *("<｜tool▁sep｜>", "<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"),
    ],
    "command_r": [
        *("<s>", "</s>", "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<|SYSTEM_TOKEN|>"),
        *("<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>", "<|START_ACTION|>", "<|END_ACTION|>"),
    ],
    "harmony": [
        *("<s>", "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|constrain|>", "<|call|>", "<|return|>"),
    ],
}
"""Tokens that are special, by family."""

ADDED = {"chatml": ["<tool_call>", "</tool_call>", "<think>", "</think>"], "deepseek": ["<think>", "</think>"]}
"""Tokens that families add without calling them special, though they steer the model as much."""

WITH_PIECES = {"mistral", "gemma", "phi"}
"""Families whose tokenizers come from SentencePiece."""


def template_of(family: str) -> str:
    return (TEMPLATES / f"{family}.jinja").read_text(encoding="utf-8")


@functools.cache
def tokenizer_of(family: str, *, template: str | None = None) -> Any:
    """The tokenizer of a family, as transformers loads it."""
    from transformers import PreTrainedTokenizerFast

    pieces = family in WITH_PIECES
    backend = _with_pieces() if pieces else _byte_level()
    strips = family == "phi"  # its tokens take the white space behind them along
    backend.add_special_tokens(
        [AddedToken(each, normalized=False, rstrip=strips, special=True) for each in SPECIAL[family]]
    )
    backend.add_tokens([AddedToken(each, normalized=False) for each in ADDED.get(family, [])])
    if family == "gemma":
        backend.add_tokens([AddedToken("\n" * count, normalized=False) for count in (2, 3)])
    end = next(token for token in SPECIAL[family] if re.search(r"im_end|eot_id|/s|return", token))
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        chat_template=template if template is not None else template_of(family),
        bos_token="<s>" if "<s>" in SPECIAL[family] else None,
        eos_token=end,
        unk_token="<unk>" if pieces else None,
    )


def _byte_level() -> Tokenizer:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    backend.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=1200, initial_alphabet=alphabet, show_progress=False)
    )
    return backend


def _with_pieces() -> Tokenizer:
    backend = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    backend.normalizer = normalizers.Replace(Regex("\t"), " ")
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    backend.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    letters = ["<unk>", *(f"<0x{number:02X}>" for number in range(256))]
    backend.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=1500, special_tokens=letters, show_progress=False)
    )
    described = json.loads(backend.to_str())
    described["added_tokens"] = described["added_tokens"][:1]  # bytes are tokens of the model, and no added ones
    return Tokenizer.from_str(json.dumps(described))
