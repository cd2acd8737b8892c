"""The uses of a model that its memory is reckoned for: answering in each precision, LoRA, QLoRA, full training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatbot.models.local.memory_needed import Needed, Size, to_answer
from chatbot.models.local.memory_to_train import to_adapt, to_train

Kind = Literal["answer", "lora", "qlora", "train"]


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a model, and the memory it takes."""

    name: str
    """For people."""
    kind: Kind
    precision: str
    """Of the weights: a dtype, a name of `precision.QUANTIZATIONS`, or "stored"."""
    needed: Needed


def uses(size: Size, tokens: int, *, batch: int = 1) -> list[Use]:
    """All uses, of `batch` texts of so many tokens at a time."""
    if size.stored:  # in few bits already: it is neither widened nor trained as a whole
        answer = to_answer(size, tokens, batch=batch, dtype="bfloat16")
        return [
            Use("answer, as stored", "answer", "stored", answer),
            Use("QLoRA, as stored", "qlora", "stored", to_adapt(size, tokens, batch=batch)),
        ]

    def answer_in(dtype: str, quantize: str = "") -> Needed:
        return to_answer(size, tokens, batch=batch, dtype=dtype, quantize=quantize)

    return [
        Use("answer, float32", "answer", "float32", answer_in("float32")),
        Use("answer, 16 bits", "answer", "bfloat16", answer_in("bfloat16")),
        Use("answer, 8 bits", "answer", "8bit", answer_in("bfloat16", "8bit")),
        Use("answer, 4 bits", "answer", "4bit", answer_in("bfloat16", "4bit")),
        Use("LoRA, 16 bits", "lora", "bfloat16", to_adapt(size, tokens, batch=batch)),
        Use("QLoRA, 4 bits", "qlora", "4bit", to_adapt(size, tokens, batch=batch, quantize="4bit")),
        Use("training, mixed", "train", "bfloat16", to_train(size, tokens, batch=batch)),
    ]
