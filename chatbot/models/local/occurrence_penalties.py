"""Frequency and presence penalties, as OpenAI's API defines them; transformers has none.

In: the ids so far and the scores of the next token. Out: the scores, lower for every token that the reply holds already
(https://platform.openai.com/docs/api-reference/chat): the prompt does not count. Nothing is changed in place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class OccurrencePenalties:
    """A logits processor."""

    frequency: float
    """Taken off for each time that a token occurs."""
    presence: float
    """Taken off once where it occurs at all."""
    prompt_tokens: int
    """Width of the prompt, padding included."""

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores without the penalties: both of shape [rows, vocabulary]."""
        reply = input_ids[:, self.prompt_tokens :]
        counts = torch.zeros_like(scores).scatter_add_(1, reply, torch.ones_like(reply, dtype=scores.dtype))
        return scores - self.frequency * counts - self.presence * (counts > 0)
