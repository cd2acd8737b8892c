"""Weights in fewer bits: what transformers is told, and what comes of it through the whole path to a reply."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from tiny_models import tiny_model

from chatbot.effects import Generate
from chatbot.errors import CheckpointError, NotFoundError
from chatbot.messages import message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.local.checkpoint import read
from chatbot.models.local.loading import load
from chatbot.models.local.memory_needed import size_of
from chatbot.models.local.model import LocalModel
from chatbot.models.local.options import LocalOptions
from chatbot.models.local.precision import loading_arguments
from chatbot.sampling import Sampling

IDS = torch.arange(40, 100)[None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama", intermediate_size=128)


@pytest.fixture(scope="module", params=["8bit", "4bit"])
def small(request: pytest.FixtureRequest, folder: Path) -> LocalModel:
    pytest.importorskip("torchao" if request.param == "8bit" else "bitsandbytes")
    model = connect(f"local:{folder}", local=LocalOptions(device="cpu", quantize=request.param))
    assert isinstance(model, LocalModel)
    return model


def test_without_bits_the_dtype_is_all_there_is_to_say() -> None:
    assert loading_arguments("", "cpu", "bfloat16") == {"dtype": torch.bfloat16, "use_safetensors": True}


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="4bit"):
        loading_arguments("4bits", "cpu", "bfloat16")


def test_a_reply_is_what_generate_writes_with_the_same_weights(small: LocalModel) -> None:
    asked = Generate((message("user", "A new dependency", "user"),), sampling=Sampling(temperature=0, max_tokens=12))
    ids = small.weights.tokenizer.encode(
        "<|im_start|>user\nA new dependency<|im_end|>\n<|im_start|>assistant\n", return_tensors="pt"
    )
    written = small.weights.model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :]

    reply = asyncio.run(fold(small.stream(asked)))
    assert reply.text == small.weights.tokenizer.decode(written, skip_special_tokens=True) != ""


def test_what_the_model_says_stays_near(small: LocalModel, folder: Path) -> None:
    whole = load(str(folder), LocalOptions(device="cpu")).model(IDS).logits
    found = small.weights.model(IDS).logits
    near = torch.nn.functional.cosine_similarity(whole, found, dim=-1).mean()
    assert near > {"8bit": 0.99, "4bit": 0.8}[small.weights.options.quantize]


def test_the_weights_take_the_memory_that_was_reckoned(small: LocalModel, folder: Path) -> None:
    quantize = small.weights.options.quantize
    reckoned = size_of(read(str(folder))).weights("float32", quantize)
    assert bytes_of(small) == pytest.approx(reckoned, rel=0.05)  # so small layers have many scales for their size


def bytes_of(model: LocalModel) -> int:
    """Of all weights and their scales, which torchao and bitsandbytes keep in places of their own."""
    total, seen = 0, set()
    for weight in model.weights.model.parameters():
        parts = [getattr(weight, name, None) for name in ("qdata", "scale")]
        state = getattr(weight, "quant_state", None)
        if parts[0] is None:
            parts = [weight, *([state.absmax, state.state2.absmax] if state is not None and state.nested else [])]
        for part in parts:
            if part.data_ptr() not in seen:
                seen.add(part.data_ptr())
                total += part.numel() * part.element_size()
    return total


def test_layers_that_four_bits_cannot_multiply_are_refused_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    odd = tiny_model(tmp_path, "llama", intermediate_size=96)

    with pytest.raises(CheckpointError, match=r"a layer of 96 inputs.*8bit") as caught:
        load(str(odd), LocalOptions(device="cpu", quantize="4bit"))
    assert "\n" not in str(caught.value)


def test_nothing_is_said_on_the_way(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for quantize in ("8bit", "4bit"):
        load(str(folder), LocalOptions(device="cpu", quantize=quantize, batch=2)).model(IDS)
    assert capfd.readouterr() == ("", "")
