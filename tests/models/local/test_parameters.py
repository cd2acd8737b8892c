"""Parameters are counted without being there, and as those that are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from tiny_models import tiny_model

from chatbot.errors import CheckpointError
from chatbot.models.local.checkpoint import read
from chatbot.models.local.parameters import counted, of_shape


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_the_count_is_that_of_the_model_in_memory(family: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = tiny_model(tmp_path, family)
    model = AutoModelForCausalLM.from_pretrained(folder)
    found = counted(read(str(folder)))

    layers = [weight for name, weight in model.named_parameters() if weight.ndim == 2 and ".layers." in f".{name}"]
    layers = layers or [weight for name, weight in model.named_parameters() if weight.ndim == 2 and ".h." in name]
    assert found.total == model.num_parameters()
    assert found.linear == sum(weight.numel() for weight in layers)
    assert found.sides == sum(sum(weight.shape) for weight in layers)


def test_a_plain_decoder_is_reckoned_as_it_is_counted(tmp_path: Path) -> None:
    checkpoint = read(str(tiny_model(tmp_path, "llama")))
    assert checkpoint.shape is not None

    assert of_shape(checkpoint.shape, 1000).sides == counted(checkpoint).sides


def test_a_config_that_describes_no_model_is_one_line(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path, "llama")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "no_such"}))

    with pytest.raises(CheckpointError, match="describes no model") as caught:
        counted(read(str(folder)))
    assert "\n" not in str(caught.value)
