"""The log-probability that a local model gives to each token of given text: of one text after another, and of several
continuations of one beginning.

In: a model and token ids. Out: natural logarithms, in float64, one for each token that was asked about. Whatever ends a
row is filled up on its right, where a model that reads from left to right does not see it, so no mask is needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer, LinearAttentionCacheLayerMixin

from chatbot.models.local import kv_cache
from chatbot.models.local.forward import next_logits, release
from chatbot.models.local.prefill import CHUNK_TOKENS

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from chatbot.models.local.prefix_cache import PrefixCache

Ids = Sequence[int]

AT_ONCE = 8
"""Rows of one pass where nobody says: enough to keep a GPU busy, and no more than a small machine holds."""

NUMBERS = 1 << 24
"""Logits that are turned into probabilities at once: 64 MiB in float32, beside those that the model returns."""


def last_log_probabilities(model: PreTrainedModel, rows: Sequence[Ids], count: int) -> list[list[float]]:
    """Those of the last `count` tokens of each row, given all that stands before them.

    rows: of one length, which is more than `count`.
    """
    with torch.inference_mode():
        given = torch.tensor(rows, device=model.device)
        logits = _logits(model, given[:, :-1], count)
        return _chosen(logits, given[:, -count:]).tolist()


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a model has read of a prefix, for all that may follow it."""

    ids: Ids
    first: torch.Tensor | None = None
    """Logits of the token that follows, of shape (1, vocabulary)."""
    cache: DynamicCache | None = None
    """What it keeps; None for a model that must read the prefix anew with each ending."""
    cached: int = 0
    """Tokens that were known from before."""


def beginning(model: PreTrainedModel, prefix: Ids, kept: PrefixCache | None = None, adapter: str = "") -> Beginning:
    """Reads a prefix of at least one token, and keeps it where there is a memory for prefixes."""
    if not forks(model):
        return Beginning(prefix)
    cache = (kept.longest(prefix, adapter) if kept is not None else None) or kv_cache.new_cache(model.config)
    done = cached = kv_cache.length(cache)
    ids = torch.tensor([prefix], device=model.device)
    with torch.inference_mode():
        while done < len(prefix):
            end = min(done + CHUNK_TOKENS, len(prefix))
            positions = torch.arange(done, end, device=model.device)[None]
            make_room = kept.clear if kept is not None else release
            first = next_logits(model, ids[:, done:end], cache, positions=positions, make_room=make_room)
            done = end
        if kept is not None:
            kept.keep(prefix, cache, adapter)
    return Beginning(prefix, first, cache, cached)


def continuations(
    model: PreTrainedModel, read: Beginning, endings: Sequence[Ids], *, at_once: int = AT_ONCE
) -> list[list[float]]:
    """Those of the tokens of each ending, of at least one token, after what was read."""
    after = _from_cache if read.cache is not None else _after
    with torch.inference_mode():
        return [found for rows in _groups(endings, at_once) for found in after(model, read, rows)]


def _from_cache(model: PreTrainedModel, read: Beginning, endings: Sequence[Ids]) -> list[list[float]]:
    """The same, from what the model keeps of the prefix."""
    assert read.cache is not None and read.first is not None
    rows = _filled(endings, model)
    logits = read.first[:, None].expand(len(rows), -1, -1)
    if rows.shape[1] > 1:
        cache = kv_cache.repeated(read.cache, len(rows))
        rest = model(input_ids=rows[:, :-1], past_key_values=cache, use_cache=True).logits
        logits = torch.cat([logits.to(rest.dtype), rest], dim=1)
    found = _chosen(logits, rows).tolist()
    return [row[: len(ending)] for row, ending in zip(found, endings, strict=True)]


def _after(model: PreTrainedModel, read: Beginning, endings: Sequence[Ids]) -> list[list[float]]:
    """The same, for a model that must read the prefix with each ending."""
    rows = _filled(endings, model)
    before = torch.tensor([read.ids], device=rows.device).expand(len(rows), -1)
    logits = _logits(model, torch.cat([before, rows[:, :-1]], dim=1), rows.shape[1])
    found = _chosen(logits, rows).tolist()
    return [row[: len(ending)] for row, ending in zip(found, endings, strict=True)]


def forks(model: PreTrainedModel) -> bool:
    """Whether what a model keeps of a prefix serves several endings: keys and values do, a running state does not."""
    if getattr(model, "_is_stateful", False):
        return False
    layers = DynamicCache(config=model.config).layers
    return all(
        isinstance(each, DynamicLayer) and not isinstance(each, LinearAttentionCacheLayerMixin) for each in layers
    )


def _logits(model: PreTrainedModel, given: torch.Tensor, count: int) -> torch.Tensor:
    """Of the tokens that follow the last `count` of each row."""
    logits: torch.Tensor = model(input_ids=given, use_cache=False, **_keep(model, count)).logits
    return logits[:, -count:]


def _keep(model: PreTrainedModel, count: int) -> dict[str, int]:
    """What keeps a model from working out logits that nobody looks at, where it knows such a thing."""
    return {"logits_to_keep": count} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}


def _chosen(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of tokens (rows, columns) under logits (rows, columns, vocabulary)."""
    flat, wanted = logits.flatten(0, 1), tokens.flatten()
    step = max(1, NUMBERS // flat.shape[1])
    found = []
    for at in range(0, len(wanted), step):
        some = flat[at : at + step].float()
        own = some.gather(1, wanted[at : at + step, None]).squeeze(1)
        found.append(own.double() - some.logsumexp(1).double())
    return torch.cat(found).view(tokens.shape)


def _filled(rows: Sequence[Ids], model: PreTrainedModel) -> torch.Tensor:
    """Rows of different length as one tensor; what fills them up is never looked at."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], device=model.device)


def _groups(rows: Sequence[Ids], size: int) -> Iterator[Sequence[Ids]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))
