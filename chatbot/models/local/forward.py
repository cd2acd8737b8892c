"""One pass through a model, with what every family takes and only some need; where memory is short, a second try."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from chatbot.models.local import kv_cache

if TYPE_CHECKING:
    from transformers import PreTrainedModel
    from transformers.cache_utils import DynamicCache


def next_logits(
    model: PreTrainedModel,
    ids: torch.Tensor,
    cache: DynamicCache,
    *,
    positions: torch.Tensor,
    mask: torch.Tensor | None = None,
    shown: Mapping[str, torch.Tensor] | None = None,
    make_room: Callable[[], None],
) -> torch.Tensor:
    """Logits of the token that follows, of shape (rows, vocabulary); the cache grows by the tokens read.

    ids and positions: of shape (rows, new tokens); positions may have axes of their own before. mask: of shape (rows,
    cached and new tokens), 0 where there is padding; None where there is none. shown: what goes with the ids of
    pictures. make_room: lets go of what can be computed again; called where memory is short, before the pass is tried
    a second time.
    """
    before = kv_cache.length(cache)
    try:
        return _pass(model, ids, cache, positions, mask, shown)
    except RuntimeError as error:
        if not is_out_of_memory(error) or not kv_cache.is_plain(cache):
            raise
    make_room()
    release()
    kv_cache.shrink(cache, before)  # some layers have taken in the tokens, others have not
    return _pass(model, ids, cache, positions, mask, shown)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device's memory, or the machine's, did not suffice."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def release() -> None:
    """Gives memory that nothing uses back to the device."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _pass(
    model: PreTrainedModel,
    ids: torch.Tensor,
    cache: DynamicCache,
    positions: torch.Tensor,
    mask: torch.Tensor | None,
    shown: Mapping[str, torch.Tensor] | None,
) -> torch.Tensor:
    known = inspect.signature(model.forward).parameters
    arguments: dict[str, Any] = {"past_key_values": cache, "use_cache": True, **(shown or {})}
    if "position_ids" in known:
        arguments["position_ids"] = positions
    if "logits_to_keep" in known:
        arguments["logits_to_keep"] = 1
    if mask is not None:
        arguments["attention_mask"] = mask
    logits: torch.Tensor = model(input_ids=ids, **arguments).logits[:, -1]
    return logits
