"""Replies that are written side by side: one pass through the model gives each of them its next token.

A reply may join at any token and leaves as soon as it is over. Rows of unequal length are padded on the left, which
only caches of plain layers allow; others run in batches of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import torch

from chatbot.models.local import kv_cache
from chatbot.models.local.draws import Draw
from chatbot.models.local.forward import next_logits
from chatbot.models.local.job import Job

if TYPE_CHECKING:
    from transformers import PreTrainedModel
    from transformers.cache_utils import DynamicCache

    from chatbot.models.local.prefix_cache import PrefixCache

Fail = Callable[[Iterable[Job], BaseException], None]
"""Tells the callers of these jobs what went wrong, and cancels them."""


class Batch:
    """Draws that run together, and the cache of their rows."""

    def __init__(self, draw: Draw, cache: DynamicCache, adapter: str) -> None:
        self.adapter = adapter
        self._draws = [draw]
        self._cache = kv_cache.repeated(cache, len(draw.rows))
        self._padding = [0] * len(draw.rows)

    @property
    def rows(self) -> int:
        """How many replies are being written."""
        return len(self._padding)

    @property
    def jobs(self) -> set[Job]:
        """Whose they are."""
        return {row.job for draw in self._draws for row in draw.rows}

    def can_join(self, other: Batch) -> bool:
        """Whether both could be one."""
        both = kv_cache.is_plain(self._cache) and kv_cache.is_plain(other._cache)
        return both and self.adapter == other.adapter

    def join(self, other: Batch) -> None:
        """Takes in the other's rows."""
        longest = max(kv_cache.length(self._cache), kv_cache.length(other._cache))
        self._padding = [
            padding + longest - kv_cache.length(batch._cache) for batch in (self, other) for padding in batch._padding
        ]
        self._cache = kv_cache.stacked([self._cache, other._cache])
        self._draws += other._draws

    def step(self, model: PreTrainedModel, kept: PrefixCache, fail: Fail) -> None:
        """Gives every row its next token; those that are over, or not wanted any more, leave.

        kept: takes the caches of replies that are over, where they are the only ones to their prompt. fail: told of
        jobs whose decoding fails; the others go on.
        """
        self._leave([[at for at, row in enumerate(draw.rows) if not row.job.cancelled] for draw in self._draws], None)
        if not self._draws:
            return
        read, device = kv_cache.length(self._cache), model.device
        padding = torch.tensor(self._padding, device=device)[:, None]
        shift = torch.tensor([draw.shift for draw in self._draws for _ in draw.rows], device=device)[:, None]
        ids = torch.cat([draw.last for draw in self._draws])
        mask = (torch.arange(read + 1, device=device)[None] >= padding).long() if any(self._padding) else None
        positions = read - padding + shift
        logits = next_logits(model, ids, self._cache, positions=positions, mask=mask, make_room=kept.clear)
        parts = torch.split(logits, [len(draw.rows) for draw in self._draws])
        going = [_stepped(draw, part, fail) for draw, part in zip(self._draws, parts, strict=True)]
        self._leave(going, kept)

    def drop(self) -> None:
        """Gives all of it up."""
        self._draws, self._padding = [], []

    def _leave(self, going: Sequence[Sequence[int]], kept: PrefixCache | None) -> None:
        """Goes on with these rows of each draw."""
        staying: list[int] = []
        first = 0
        for draw, places in zip(self._draws, going, strict=True):
            rows = len(draw.rows)
            staying += [first + at for at in places]
            if kept and rows == 1 and not places and not draw.rows[0].job.cancelled:
                kept.keep(draw.rows[0].job.key(draw.ids[0].tolist()), self._row(first), self.adapter)
            first += rows
            draw.select(places)
        if len(staying) == first:
            return
        self._draws = [draw for draw in self._draws if draw.rows]
        self._padding = [self._padding[at] for at in staying]
        if staying:
            self._cache = kv_cache.selected(self._cache, staying)
        if staying and (surplus := min(self._padding)):
            self._cache = kv_cache.trimmed(self._cache, surplus)
            self._padding = [padding - surplus for padding in self._padding]

    def _row(self, at: int) -> DynamicCache:
        if self.rows == 1:
            return self._cache
        return kv_cache.trimmed(kv_cache.selected(self._cache, [at]), self._padding[at])


def _stepped(draw: Draw, logits: torch.Tensor, fail: Fail) -> list[int]:
    try:
        return draw.step(logits)
    except Exception as error:  # noqa: BLE001  # whatever a decoding raises is its own job's
        fail({row.job for row in draw.rows}, error)
        return []
