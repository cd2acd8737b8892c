"""What is said where memory does not suffice while a model computes: what was asked, and what would fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.errors import ModelTooLarge
from chatbot.models.local.forward import release
from chatbot.models.local.machine import free_bytes
from chatbot.models.local.memory_needed import activation_bytes, cache_bytes, in_gib, last_where

if TYPE_CHECKING:
    from chatbot.models.local.job import Job
    from chatbot.models.local.loading import Weights
    from chatbot.models.local.model_shape import Shape


def too_large(weights: Weights, job: Job) -> ModelTooLarge:
    """The error for a job that ran out of memory. What is free is looked at after all else was let go of."""
    release()
    device = str(weights.device)
    free = free_bytes(device)
    shape = weights.checkpoint.shape if weights.checkpoint else None
    dtype = str(weights.dtype).removeprefix("torch.")
    asked = f"{len(job.ids):,} tokens of prompt, {job.samples} replies of up to {job.max_tokens:,}"
    hint = "ask for fewer tokens or samples; [local] quantize and cache_gib in chatbot.toml make room"
    if shape is not None and free is not None:
        tokens = fitting(shape, free, dtype, job.samples)
        each = f" each of {job.samples} times" if job.samples > 1 else ""
        hint = f"{in_gib(free)} are free, enough for about {tokens:,} tokens in all{each}; {hint}"
    return ModelTooLarge(f"local:{weights.name} ran out of memory on {device}: {asked}", hint=hint)


def fitting(shape: Shape, free: int, dtype: str, samples: int) -> int:
    """Tokens of prompt and reply together that there is room for beside the weights."""

    def fits(tokens: int) -> bool:
        cache = cache_bytes(shape, tokens, batch=samples, dtype=dtype)
        return cache + activation_bytes(shape, min(tokens, 512), batch=samples, dtype=dtype) <= free

    return last_where(fits, shape.context_tokens or 2**20)
