"""What transformers is told of dtypes and bits."""

from __future__ import annotations

import pytest

from chatbot.errors import NotFoundError
from chatbot.models.local.precision import loading_arguments


def test_without_bits_the_dtype_is_all_there_is_to_say() -> None:
    import torch

    arguments = loading_arguments("", "cpu", "bfloat16")

    assert arguments == {"dtype": torch.bfloat16, "use_safetensors": True}


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="4bit"):
        loading_arguments("4bits", "cpu", "bfloat16")
