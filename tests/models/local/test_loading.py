"""Weights come into memory once, in the numbers asked for, and never by halves."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from tiny_models import tiny_model

from chatbot.errors import ChatbotError, CheckpointError, UsageError
from chatbot.models.local import loading
from chatbot.models.local.loading import choose_device, load
from chatbot.models.local.options import LocalOptions


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama", context=256)


def test_a_model_is_in_memory_once(folder: Path) -> None:
    one = load(str(folder))
    assert load(str(folder)) is one
    assert load(str(folder), LocalOptions(dtype="bfloat16")) is not one


def test_a_model_that_nobody_uses_leaves_the_memory(folder: Path) -> None:
    weights = load(str(folder), LocalOptions(batch=3))
    key = (str(folder), LocalOptions(batch=3))
    assert key in loading._loaded
    del weights
    gc.collect()
    assert key not in loading._loaded


def test_a_cpu_computes_in_float32_unless_told_otherwise(folder: Path) -> None:
    assert load(str(folder), LocalOptions(device="cpu")).dtype == torch.float32
    assert load(str(folder), LocalOptions(device="cpu", dtype="bfloat16")).dtype == torch.bfloat16


def test_the_context_is_that_of_the_config(folder: Path) -> None:
    assert load(str(folder)).context_tokens == 256


def test_weights_need_no_gradients(folder: Path) -> None:
    assert not any(parameter.requires_grad for parameter in load(str(folder)).model.parameters())


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="there is no device 'gpu9' here"):
        choose_device("gpu9")


def test_loading_draws_nothing_on_the_screen(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load(str(folder), LocalOptions(batch=5))
    assert capfd.readouterr() == ("", "")


def torn(folder: Path, tmp_path: Path) -> Path:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in folder.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    return broken


def models_in_memory() -> int:
    from transformers import PreTrainedModel

    gc.collect()
    return sum(issubclass(type(each), PreTrainedModel) for each in gc.get_objects())


@pytest.mark.parametrize("fault", ["shape", "cut", "architecture"])
def test_a_checkpoint_that_cannot_be_loaded_is_one_line_and_leaves_nothing(folder, tmp_path, fault: str) -> None:
    broken = torn(folder, tmp_path)
    if fault == "cut":
        weights = broken / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1000])
    else:
        config = json.loads((broken / "config.json").read_text())
        config |= {"hidden_size": 128} if fault == "shape" else {"architectures": ["NoSuch"], "model_type": "no_such"}
        (broken / "config.json").write_text(json.dumps(config))
    before = models_in_memory()
    with pytest.raises(ChatbotError) as caught:
        load(str(broken))
    assert isinstance(caught.value, CheckpointError)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert not any(key[0] == str(broken) for key in loading._loaded)
    assert models_in_memory() == before
