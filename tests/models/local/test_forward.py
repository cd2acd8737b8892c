"""A pass that runs out of memory is tried once more with room; anything else is the caller's to know."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("torch")

import torch
from test_kv_cache import filled, sliding

from chatbot.models.local import kv_cache
from chatbot.models.local.forward import is_out_of_memory, next_logits

TOKEN = torch.zeros(1, 1, dtype=torch.long)


class Short:
    """A model whose memory is short until room is made; it has then written half of its layers."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.passes = 0

    def forward(self, input_ids, past_key_values, use_cache, position_ids=None, attention_mask=None):
        """What it takes; called as a module is."""

    def __call__(self, input_ids, past_key_values, use_cache, position_ids):
        self.passes += 1
        states = torch.ones(1, 2, 1, 4)
        past_key_values.update(states, states, 0)
        if self.error is not None:
            raise self.error
        past_key_values.update(states, states, 1)
        return SimpleNamespace(logits=torch.ones(1, 1, 3))

    def make_room(self) -> None:
        self.error = None


def test_memory_that_is_short_once_is_made_room_for() -> None:
    model, cache = Short(torch.OutOfMemoryError("CUDA out of memory")), filled(3)
    logits = next_logits(model, TOKEN, cache, positions=TOKEN, make_room=model.make_room)  # type: ignore[arg-type]
    assert logits.shape == (1, 3)
    assert model.passes == 2
    assert [layer.get_seq_length() for layer in cache.layers] == [4, 4]


def test_memory_that_stays_short_is_an_error() -> None:
    model = Short(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(torch.OutOfMemoryError):
        next_logits(model, TOKEN, filled(3), positions=TOKEN, make_room=lambda: None)  # type: ignore[arg-type]
    assert model.passes == 2


@pytest.mark.parametrize(("error", "cache"), [(RuntimeError("a shape is wrong"), filled(3))])
def test_another_error_is_not_tried_again(error: Exception, cache) -> None:
    model = Short(error)
    with pytest.raises(RuntimeError, match="a shape is wrong"):
        next_logits(model, TOKEN, cache, positions=TOKEN, make_room=model.make_room)  # type: ignore[arg-type]
    assert model.passes == 1


def test_a_machine_without_memory_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(ValueError("no"))


def test_a_sliding_window_is_not_rolled_back() -> None:
    assert not kv_cache.is_plain(sliding(6))
