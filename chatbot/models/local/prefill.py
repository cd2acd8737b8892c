"""Reading a prompt, a chunk at a time, from the longest prefix that is kept.

A chunk at a time, so that a long prompt neither holds up the replies being written beside it nor a cancellation.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from chatbot.events import Reading
from chatbot.models.local import kv_cache
from chatbot.models.local.draws import Draw, Row
from chatbot.models.local.forward import next_logits
from chatbot.models.local.job import Job, Read

if TYPE_CHECKING:
    from transformers import GenerationConfig, LogitsProcessorList
    from transformers.cache_utils import DynamicCache

    from chatbot.models.local.decoding import Decoding
    from chatbot.models.local.loading import Weights
    from chatbot.models.local.prefix_cache import PrefixCache

CHUNK_TOKENS = 512
"""Tokens read at once: enough to use every unit of a GPU, and a few seconds of an 8 B model on a CPU."""


class Prefill:
    """A prompt that is being read."""

    def __init__(self, job: Job, weights: Weights, kept: PrefixCache) -> None:
        self.job = job
        self._weights = weights
        self._kept = kept
        self._started = time.perf_counter()
        self._ids = torch.tensor([job.ids], device=weights.device)
        self.cache: DynamicCache = kept.longest(job.ids, job.adapter) or kv_cache.new_cache(weights.config)
        self.cached = kv_cache.length(self.cache)
        """Tokens that need not be read."""
        self._done = self.cached

    def step(self) -> torch.Tensor | None:
        """Reads a chunk. When all is read: the logits of the first token, of shape (1, vocabulary)."""
        end = min(self._done + CHUNK_TOKENS, len(self.job.ids))
        positions = torch.arange(self._done, end, device=self._ids.device)[None]
        ids = self._ids[:, self._done : end]
        logits = next_logits(self._weights.model, ids, self.cache, positions=positions, make_room=self._kept.clear)
        self._done = end
        if end < len(self.job.ids):
            self.job.tell(Reading(end, len(self.job.ids)))
            return None
        self.job.tell(Read(len(self.job.ids), self.cached, time.perf_counter() - self._started))
        return logits

    def draws(self) -> list[Draw]:
        """The replies to be written: all samples together, or each alone where its decoding remembers."""
        job, device = self.job, self._ids.device
        rows = [Row(job, sample, self._weights.decode, device) for sample in range(job.samples)]
        groups = [rows] if len(job.decodings) == 1 else [[row] for row in rows]
        return [
            Draw(group, self._ids, *prepared(self._weights, self._ids, decoding))
            for group, decoding in zip(groups, job.decodings, strict=True)
        ]


def prepared(weights: Weights, ids: torch.Tensor, decoding: Decoding) -> tuple[LogitsProcessorList, GenerationConfig]:
    """All processors of a decoding, transformers' own among them, in the order in which `generate` applies them.

    It is asked itself: `custom_generate` hands what it has prepared to the loop that is to run in its place.
    """

    def take(_model: object, _ids: torch.Tensor, **given: object) -> tuple[object, object]:
        return given["logits_processor"], given["generation_config"]

    processors, config = weights.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        generation_config=decoding.config,
        logits_processor=decoding.processors,
        custom_generate=take,
    )
    return processors, config
