"""The uses that a model's memory is shown for."""

from __future__ import annotations

import pytest

from chatbot.models.local.memory_needed import Size, size_in_words
from chatbot.models.local.memory_uses import uses
from chatbot.models.local.parameters import Parameters


def test_fewer_bits_need_less_and_training_needs_most() -> None:
    size = size_in_words("7B")
    assert size is not None
    answers = [use.needed.total for use in uses(size, 1024) if use.kind == "answer"]
    training = [use.needed.total for use in uses(size, 1024) if use.kind == "train"]

    assert answers == sorted(answers, reverse=True) and len(set(answers)) == 4
    assert training[0] > max(use.needed.total for use in uses(size, 1024) if use.kind != "train")


def test_a_model_that_is_stored_in_few_bits_stays_so() -> None:
    size = Size("small", Parameters(1000, 900, 60), None, stored=600)

    assert [(use.kind, use.needed.weights) for use in uses(size, 1024)] == [("answer", 600), ("qlora", 600)]


@pytest.mark.parametrize("text", ["", "B", "seven", "7", "7 billion", "owner/model-7B", "-7B", "7.B"])
def test_what_is_no_size_is_none(text: str) -> None:
    assert size_in_words(text) is None


@pytest.mark.parametrize(("text", "parameters"), [("7B", 7e9), ("0.5b", 5e8), ("500M", 5e8), (" 13 B ", 13e9)])
def test_sizes_are_read_as_people_write_them(text: str, parameters: float) -> None:
    size = size_in_words(text)
    assert size is not None and size.parameters.total == parameters


def test_llamas_proportions_come_out_at_their_sizes() -> None:
    shapes = [size.shape for size in map(size_in_words, ("7B", "13B")) if size]
    assert [(shape.layers, shape.hidden) for shape in shapes if shape] == [(32, 4096), (40, 5120)]
