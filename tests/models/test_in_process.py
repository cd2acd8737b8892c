"""Which models compute in this process."""

from __future__ import annotations

import pytest

from chatbot.models.in_process import costs_nothing, is_in_process
from chatbot.models.scripted import Scripted


def test_a_service_is_not_here_whatever_it_calls_itself() -> None:
    assert not is_in_process(Scripted("Hi"))


def test_a_checkpoint_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("torch")
    from tiny_models import tiny_model

    from chatbot.models.connect import connect

    assert is_in_process(connect(f"local:{tiny_model(tmp_path_factory.mktemp('llama'))}"))


@pytest.mark.parametrize(
    ("spec", "free"),
    [("extractive", True), ("local:tiny", True), ("openai:gpt-4o", False), ("http://127.0.0.1:1/v1#local:x", False)],
)
def test_only_what_computes_here_is_billed_by_nobody(spec: str, free: bool) -> None:
    assert costs_nothing(spec) == free
