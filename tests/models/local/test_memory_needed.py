"""Memory that models need: the figures of the field, and what is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import ModelTooLarge
from chatbot.models.local.checkpoint import read
from chatbot.models.local.memory_needed import (
    GIB,
    cache_bytes,
    check_fits,
    fitting_tokens,
    size_of,
    to_answer,
    weight_bytes,
)
from chatbot.models.local.model_shape import shape_of


@pytest.mark.parametrize(
    ("dtype", "quantize", "gib"),
    [("float32", "", 26.08), ("float16", "", 13.04), ("bfloat16", "", 13.04), ("", "8bit", 6.52), ("", "4bit", 3.26)],
)
def test_seven_billion_parameters_take_what_the_field_says(dtype: str, quantize: str, gib: float) -> None:
    assert round(weight_bytes(7_000_000_000, dtype, quantize) / GIB, 2) == gib


def test_the_cache_of_llama_2_7b_is_half_a_mebibyte_for_each_token() -> None:
    from transformers import LlamaConfig

    shape = shape_of(LlamaConfig(num_hidden_layers=32, hidden_size=4096, num_attention_heads=32))

    assert cache_bytes(shape, 4096) == 2 * GIB


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    path = tmp_path_factory.mktemp("llama")
    config = LlamaConfig(
        vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4
    )
    LlamaForCausalLM(config).save_pretrained(path)
    (path / "tokenizer.json").write_text("{}")
    return path


def test_a_model_that_does_not_fit_is_told_with_what_would(folder: Path) -> None:
    checkpoint = read(str(folder))
    needed = to_answer(size_of(checkpoint), 2048, dtype="float32")

    check_fits(checkpoint, "cpu", "float32", free=needed.total)
    with pytest.raises(ModelTooLarge, match=r'free.*quantize = "8bit" in \[local\]'):
        check_fits(checkpoint, "cpu", "float32", free=needed.total - 1)
    with pytest.raises(ModelTooLarge, match="the largest that fits here"):
        check_fits(checkpoint, "cpu", "float32", free=1000)


def test_the_tokens_that_fit_are_the_most_that_do(folder: Path) -> None:
    size = size_of(read(str(folder)))
    free = to_answer(size, 700, dtype="float32").total

    assert fitting_tokens(size, free, dtype="float32") == 700
    assert fitting_tokens(size, free - 1, dtype="float32") == 699
    assert fitting_tokens(size, 10, dtype="float32") == 0
