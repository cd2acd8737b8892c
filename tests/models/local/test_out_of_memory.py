"""Running out of memory is told with what would fit, and leaves the model ready for the next question."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from engine_jobs import PROMPTS, ask, plainly
from tiny_models import tiny_model

from chatbot.errors import ModelTooLarge
from chatbot.models.local.checkpoint import read
from chatbot.models.local.engine import Engine
from chatbot.models.local.loading import load
from chatbot.models.local.memory_needed import activation_bytes, cache_bytes
from chatbot.models.local.out_of_memory import fitting


def test_it_says_what_would_fit_and_goes_on(tmp_path: Path) -> None:
    weights = load(str(tiny_model(tmp_path)))
    engine = Engine(weights)

    def exhausted(_ids: object, _scores: object) -> object:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nand more\nlines")

    with pytest.raises(ModelTooLarge, match=r"ran out of memory on cpu.*enough for about 512 tokens") as caught:
        ask(engine, PROMPTS[0], processor=exhausted).came()
    assert "\n" not in str(caught.value)
    assert ask(engine, PROMPTS[0]).came().text == plainly(weights, PROMPTS[0])


def test_what_fits_is_the_most_that_does(tmp_path: Path) -> None:
    shape = read(str(tiny_model(tmp_path))).shape
    assert shape is not None

    free = cache_bytes(shape, 300, dtype="float32") + activation_bytes(shape, 300, dtype="float32")
    assert fitting(shape, free, "float32", 1) == 300
    assert fitting(shape, 10, "float32", 1) == 0
