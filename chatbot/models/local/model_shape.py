"""What a model's config says of its shape: layers, heads, what a token leaves in the cache of keys and values.

In: a config of transformers, whose classes know the defaults and the other names of each family. Out: numbers, with
nothing of the model built. A family that keeps state of its own kind (Mamba's, a linear attention's) has layers that
leave nothing for a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

Kind = Literal["text", "vision"]

_CACHES = {"full_attention", "sliding_attention", "chunked_attention", "indexed_attention", "hybrid", "hybrid_sliding"}
"""The types of layers (transformers' names) that keep a key and a value for each token."""

_WINDOWS = {
    "sliding_attention": "sliding_window",
    "hybrid_sliding": "sliding_window",
    "chunked_attention": "attention_chunk_size",
}
"""The types that keep them for the last tokens alone, and the config's name for how many."""


@dataclass(frozen=True, slots=True)
class LayerCache:
    """What one layer keeps of the tokens it has read."""

    width: int
    """Numbers for one token: keys and values of all heads, or what the layer compresses them to; 0 for none."""
    window: int | None = None
    """Tokens it keeps, one less than attention sees with the token at hand; None for all."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers that memory follows from. Where layers differ, the largest."""

    layers: int
    hidden: int
    heads: int
    """Of attention; 0 where there is none."""
    kv_heads: int
    head_dim: int
    intermediate: int
    """Width between the two halves of a feed-forward block, of all experts that one token takes."""
    vocabulary: int
    context_tokens: int | None
    """Most tokens the model was made to read; None where its config does not say."""
    caches: tuple[LayerCache, ...]
    """Of each layer."""


class NoShape(ValueError):
    """The config lacks a number that every decoder has; the message is its name."""


def shape_of(config: PreTrainedConfig) -> Shape:
    """The shape of the part of a model that writes text. Raises NoShape."""
    text = config.get_text_config(decoder=True)
    try:
        layers = list(text.per_layer_config)
    except AttributeError as error:  # a family of several decoders, none of which is the text's
        raise NoShape("num_hidden_layers") from error
    if not layers:
        raise NoShape("num_hidden_layers")
    each = [_layer(layer) for layer in layers]
    return Shape(
        layers=len(layers),
        hidden=max(layer.hidden for layer in each),
        heads=max(layer.heads for layer in each),
        kv_heads=max(layer.kv_heads for layer in each),
        head_dim=max(layer.head_dim for layer in each),
        intermediate=max(layer.intermediate for layer in each),
        vocabulary=_number(layers[0], "vocab_size"),
        context_tokens=_maybe(layers[0], "max_position_embeddings", "seq_length", "max_seq_len"),
        caches=_caches(text, each),
    )


@dataclass(frozen=True, slots=True)
class _Layer:
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    cache: int


def _layer(config: PreTrainedConfig) -> _Layer:
    hidden, heads = _number(config, "hidden_size"), _maybe(config, "num_attention_heads") or 0
    head_dim = _maybe(config, "head_dim", "attention_head_size") or (hidden // heads if heads else 0)
    kv_heads = _maybe(config, "num_key_value_heads", "num_kv_heads") or heads
    if _flag(config, "multi_query") and not _flag(config, "new_decoder_architecture"):
        kv_heads = 1  # Falcon-7B and StarCoder share one key and value, whatever else their configs say
    latent, rotary = _maybe(config, "kv_lora_rank"), _maybe(config, "qk_rope_head_dim")
    return _Layer(
        hidden,
        heads,
        kv_heads,
        head_dim,
        _intermediate(config, hidden),
        latent + rotary if latent and rotary else 2 * kv_heads * head_dim,  # compressed: DeepSeek-V2, 2024, section 2.1
    )


def _intermediate(config: PreTrainedConfig, hidden: int) -> int:
    dense = _maybe(config, "intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size", "d_inner") or 4 * hidden
    experts = _maybe(config, "num_experts_per_tok", "top_k_experts", "moe_topk")
    if not experts or not _maybe(config, "num_experts", "num_local_experts", "n_routed_experts"):
        return dense
    return max(dense, experts * (_maybe(config, "moe_intermediate_size", "expert_ffn_hidden_size") or dense))


class _LayerTypes(Protocol):
    def __call__(self, config: PreTrainedConfig) -> tuple[list[str], list[dict[str, object]]]: ...


def _caches(text: PreTrainedConfig, layers: Sequence[_Layer]) -> tuple[LayerCache, ...]:
    from transformers import cache_utils

    kinds: _LayerTypes = cache_utils.get_layer_types_and_kwargs
    names, _ = kinds(text)
    caches = []
    for name, config, layer in zip(names, text.per_layer_config, layers, strict=True):
        window = _maybe(config, _WINDOWS[name]) if name in _WINDOWS else None
        caches.append(LayerCache(layer.cache if name in _CACHES else 0, window - 1 if window else None))
    return tuple(caches)


def _maybe(config: PreTrainedConfig, *names: str) -> int | None:
    """The first of these that the config has as a number."""
    for name in names:
        value = getattr(config, name, None)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def _number(config: PreTrainedConfig, name: str) -> int:
    found = _maybe(config, name)
    if found is None:
        raise NoShape(name)
    return found


def _flag(config: PreTrainedConfig, name: str) -> bool:
    return getattr(config, name, False) is True
