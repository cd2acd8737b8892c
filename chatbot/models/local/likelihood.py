"""The log-probability that a local model gives to each token of given text: of one text after another, and of several
continuations of one beginning.

In: a model and token ids. Out: natural logarithms, in float64, one for each token that was asked about. Whatever ends a
row is filled up on its right, where a model that reads from left to right does not see it, so no mask is needed.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import Cache, PreTrainedModel

Ids = Sequence[int]

AT_ONCE = 8
"""Rows of one pass where nobody says: enough to keep a GPU busy, and no more than a small machine holds."""

NUMBERS = 1 << 24
"""Logits that are turned into probabilities at once: 64 MiB in float32, beside those that the model returns."""


def last_log_probabilities(model: PreTrainedModel, rows: Sequence[Ids], count: int) -> list[list[float]]:
    """Those of the last `count` tokens of each row, given all that stands before them.

    rows: of one length, which is more than `count`.
    """
    import torch

    with torch.inference_mode():
        given = torch.tensor(rows, device=model.device)
        logits = _logits(model, given[:, :-1], count)
        return _chosen(logits, given[:, -count:]).tolist()


def continuations(
    model: PreTrainedModel, prefix: Ids, endings: Sequence[Ids], *, at_once: int = AT_ONCE
) -> list[list[float]]:
    """Those of the tokens of each ending, after the prefix, which is read once where the model's cache can be copied.

    prefix: at least one token. endings: each at least one.
    """
    import torch

    with torch.inference_mode():
        if not forks(model):
            return [found for rows in _groups(endings, at_once) for found in _after(model, prefix, rows)]
        read = model(input_ids=torch.tensor([prefix], device=model.device), use_cache=True, **_keep(model, 1))
        first, cache = read.logits[:, -1:], read.past_key_values
        groups = list(_groups(endings, at_once))
        return [
            found
            for number, rows in enumerate(groups, 1)
            for found in _from_cache(model, rows, first, cache if number == len(groups) else copy.deepcopy(cache))
        ]


def _from_cache(model: PreTrainedModel, endings: Sequence[Ids], first: torch.Tensor, cache: Cache) -> list[list[float]]:
    """The same, from the logits of the first token of each and what the model keeps of the prefix; it is used up."""
    import torch

    rows = _filled(endings, model)
    logits = first.expand(len(rows), -1, -1)
    if rows.shape[1] > 1:
        cache.batch_repeat_interleave(len(rows))
        rest = model(input_ids=rows[:, :-1], past_key_values=cache, use_cache=True).logits
        logits = torch.cat([logits.to(rest.dtype), rest], dim=1)
    found = _chosen(logits, rows).tolist()
    return [row[: len(ending)] for row, ending in zip(found, endings, strict=True)]


def _after(model: PreTrainedModel, prefix: Ids, endings: Sequence[Ids]) -> list[list[float]]:
    """The same, for a model that must read the prefix with each ending."""
    import torch

    rows = _filled(endings, model)
    before = torch.tensor([prefix], device=rows.device).expand(len(rows), -1)
    logits = _logits(model, torch.cat([before, rows[:, :-1]], dim=1), rows.shape[1])
    found = _chosen(logits, rows).tolist()
    return [row[: len(ending)] for row, ending in zip(found, endings, strict=True)]


def forks(model: PreTrainedModel) -> bool:
    """Whether what a model keeps of a prefix serves several endings: keys and values do, a running state does not."""
    from transformers.cache_utils import DynamicCache, DynamicLayer, LinearAttentionCacheLayerMixin

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
    import torch

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
    import torch

    longest = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], device=model.device)


def _groups(rows: Sequence[Ids], size: int) -> Iterator[Sequence[Ids]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))
