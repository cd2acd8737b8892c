"""The tokenizer: byte-level byte-pair encoding, learnt from the conversations, with every digit a token of its own.

Comes out as a tokenizer of transformers with the chat template. Knows three special tokens and no others.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pocket.conversations import Conversation, block

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SIZE = 2048
END, TURN, OVER = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPLITS = r"\p{N}| [-+*/=] | ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+"
"""Where texts are cut before pairs are merged: a sign of arithmetic is one piece with the spaces around it."""
TEMPLATE = Path(__file__).with_name("chat_template.jinja")
LEARNT_FROM = 6
"""Blocks of conversations that the merges are counted in."""


def learn(seed: int, *, size: int = SIZE, context: int) -> PreTrainedTokenizerFast:
    """A tokenizer for the conversations of a seed."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLITS), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    pairs.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[END, TURN, OVER], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    conversations = [each for number in range(LEARNT_FROM) for each in block(seed, number)]
    pairs.train_from_iterator((text for each in conversations for text in _texts(each)), trainer)
    found = PreTrainedTokenizerFast(
        tokenizer_object=pairs, eos_token=OVER, pad_token=END, model_max_length=context,
        clean_up_tokenization_spaces=False,
    )  # fmt: skip
    found.chat_template = TEMPLATE.read_text(encoding="utf-8").rstrip("\n")
    return found


def known(folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer that lies in a folder."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder)


def _texts(conversation: Conversation) -> list[str]:
    texts = [str(each["content"]) for each in conversation.messages]
    return [*texts, *(str(each.get("tool_calls", "")).replace("'", '"') for each in conversation.messages),
            *(str(each).replace("'", '"') for each in conversation.tools),
            '\n<tool_call>\n{"name": "', '</tool_call>', "assistant\n", "user\n", "system\n", "tool\n"]  # fmt: skip


def encoded(tokenizer: PreTrainedTokenizerFast, conversation: Conversation) -> tuple[list[int], list[bool]]:
    """The tokens of a conversation, and which of them the assistant says: its words and the end of its turn."""
    text = tokenizer.apply_chat_template(
        list(conversation.messages), tools=list(conversation.tools) or None, tokenize=False
    )
    tokens: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    opening = tokenizer(f"{TURN}assistant\n", add_special_tokens=False)["input_ids"]
    over = tokenizer.convert_tokens_to_ids(OVER)
    learnt, inside = [False] * len(tokens), False
    for at, token in enumerate(tokens):
        learnt[at] = inside
        if inside and token == over:
            inside = False
        elif tokens[max(0, at + 1 - len(opening)) : at + 1] == opening:
            inside = True
    return tokens, learnt
