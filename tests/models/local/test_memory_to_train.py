"""Memory for training: the figures of the papers, and what torch counts."""

from __future__ import annotations

import pytest

from chatbot.models.local.memory_needed import GIB, size_in_words
from chatbot.models.local.memory_to_train import RANK, to_adapt, to_train, training_activations
from chatbot.models.local.model_shape import shape_of

pytest.importorskip("torch")


def test_all_weights_take_sixteen_bytes_each_as_zero_has_it() -> None:
    size = size_in_words("7.5B")
    assert size is not None
    needed = to_train(size, 2048)

    assert (needed.weights + needed.training) / 1e9 == 120  # ZeRO, figure 1


def test_an_adapter_is_a_sliver_of_its_model() -> None:
    size = size_in_words("7B")
    assert size is not None
    needed, quantized = to_adapt(size, 2048), to_adapt(size, 2048, quantize="4bit")

    assert needed.training == 16 * RANK * size.parameters.sides < 0.05 * needed.weights
    assert quantized.weights == needed.weights // 4
    assert quantized.total < 12 * GIB  # one GPU of 12 GB, as QLoRA is used


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "vocabulary"), [(2, 64_000), (16, 16_000)])
def test_activations_are_what_torch_counts(layers: int, vocabulary: int) -> None:
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.distributed._tools.mem_tracker import MemTracker
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(
        num_hidden_layers=layers,
        hidden_size=1024,
        num_attention_heads=8,
        intermediate_size=2816,
        vocab_size=vocabulary,
    )
    with FakeTensorMode():
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).train()
        model.activation_checkpointing_enable()
        ids = torch.zeros(1, 4096, dtype=torch.long)
        tracker = MemTracker()
        tracker.track_external(model)
        with tracker:
            model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
        (peak,) = tracker.get_tracker_snapshot("peak").values()
    counted = sum(size for kind, size in peak.items() if str(kind).rpartition(".")[2] in ("ACT", "TEMP"))

    assert training_activations(shape_of(config), 4096) == pytest.approx(counted, rel=0.1)
