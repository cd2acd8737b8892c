"""A model that sees comes with a processor, whole or without its part for videos; one that has none cannot be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from tiny_seers import QWEN_TEMPLATE, tiny_seer
from transformers import AutoConfig

from chatbot.models.connect import connect
from chatbot.models.local.processors import FILES, load_processor


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_seer(tmp_path_factory.mktemp("qwen2_vl"), "qwen2_vl")


def test_pictures_do_without_what_only_videos_need(qwen: Path) -> None:
    processor = load_processor(qwen, AutoConfig.from_pretrained(qwen), trusted=False)
    assert processor is not None
    assert type(processor).__name__ == "Qwen2VLProcessor"
    assert processor.image_token == "<|image_pad|>"
    assert processor.chat_template == QWEN_TEMPLATE


def test_without_a_processor_a_model_that_could_see_is_one_that_reads(qwen: Path, tmp_path: Path) -> None:
    for file in qwen.iterdir():
        if file.name not in FILES:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    model = connect(f"local:{tmp_path}")
    assert not model.abilities.images
    assert connect(f"local:{qwen}").abilities.images
