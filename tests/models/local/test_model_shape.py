"""Shapes told from configs, held against what transformers itself keeps in its cache."""

from __future__ import annotations

import pytest

from chatbot.models.local.model_shape import LayerCache, shape_of

SMALL = {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 4, "vocab_size": 50}


def kept(family: str, tokens: int, **values: object) -> int:
    """Numbers in the cache of a model of this config, for one sequence of so many tokens."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(family, **values)
    model = AutoModelForCausalLM.from_config(config)
    cache = model(torch.zeros(1, tokens, dtype=torch.long), use_cache=True).past_key_values
    return sum(layer.keys.numel() + layer.values.numel() for layer in cache.layers if layer.keys is not None)


LATENT = {"kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, "q_lora_rank": None}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}


@pytest.mark.parametrize(
    ("family", "values"),
    [
        ("llama", {**SMALL, "num_key_value_heads": 2}),
        ("qwen3", {**SMALL, "num_key_value_heads": 2, "head_dim": 16}),
        ("qwen3_moe", {**SMALL, **EXPERTS, "num_key_value_heads": 2, "head_dim": 16}),
        ("gpt2", {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 50}),
        ("falcon", {**SMALL, "multi_query": True, "new_decoder_architecture": False}),
        ("gpt_bigcode", {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 50, "multi_query": True}),
        ("gemma2", {**SMALL, "num_key_value_heads": 2, "head_dim": 16, "sliding_window": 5}),
        ("gemma3_text", {**SMALL, "num_key_value_heads": 2, "head_dim": 16, "sliding_window": 5}),
        ("mistral", {**SMALL, "num_key_value_heads": 2, "sliding_window": 5}),
        ("deepseek_v2", {**SMALL, **LATENT, "num_key_value_heads": 4, "first_k_dense_replace": 2}),
        ("deepseek_v3", {**SMALL, **LATENT, "num_key_value_heads": 4, "first_k_dense_replace": 2}),
    ],
)
def test_the_cache_is_as_large_as_transformers_makes_it(family: str, values: dict[str, object]) -> None:
    from transformers import AutoConfig

    shape = shape_of(AutoConfig.for_model(family, **values))
    tokens = 12

    told = sum(cache.width * min(tokens, cache.window or tokens) for cache in shape.caches)

    assert told == kept(family, tokens, **values)


def test_the_numbers_of_a_family_go_by_its_own_names() -> None:
    from transformers import GPT2Config

    shape = shape_of(GPT2Config())

    assert (shape.layers, shape.hidden, shape.heads, shape.intermediate, shape.context_tokens) == (
        12,
        768,
        12,
        3072,
        1024,
    )


def test_a_model_with_a_state_instead_of_attention_keeps_nothing_for_a_token() -> None:
    from transformers import MambaConfig

    shape = shape_of(MambaConfig(num_hidden_layers=2))

    assert shape.heads == 0 and set(shape.caches) == {LayerCache(0)}


def test_a_model_that_sees_has_the_shape_of_the_part_that_writes() -> None:
    from transformers import AutoConfig

    config = AutoConfig.for_model("llava", text_config={"model_type": "llama", **SMALL})

    assert shape_of(config).hidden == 32
