"""Reading a prompt, a chunk at a time, from the longest prefix that is kept.

A chunk at a time, so that a long prompt neither holds up the replies being written beside it nor a cancellation.
Pictures are read in one piece with what stands before and between them, since some families let the tokens of a picture
see each other in both directions: a kept prefix serves where it holds all of them, and else they are read anew.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from transformers import GenerationConfig

from chatbot.events import Reading
from chatbot.models.local import kv_cache
from chatbot.models.local.draws import Draw, Row
from chatbot.models.local.forward import next_logits
from chatbot.models.local.job import Job, Read
from chatbot.models.local.quiet import quiet

if TYPE_CHECKING:
    from transformers import LogitsProcessorList
    from transformers.cache_utils import DynamicCache

    from chatbot.models.local.decoding import Decoding
    from chatbot.models.local.loading import Weights
    from chatbot.models.local.pictures import Shown
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
        cache = kept.longest(job.key(job.ids), job.adapter)
        if cache is None or (job.shown and kv_cache.length(cache) < job.shown.end):
            cache = kv_cache.new_cache(weights.config)
        self.cache: DynamicCache = cache
        self._positions = positions_of(weights, self._ids, job.shown)
        self.cached = kv_cache.length(self.cache)
        """Tokens that need not be read."""
        self._done = self.cached

    def step(self) -> torch.Tensor | None:
        """Reads a chunk. When all is read: the logits of the first token, of shape (1, vocabulary)."""
        end, shown = min(self._done + CHUNK_TOKENS, len(self.job.ids)), None
        if self.job.shown and self._done < self.job.shown.end:
            end = max(end, self.job.shown.end)
            shown = self.job.shown.inputs(end)
        logits = next_logits(
            self._weights.model,
            self._ids[:, self._done : end],
            self.cache,
            positions=self._positions[..., self._done : end],
            shown=shown,
            make_room=self._kept.clear,
        )
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
        shift = int(self._positions.reshape(-1, len(job.ids))[-1, -1]) + 1 - len(job.ids)
        groups = [rows] if len(job.decodings) == 1 else [[row] for row in rows]
        return [
            Draw(group, self._ids, *prepared(self._weights, self._ids, decoding), shift=shift)
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


def positions_of(weights: Weights, ids: torch.Tensor, shown: Shown | None) -> torch.Tensor:
    """The positions of a prompt's tokens, of shape (1, tokens).

    Families with positions of several axes, where a picture's tokens lie in a plane (Qwen2-VL, arXiv:2409.12191), have
    axes before these. Only the model's own preparation knows them; the last axis goes on as the reply does.
    """
    plain = torch.arange(ids.shape[1], device=ids.device)[None]
    if shown is None:
        return plain

    def take(_model: object, _ids: torch.Tensor, **given: object) -> object:
        return given.get("position_ids")

    with quiet():
        found = weights.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            generation_config=GenerationConfig(max_new_tokens=1),
            custom_generate=take,
            **shown.counted(ids.shape[1]),
        )
    return plain if found is None else found
