"""Decoding that has the model to itself: beams, contrastive search, speculation. transformers' `generate` does it.

They hold several rows of cache for one reply, or roll it back, so they do not run beside others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from transformers import LogitsProcessorList, SuppressTokensLogitsProcessor

from chatbot.messages import TokenScore
from chatbot.models.local.draws import Row, score
from chatbot.models.local.job import Job, Read
from chatbot.models.local.quiet import quiet

if TYPE_CHECKING:
    from chatbot.models.local.decoding import Decoding
    from chatbot.models.local.loading import Weights


def run(weights: Weights, job: Job) -> None:
    """Does the whole job. Cancelling it takes effect at the next token."""
    ids = torch.tensor([job.ids], device=weights.device)
    rows = [Row(job, sample, weights.decode, ids.device, held=True) for sample in range(job.samples)]
    if not job.decodings[0].streams:
        _beams(weights, job, ids, rows)
        return
    for at, row in enumerate(rows):
        decoding = job.decodings[at % len(job.decodings)]
        watch = _Watch(row, ids.shape[1], first=at == 0)
        sequence = _generate(weights, job, decoding, job.seeds[at], watch)[0]
        watch.catch_up(sequence)
        row.release(_scores(weights, job, sequence))


def _beams(weights: Weights, job: Job, ids: torch.Tensor, rows: list[Row]) -> None:
    """The samples are the best beams, best first: drawing again would find the same."""
    decoding = job.decodings[0]
    decoding.config.num_return_sequences = len(rows)
    started = time.perf_counter()

    def cancelled(found: torch.Tensor, _scores: object, **_: object) -> torch.Tensor:
        return torch.full((found.shape[0],), job.cancelled, dtype=torch.bool, device=found.device)

    sequences = _generate(weights, job, decoding, job.seeds[0], cancelled)
    if job.cancelled:
        return
    job.tell(Read(ids.shape[1], 0, time.perf_counter() - started))
    for row, sequence in zip(rows, sequences, strict=True):
        for token in sequence[ids.shape[1] :].tolist():
            if not row.take(token):
                break
        row.release(_scores(weights, job, sequence))


def _generate(
    weights: Weights,
    job: Job,
    decoding: Decoding,
    seed: int | None,
    stop: Callable[..., torch.Tensor],
) -> torch.Tensor:
    ids = torch.tensor([job.ids], device=weights.device)
    processors = LogitsProcessorList(decoding.processors)
    if job.shown:  # a look-up would copy them out of the prompt, and the model would look for their pictures
        processors.append(SuppressTokensLogitsProcessor(list(job.shown.tokens), device=str(weights.device)))
    with quiet(), torch.random.fork_rng(devices=[weights.device] if weights.device.type == "cuda" else []):
        torch.seed() if seed is None else torch.manual_seed(seed)
        found: torch.Tensor = weights.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            generation_config=decoding.config,
            logits_processor=processors,
            stopping_criteria=[stop],
            custom_generate=decoding.loop,
            assistant_model=decoding.assistant,
            **decoding.arguments,
            **(job.shown.inputs(len(job.ids)) if job.shown else {}),
        )
    return found


class _Watch:
    """Looks at a reply after each step of `generate`: tells of what is new, and says when to stop."""

    def __init__(self, row: Row, read: int, *, first: bool) -> None:
        self._row = row
        self._seen = read
        self._first = first
        self._started = time.perf_counter()
        self._over = False

    def __call__(self, found: torch.Tensor, _scores: object, **_: object) -> torch.Tensor:
        self.catch_up(found[0])
        stop = self._over or self._row.job.cancelled
        return torch.full((found.shape[0],), stop, dtype=torch.bool, device=found.device)

    def catch_up(self, sequence: torch.Tensor) -> None:
        """Tells of the tokens that have come since."""
        if self._first:
            self._first = False
            self._row.job.tell(Read(self._seen, 0, time.perf_counter() - self._started))
        for token in sequence[self._seen :].tolist():
            if self._over or self._row.job.cancelled:
                break
            self._over = not self._row.take(token)
        self._seen = len(sequence)


def _scores(weights: Weights, job: Job, sequence: torch.Tensor) -> list[TokenScore]:
    """Scores of the tokens of a reply that is done, by reading it once; none where they are not wanted."""
    if job.scores is None or job.cancelled:
        return []
    read = len(job.ids)
    shown = job.shown.inputs(len(sequence)) if job.shown else {}
    logits = weights.model(input_ids=sequence[None], **shown).logits[0]
    written = [token for token in sequence[read:].tolist() if token not in job.ends]
    return [score(token, logits[read + at - 1], job.scores, weights.decode) for at, token in enumerate(written)]
